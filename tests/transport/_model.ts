/**
 * The protocol of src/transport/README.md in steps, on a lane of two slots: its memory, and what
 * the sides of _model_worker.ts and _model_caller.ts can do with it. conformance_test.ts holds
 * their steps against the real code.
 */
import type { Side, Step, Steps } from "./_explorer.ts";

export const SLOTS = 2;
const SUBMISSIONS = 4;
export const [QUEUED, RUNNING, DONE, REVOKED, ABANDONED] = [1, 2, 3, 4, 5];
export const [CALLER_AWAKE, CALLER_PARKED, CALLER_BLOCKED] = [0, 1, 2];
export const AWAKE = -1;
export const STOP_NOW = 2;

/** All that stands in shared memory. */
const WORDS = [
  ...["SUBMITTED", "WAKE_SEQ", "STOP", "TAKEN", "COMPLETED", "PARKED", "CALLER", "BELL", "LIFE", "LIFE_CHANGES"],
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
  "worker rings once for all epochs",
  "worker looks at CALLER before it counts a result",
  "worker counts a life state before it is stored",
  "worker rings before it counts a life state",
  "caller looks at PARKED before SUBMITTED is stored",
  "caller wakes without a new number",
  "caller parks without a second drain",
  "caller reads the bell after its last drain",
  "caller looks at LIFE_CHANGES before it reads the bell",
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
  readonly hasStart?: boolean;
}

/** The shared memory, and what is asserted about the tasks. */
export class Memory {
  readonly words: Record<string, number> = Object.fromEntries(WORDS.map((word) => [word, 0]));
  /** Words that a side sleeps on. */
  readonly sleepers: Set<string> = new Set();
  isWorkerDead = false;
  /** How often each task ran. */
  readonly runs: number[] = [];
  readonly flaw: Flaw | undefined;
  /** Whether STOP is ever stored; if not, loads of it are nobody's business. */
  readonly hasStop: boolean;
  /** Whether the submission ring may be full, so that TAKEN is looked at. */
  readonly hasFullRing: boolean;
  /** Whether the worker has to come up first. */
  readonly hasStart: boolean;
  /** Entries of the submission ring; few where it is to be full soon. */
  readonly submissions: number;

  constructor({ flaw, hasStop = false, hasFullRing = false, hasStart = false }: MemoryOptions = {}) {
    this.words.PARKED = AWAKE;
    this.flaw = flaw;
    this.hasStop = hasStop;
    this.hasFullRing = hasFullRing;
    this.hasStart = hasStart;
    this.submissions = hasFullRing ? SLOTS : SUBMISSIONS;
  }

  get(word: string): number {
    return this.words[word]!;
  }

  key(): string {
    let words = "";
    for (const word of WORDS) words += `${this.get(word)} `;
    const sleepers = Number(this.sleepers.has("WAKE_SEQ")) + 2 * Number(this.sleepers.has("BELL"));
    return `${words}${sleepers} ${this.isWorkerDead} ${this.runs}`;
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
