/**
 * The protocol of src/transport/README.md in steps, on a lane of two slots: memory, and the worker.
 * The caller is in _model_caller.ts. conformance_test.ts holds the steps against the real code.
 */
import assert from "node:assert/strict";
import type { Side, Step, Steps } from "./_explorer.ts";

export const SLOTS = 2;
export const SUBMISSIONS = 4;
export const [QUEUED, RUNNING, DONE, REVOKED, ABANDONED] = [1, 2, 3, 4, 5];
export const [CALLER_AWAKE, CALLER_PARKED, CALLER_BLOCKED] = [0, 1, 2];
export const AWAKE = -1;

export const stateWord = (generation: number, state: number): number => (generation << 3) | state;
export const ringEntry = (slot: number, generation: number): number => (generation << 8) | slot;

/** Ways in which the protocol could be wrong; each must be found. */
export type Flaw =
  | "worker parks without a second look"
  | "worker tells that it parks after its second look"
  | "worker claims whatever the generation"
  | "worker publishes without an exchange"
  | "worker counts a result before its entry is written"
  | "worker publishes before the result is written"
  | "worker notifies the bell without counting"
  | "worker sends one message for all epochs"
  | "worker looks at CALLER before it counts a result"
  | "caller looks at PARKED before SUBMITTED is stored"
  | "caller wakes without a new number"
  | "caller parks without a second drain"
  | "caller reads the bell after its last drain"
  | "caller counts a task before its entry is written"
  | "caller publishes before the arguments are written"
  | "caller revokes without an exchange"
  | "caller abandons without an exchange"
  | "caller uses a generation again"
  | "caller takes no care of stale entries"
  | "caller drains the ring only, of a dead worker"
  | "caller condemns without a last look";

/** The shared memory, the port, and what is asserted about the tasks. */
export class Memory {
  readonly words: Record<string, number> = { PARKED: AWAKE };
  /** Words that a side sleeps on. */
  readonly sleepers: Set<string> = new Set();
  /** `look` messages on the caller's port. */
  messages = 0;
  isWorkerDead = false;
  /** How often each task ran. */
  readonly runs: number[] = [];
  readonly flaw: Flaw | undefined;

  constructor(flaw?: Flaw) {
    this.flaw = flaw;
  }

  get(word: string): number {
    return this.words[word] ?? 0;
  }

  key(): string {
    const words = Object.keys(this.words).sort().map((word) => `${word}=${this.words[word]}`);
    return `${words} ${[...this.sleepers].sort()} ${this.messages} ${this.isWorkerDead} ${this.runs}`;
  }
}

/** The operations of one side. What it saw since its last `mark` is part of its state. */
export abstract class ModelSide implements Side {
  abstract readonly name: string;
  abstract live(): Steps;
  /** Fields that outlive a `mark`. */
  protected abstract fields(): unknown[];
  readonly memory: Memory;
  #seen: number[] = [];

  constructor(memory: Memory) {
    this.memory = memory;
  }

  key(): string {
    return `${this.#seen} ${JSON.stringify(this.fields())}`;
  }

  /** From here on only the fields matter. */
  protected mark(): void {
    this.#seen = [];
  }

  protected *do<T extends number>(name: string, act: () => T, ready?: () => boolean): Steps<T> {
    yield (ready === undefined ? { name } : { name, ready }) satisfies Step;
    const value = act();
    this.#seen.push(value);
    return value;
  }

  protected load(word: string): Steps<number> {
    return this.do(`load ${word}`, () => this.memory.get(word));
  }

  protected store(word: string, value: number): Steps<number> {
    return this.do(`store ${word}`, () => this.memory.words[word] = value);
  }

  protected plain(word: string, value: number): Steps<number> {
    return this.do(`plain ${word}`, () => this.memory.words[word] = value);
  }

  protected exchange(word: string, from: number, to: number): Steps<number> {
    return this.do(`compareExchange ${word}`, () => {
      const value = this.memory.get(word);
      if (value === from) this.memory.words[word] = to;
      return value;
    });
  }

  protected notify(word: string): Steps<number> {
    return this.do(`notify ${word}`, () => Number(this.memory.sleepers.delete(word)));
  }

  /** `Atomics.wait` without an end, and `waitAsync`: looks and falls asleep in one step. */
  protected *sleep(name: string, word: string, value: number, wakesToo: () => boolean = () => false): Steps {
    yield* this.do(`${name} ${word}`, () => {
      if (this.memory.get(word) === value) this.memory.sleepers.add(word);
      return 0;
    });
    yield* this.do("awake", () => 0, () => !this.memory.sleepers.has(word) || wakesToo());
  }
}

/** The worker: WorkerLane, driven as WorkerLoop does. */
export class ModelWorker extends ModelSide {
  readonly name = "worker";
  #taken = 0;
  #completed = 0;
  #calledIn = -1;

  get isDead(): boolean {
    return this.memory.isWorkerDead;
  }

  protected fields(): unknown[] {
    return [this.#taken, this.#completed, this.#calledIn];
  }

  *live(): Steps {
    for (;;) {
      this.mark();
      if ((yield* this.load("STOP")) !== 0 && !(yield* this.hasEntry())) return;
      const entry = yield* this.take();
      if (entry === undefined) {
        yield* this.idle();
        continue;
      }
      const slot = yield* this.claim(entry);
      if (slot < 0) continue;
      const task = this.memory.get(`slot${slot} ARGS`);
      this.memory.runs[task] = (this.memory.runs[task] ?? 0) + 1;
      assert.equal(this.memory.runs[task], 1, `task ${task} ran twice`);
      const early = this.memory.flaw === "worker publishes before the result is written";
      if (!early) yield* this.plain(`slot${slot} RESULT`, task * 10);
      yield* this.publish(entry);
      if (early) yield* this.plain(`slot${slot} RESULT`, task * 10);
    }
  }

  *hasEntry(): Steps<boolean> {
    return (yield* this.load("SUBMITTED")) !== this.#taken;
  }

  *take(): Steps<number | undefined> {
    if (!(yield* this.hasEntry())) return undefined;
    const entry = this.memory.get(`SUBMISSION_RING${this.#taken % SUBMISSIONS}`);
    yield* this.store("TAKEN", ++this.#taken);
    return entry;
  }

  *claim(entry: number): Steps<number> {
    const state = `slot${entry & 0xff} STATE`;
    const generation = this.memory.flaw === "worker claims whatever the generation"
      ? this.memory.get(state) >>> 3
      : entry >>> 8;
    const queued = stateWord(generation, QUEUED);
    const found = yield* this.exchange(state, queued, stateWord(generation, RUNNING));
    return found === queued ? entry & 0xff : -1;
  }

  *publish(entry: number): Steps {
    const [state, generation] = [`slot${entry & 0xff} STATE`, entry >>> 8];
    const [running, done] = [stateWord(generation, RUNNING), stateWord(generation, DONE)];
    if (this.memory.flaw === "worker publishes without an exchange") yield* this.store(state, done);
    else if ((yield* this.exchange(state, running, done)) !== running) return;
    const word = `COMPLETION_RING${this.#completed++ % SLOTS}`;
    const early = this.memory.flaw === "worker looks at CALLER before it counts a result"
      ? yield* this.load("CALLER")
      : undefined;
    if (this.memory.flaw === "worker counts a result before its entry is written") {
      yield* this.store("COMPLETED", this.#completed);
      yield* this.plain(word, entry);
    } else {
      yield* this.plain(word, entry);
      yield* this.store("COMPLETED", this.#completed);
    }
    yield* this.ring(early);
  }

  *ring(early?: number): Steps {
    const caller = early ?? (yield* this.load("CALLER"));
    const mode = caller & 3;
    if (mode === CALLER_BLOCKED) {
      if (this.memory.flaw !== "worker notifies the bell without counting") {
        yield* this.do("add BELL", () => this.memory.words.BELL = this.memory.get("BELL") + 1);
      }
      yield* this.notify("BELL");
    } else if (mode === CALLER_PARKED) {
      const epoch = this.memory.flaw === "worker sends one message for all epochs" ? mode : caller;
      if (this.#calledIn === epoch) return;
      this.#calledIn = epoch;
      yield* this.do("message", () => ++this.memory.messages);
    }
  }

  *park(): Steps<number> {
    const seq = yield* this.load("WAKE_SEQ");
    yield* this.store("PARKED", seq);
    return seq;
  }

  *unpark(): Steps {
    yield* this.store("PARKED", AWAKE);
  }

  /** WorkerLoop: a short block that may end at any time, then the event loop. */
  *idle(): Steps {
    const { flaw } = this.memory;
    const blind = flaw === "worker parks without a second look";
    let seq = 0;
    if (flaw === "worker tells that it parks after its second look") {
      if (yield* this.isDue()) return;
      seq = yield* this.park();
    } else {
      seq = yield* this.park();
      if (blind || !(yield* this.isDue())) yield* this.do("wait WAKE_SEQ", () => 0);
      if (!blind && (yield* this.isDue())) return yield* this.unpark();
    }
    yield* this.sleep("waitAsync", "WAKE_SEQ", seq);
    yield* this.unpark();
  }

  *isDue(): Steps<boolean> {
    return (yield* this.hasEntry()) || (yield* this.load("STOP")) !== 0;
  }
}
