/** The caller of the model: CallerLane and CallerControl, driven as the pool does; and who kills the worker. */
import assert from "node:assert/strict";
import type { Side, Steps } from "./_explorer.ts";
import * as model from "./_model.ts";
import { type Memory, ModelSide, ringEntry, SLOTS, stateWord } from "./_model.ts";

/** What became of a task. */
export type ResultWriter = "done" | "elsewhere" | "failed";

/** The caller; a scenario is its life. */
export class ModelCaller extends ModelSide {
  readonly name = "caller";
  readonly outcomes: (ResultWriter | undefined)[] = [];
  readonly #script: (caller: ModelCaller) => Steps;
  readonly #free: number[] = [1, 0];
  readonly #tasks: (number | null)[] = [null, null];
  readonly #generations: number[] = [0, 0];
  /** Slots whose task was given up. */
  #lost = 0;
  #submitted = 0;
  #taken = 0;
  #drained = 0;
  #wakeSeq = 0;
  #epoch = 0;
  #livesSeen = 0;
  #stage = 0;

  constructor(memory: Memory, script: (caller: ModelCaller) => Steps) {
    super(memory);
    this.#script = script;
  }

  protected fields(): unknown[] {
    const slots = [this.#free, this.#tasks, this.#generations, this.#lost, this.outcomes];
    return [
      ...slots,
      this.#submitted,
      this.#taken,
      this.#drained,
      this.#wakeSeq,
      this.#epoch,
      this.#livesSeen,
      this.#stage,
    ];
  }

  live(): Steps {
    return this.#script(this);
  }

  /** A place of the script between two operations: what went before is in the fields. */
  next(): void {
    this.#stage++;
    this.mark();
  }

  get pending(): number {
    return this.#tasks.filter((task) => task !== null).length;
  }

  /** The slots are all accounted for. */
  checkSlots(): void {
    assert.equal(this.pending, 0, "a slot holds a task");
    assert.equal(new Set(this.#free).size, this.#free.length, "a slot is free twice");
    assert.equal(this.#free.length + this.#lost, SLOTS, "a slot leaked");
  }

  #settle(task: number, outcome: ResultWriter): void {
    assert.equal(this.outcomes[task], undefined, `task ${task} was settled twice`);
    this.outcomes[task] = outcome;
  }

  *hasCapacity(): Steps<boolean> {
    if (this.#free.length === 0) return false;
    if (this.memory.flaw === "caller takes no care of stale entries") return true;
    if (this.#submitted - this.#taken < this.memory.submissions) return true;
    this.#taken = yield* this.load("TAKEN");
    return this.#submitted - this.#taken < this.memory.submissions;
  }

  /** Pushes as the pool does: what finds no room waits, and runs elsewhere where the worker has died meanwhile. */
  *submit(task: number): Steps<number> {
    this.next();
    while (!(yield* this.hasCapacity())) {
      if (this.pending > 0) yield* this.collect("parked");
      else {
        const ready = (): boolean => this.memory.get("TAKEN") !== this.#taken || this.memory.isWorkerDead;
        yield* this.do("look again", () => 0, { ready });
        this.next();
        if (this.memory.isWorkerDead) {
          this.#settle(task, "elsewhere");
          return -1;
        }
      }
    }
    const slot = yield* this.push(task);
    this.next();
    return slot;
  }

  *push(task: number): Steps<number> {
    const { flaw } = this.memory;
    const slot = this.#free.pop()!;
    if (flaw !== "caller uses a generation again") this.#generations[slot]!++;
    const generation = this.#generations[slot]!;
    this.#tasks[slot] = task;
    const late = flaw === "caller publishes before the arguments are written";
    // Plain stores may be seen in any order: this is the worst. Nobody follows an entry to a slot never used.
    const isFresh = generation === 1;
    yield* this.plain(`slot${slot} STATE`, stateWord(generation, model.QUEUED), isFresh);
    if (!late) yield* this.plain(`slot${slot} ARGS`, task, isFresh);
    const word = `SUBMISSION_RING${this.#submitted++ % this.memory.submissions}`;
    const early = flaw === "caller looks at PARKED before SUBMITTED is stored" ? yield* this.load("PARKED") : undefined;
    if (flaw === "caller counts a task before its entry is written") {
      yield* this.store("SUBMITTED", this.#submitted);
      yield* this.plain(word, ringEntry(slot, generation), false);
    } else {
      yield* this.plain(word, ringEntry(slot, generation));
      yield* this.store("SUBMITTED", this.#submitted);
    }
    if (late) yield* this.plain(`slot${slot} ARGS`, task, false);
    if ((early ?? (yield* this.load("PARKED"))) === this.#wakeSeq) yield* this.wake();
    return slot;
  }

  *wake(): Steps {
    const counts = this.memory.flaw !== "caller wakes without a new number";
    if (counts) yield* this.store("WAKE_SEQ", ++this.#wakeSeq);
    yield* this.notify("WAKE_SEQ", counts);
  }

  *stop(): Steps {
    yield* this.store("STOP", 1);
    yield* this.wake();
  }

  *drain(): Steps<number> {
    const completed = yield* this.load("COMPLETED");
    let count = 0;
    while (this.#drained !== completed) {
      if (yield* this.#finish(this.memory.get(`COMPLETION_RING${this.#drained++ % SLOTS}`))) count++;
    }
    return count;
  }

  *#finish(entry: number): Steps<boolean> {
    const slot = entry & 0xff;
    const task = this.#tasks[slot] ?? null;
    if (task === null || this.#generations[slot] !== entry >>> 8) return false;
    if ((yield* this.load(`slot${slot} STATE`)) !== stateWord(entry >>> 8, model.DONE)) return false;
    this.#tasks[slot] = null;
    assert.equal(this.memory.get(`slot${slot} RESULT`), task * 10, `task ${task} got another one's result`);
    this.#settle(task, "done");
    yield* this.store(`slot${slot} ACKNOWLEDGED`, entry >>> 8, true);
    this.#free.push(slot);
    return true;
  }

  *revoke(slot: number): Steps<boolean> {
    const isBlind = this.memory.flaw === "caller revokes without an exchange";
    if (!(yield* this.#move(slot, model.QUEUED, model.REVOKED, isBlind))) return false;
    yield* this.plain(`slot${slot} ACKNOWLEDGED`, this.#generations[slot]!);
    this.#tasks[slot] = null;
    this.#free.push(slot);
    return true;
  }

  /** Takes back what has not begun, to be run elsewhere. */
  *reclaim(): Steps {
    for (const slot of this.#occupied()) {
      const task = this.#tasks[slot]!;
      if (yield* this.revoke(slot)) this.#settle(task, "elsewhere");
    }
  }

  *abandon(slot: number): Steps<boolean> {
    const task = this.#tasks[slot];
    if (!(yield* this.#move(slot, model.RUNNING, model.ABANDONED))) return false;
    this.#tasks[slot] = null;
    this.#lost++;
    this.#settle(task!, "failed");
    return true;
  }

  *#move(slot: number, from: number, to: number, isBlind = false): Steps<boolean> {
    if (slot < 0 || this.#tasks[slot] === null) return false;
    const [state, generation] = [`slot${slot} STATE`, this.#generations[slot]!];
    const expected = stateWord(generation, from);
    if (!isBlind) {
      return (yield* this.exchange(state, expected, stateWord(generation, to))) === expected;
    }
    if ((yield* this.load(state)) !== expected) return false;
    yield* this.store(state, stateWord(generation, to));
    return true;
  }

  #occupied(): number[] {
    return [0, 1].filter((slot) => this.#tasks[slot] !== null);
  }

  *drainSlots(): Steps {
    yield* this.drain();
    if (this.memory.flaw === "caller drains the ring only, of a dead worker") return;
    for (const slot of this.#occupied()) {
      const state = (yield* this.load(`slot${slot} STATE`)) & 7;
      if (state === model.DONE) yield* this.#finish(ringEntry(slot, this.#generations[slot]!));
    }
  }

  /** Ends a worker's part: those done are settled, those not begun run elsewhere, the others fail. */
  *dismiss(): Steps {
    yield* this.reclaim();
    yield* this.drainSlots();
    for (const slot of this.#occupied()) yield* this.abandon(slot);
  }

  *enter(mode: number): Steps {
    yield* this.store("CALLER", (++this.#epoch << 2) | mode);
  }

  /** Parks or blocks, up to the last drain; gives the bell's value to wait on. */
  *rest(mode: number): Steps<number> {
    const bell = yield* this.load("BELL");
    yield* this.enter(mode);
    return bell;
  }

  /** Looks at LIFE if it has changed since the last look; gives what it found, 0 if it did not look. */
  *noticeLives(): Steps<number> {
    const changes = yield* this.load("LIFE_CHANGES");
    if (changes === this.#livesSeen) return 0;
    this.#livesSeen = changes;
    return yield* this.load("LIFE");
  }

  /** Waits for the worker to come up, as the supervisor does. */
  *started(): Steps {
    for (;;) {
      this.next();
      const early = this.memory.flaw === "caller looks at LIFE_CHANGES before it reads the bell";
      let life = early ? yield* this.noticeLives() : 0;
      const bell = yield* this.load("BELL");
      if (!early) life = yield* this.noticeLives();
      if (life !== 0 || this.memory.isWorkerDead) break;
      yield* this.sleep("waitAsync", "BELL", bell, () => this.memory.isWorkerDead);
    }
    this.next();
  }

  /** Waits for all tasks: parked in the event loop, or blocked. A dead worker is noticed here. */
  *collect(how: "parked" | "blocked"): Steps {
    while (this.pending > 0) {
      this.next();
      if ((yield* this.drain()) > 0) continue;
      yield* this.#rest(how === "parked" ? model.CALLER_PARKED : model.CALLER_BLOCKED);
      yield* this.enter(model.CALLER_AWAKE);
      if (this.memory.isWorkerDead) {
        yield* this.dismiss();
        break;
      }
    }
    this.next();
  }

  *#rest(mode: number): Steps {
    const { flaw } = this.memory;
    const late = flaw === "caller reads the bell after its last drain";
    if (late) yield* this.enter(mode);
    const early = late ? 0 : yield* this.rest(mode);
    if (flaw !== "caller parks without a second drain" && (yield* this.drain()) > 0) return;
    const bell = late ? yield* this.load("BELL") : early;
    const how = mode === model.CALLER_PARKED ? "waitAsync" : "wait";
    yield* this.sleep(how, "BELL", bell, () => this.memory.isWorkerDead);
  }
}

/** Kills the worker between any two of its steps; or never, unless that is certain. */
export class ModelKiller implements Side {
  readonly name = "killer";
  readonly isOptional: boolean;
  readonly #memory: Memory;
  constructor(memory: Memory, isCertain: boolean) {
    this.#memory = memory;
    this.isOptional = !isCertain;
  }

  *live(): Steps {
    yield { name: "kill the worker" };
    this.#memory.isWorkerDead = true;
  }

  key(): string {
    return "";
  }
}
