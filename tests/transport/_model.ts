/**
 * The protocol of src/transport/README.md in steps, on a lane of two slots: memory, and the worker.
 * The caller is in _model_caller.ts. conformance_test.ts holds the steps against the real code.
 */
import assert from "node:assert/strict";
import type { Side, Step, Steps } from "./_explorer.ts";

export const SLOTS = 2;
const SUBMISSIONS = 4;
export const [QUEUED, RUNNING, DONE, REVOKED, ABANDONED] = [1, 2, 3, 4, 5];
export const [CALLER_AWAKE, CALLER_PARKED, CALLER_BLOCKED] = [0, 1, 2];
export const AWAKE = -1;

/** All that stands in shared memory. */
const WORDS = [
  ...["SUBMITTED", "WAKE_SEQ", "STOP", "TAKEN", "COMPLETED", "PARKED", "CALLER", "BELL"],
  ...[0, 1].flatMap((slot) => ["STATE", "ARGS", "RESULT", "ACKNOWLEDGED"].map((word) => `slot${slot} ${word}`)),
  ...Array.from({ length: SUBMISSIONS }, (_, i) => `SUBMISSION_RING${i}`),
  ...Array.from({ length: SLOTS }, (_, i) => `COMPLETION_RING${i}`),
];

export const stateWord = (generation: number, state: number): number => (generation << 3) | state;
export const ringEntry = (slot: number, generation: number): number => (generation << 8) | slot;

/** Ways in which the protocol could be wrong; each must be found. */
export const flaws = [
  "worker parks without a second look",
  "worker tells that it parks after its second look",
  "worker claims whatever the generation",
  "worker counts a result before its entry is written",
  "worker publishes before the result is written",
  "worker notifies the bell without counting",
  "worker sends one message for all epochs",
  "worker looks at CALLER before it counts a result",
  "caller looks at PARKED before SUBMITTED is stored",
  "caller wakes without a new number",
  "caller parks without a second drain",
  "caller reads the bell after its last drain",
  "caller counts a task before its entry is written",
  "caller publishes before the arguments are written",
  "caller revokes without an exchange",
  "caller uses a generation again",
  "caller takes no care of stale entries",
  "caller drains the ring only, of a dead worker",
  "caller condemns without a last look",
] as const;
export type Flaw = (typeof flaws)[number];

/** What a scenario needs. */
export interface MemoryOptions {
  readonly flaw?: Flaw | undefined;
  readonly hasStop?: boolean;
  readonly hasFullRing?: boolean;
}

/** The shared memory, the port, and what is asserted about the tasks. */
export class Memory {
  readonly words: Record<string, number> = Object.fromEntries(WORDS.map((word) => [word, 0]));
  /** Words that a side sleeps on. */
  readonly sleepers: Set<string> = new Set();
  /** `look` messages on the caller's port. */
  messages = 0;
  isWorkerDead = false;
  /** How often each task ran. */
  readonly runs: number[] = [];
  readonly flaw: Flaw | undefined;
  /** Whether STOP is ever stored; if not, loads of it are nobody's business. */
  readonly hasStop: boolean;
  /** Whether the submission ring may be full, so that TAKEN is looked at. */
  readonly hasFullRing: boolean;
  /** Entries of the submission ring; few where it is to be full soon. */
  readonly submissions: number;

  constructor({ flaw, hasStop = false, hasFullRing = false }: MemoryOptions = {}) {
    this.words.PARKED = AWAKE;
    this.flaw = flaw;
    this.hasStop = hasStop;
    this.hasFullRing = hasFullRing;
    this.submissions = hasFullRing ? SLOTS : SUBMISSIONS;
  }

  get(word: string): number {
    return this.words[word]!;
  }

  key(): string {
    let words = "";
    for (const word of WORDS) words += `${this.get(word)} `;
    const sleepers = Number(this.sleepers.has("WAKE_SEQ")) + 2 * Number(this.sleepers.has("BELL"));
    return `${words}${sleepers} ${this.messages} ${this.isWorkerDead} ${this.runs}`;
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
    return `${this.#seen};${this.fields().join(";")}`;
  }

  /** From here on only the fields matter. */
  protected mark(): void {
    this.#seen = [];
  }

  *do<T extends number>(name: string, act: () => T, more: Omit<Step, "name"> = {}): Steps<T> {
    yield { ...more, name };
    const value = act();
    this.#seen.push(value);
    return value;
  }

  protected load(word: string, isLocal: boolean = false): Steps<number> {
    return this.do(`load ${word}`, () => this.memory.get(word), { isLocal });
  }

  protected store(word: string, value: number, isLocal: boolean = false): Steps<number> {
    return this.do(`store ${word}`, () => this.memory.words[word] = value, { isLocal });
  }

  /** A plain store; local where nobody looks at the word before a later store of this side. */
  protected plain(word: string, value: number, isLocal: boolean = true): Steps<number> {
    return this.do(`plain ${word}`, () => this.memory.words[word] = value, { isLocal });
  }

  protected exchange(word: string, from: number, to: number): Steps<number> {
    return this.do(`compareExchange ${word}`, () => {
      const value = this.memory.get(word);
      if (value === from) this.memory.words[word] = to;
      return value;
    });
  }

  /** Local after a change of the word: who looks at the word in between does not fall asleep. */
  protected notify(word: string, isLocal: boolean): Steps<number> {
    return this.do(`notify ${word}`, () => Number(this.memory.sleepers.delete(word)), { isLocal });
  }

  /** `Atomics.wait` without an end, and `waitAsync`: looks and falls asleep in one step. */
  protected *sleep(name: string, word: string, value: number, wakesToo: () => boolean = () => false): Steps {
    yield* this.do(`${name} ${word}`, () => {
      if (this.memory.get(word) === value) this.memory.sleepers.add(word);
      return 0;
    });
    const ready = (): boolean => !this.memory.sleepers.has(word) || wakesToo();
    yield* this.do("awake", () => Number(this.memory.sleepers.delete(word)), { ready, isLocal: true });
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
      if ((yield* this.isStopping()) && !(yield* this.hasEntry())) return;
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
      if (early) yield* this.plain(`slot${slot} RESULT`, task * 10, false);
    }
  }

  *hasEntry(): Steps<boolean> {
    return (yield* this.load("SUBMITTED")) !== this.#taken;
  }

  *isStopping(): Steps<boolean> {
    return (yield* this.load("STOP", !this.memory.hasStop)) !== 0;
  }

  *take(): Steps<number | undefined> {
    if (!(yield* this.hasEntry())) return undefined;
    const entry = this.memory.get(`SUBMISSION_RING${this.#taken % this.memory.submissions}`);
    yield* this.store("TAKEN", ++this.#taken, !this.memory.hasFullRing);
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
    if ((yield* this.exchange(state, running, done)) !== running) return;
    const word = `COMPLETION_RING${this.#completed++ % SLOTS}`;
    const early = this.memory.flaw === "worker looks at CALLER before it counts a result"
      ? yield* this.load("CALLER")
      : undefined;
    if (this.memory.flaw === "worker counts a result before its entry is written") {
      yield* this.store("COMPLETED", this.#completed);
      yield* this.plain(word, entry, false);
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
      const counts = this.memory.flaw !== "worker notifies the bell without counting";
      if (counts) yield* this.do("add BELL", () => this.memory.words.BELL = this.memory.get("BELL") + 1);
      yield* this.notify("BELL", counts);
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
      if (blind || !(yield* this.isDue())) yield* this.do("wait WAKE_SEQ", () => 0, { isLocal: true });
      if (!blind && (yield* this.isDue())) return yield* this.unpark();
    }
    yield* this.sleep("waitAsync", "WAKE_SEQ", seq);
    yield* this.unpark();
  }

  *isDue(): Steps<boolean> {
    return (yield* this.hasEntry()) || (yield* this.isStopping());
  }
}
