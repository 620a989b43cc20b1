/** Keeps account of all tasks: each settles once, with its own result or its own error. */
import { QueueFullError, WorkerExitError } from "../../mod.ts";
import type { Runs } from "./tasks.ts";

/** How a task ended. */
export type ResultWriter = { ok: true; value: unknown } | { ok: false; error: unknown };

/** Says what is wrong with an outcome, or nothing. */
export type Check = (outcome: ResultWriter) => string | undefined;

/** How many tasks ended how, by the reason for it. */
export interface Counts {
  tasks: number;
  deaths: number;
  aborts: number;
  timeouts: number;
  throws: number;
  refused: number;
  collateral: number;
}

/** What a promise stands for in the counters. */
export interface Entry {
  readonly kind: string;
  readonly since: number;
  /** Tasks of the pool behind this promise. */
  readonly tasks: number;
}

/** Text of any error. */
export function textOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 300);
}

/** The account of one run. */
export class Ledger {
  readonly counts: Counts = { tasks: 0, deaths: 0, aborts: 0, timeouts: 0, throws: 0, refused: 0, collateral: 0 };
  /** What has not settled. */
  readonly open: Set<Entry> = new Set();
  /** What went wrong. */
  readonly wrong: string[] = [];
  /** Tasks that the pool's counters show neither as completed nor as failed, at most: dropped ones. */
  droppable = 0;
  /** Tasks that may have run although their call was refused, at most. */
  surplus = 0;
  /** What took longest, and how long in ms. */
  slowest: { kind: string; ms: number } = { kind: "", ms: 0 };
  /** When something last settled, in ms. */
  lastSettled = performance.now();
  /** How often tasks ran: a number each. */
  readonly runs: Runs;
  /** How often the task of each number may have run. */
  readonly #allowed: { kind: string; index: number; from: number; to: number }[] = [];
  #nextRun = 0;
  /** Whether tasks may suffer from others: workers run several at once. */
  readonly #lax: boolean;
  readonly #mayRefuse: boolean;

  constructor({ lax, mayRefuse }: { lax: boolean; mayRefuse: boolean }) {
    this.#lax = lax;
    this.#mayRefuse = mayRefuse;
    this.runs = new Int32Array(new SharedArrayBuffer(4 * 65536));
  }

  /** A number under which a task counts its runs. */
  nextRun(): number {
    return this.#nextRun++ % this.runs.length;
  }

  /** Says how often a task may have run; looked at when all is over. */
  allow(kind: string, index: number, from: number, to: number): void {
    this.#allowed.push({ kind, index, from: this.#lax ? 0 : from, to });
  }

  complain(kind: string, what: string): void {
    if (this.wrong.length < 20) this.wrong.push(`${kind}: ${what}`);
    else this.wrong[20] = "and more";
  }

  /** Follows a promise that stands for `tasks` tasks of the pool. */
  track(kind: string, promise: Promise<unknown>, check: Check, tasks = 1): Promise<void> {
    const entry: Entry = { kind, since: performance.now(), tasks };
    this.open.add(entry);
    this.counts.tasks += tasks;
    return promise.then(
      (value) => this.#settle(entry, check, { ok: true, value }),
      (error) => this.#settle(entry, check, { ok: false, error }),
    );
  }

  /** The same for a blocking call. */
  record(kind: string, body: () => unknown, check: Check, tasks = 1): void {
    const entry: Entry = { kind, since: performance.now(), tasks };
    this.counts.tasks += tasks;
    let outcome: ResultWriter;
    try {
      outcome = { ok: true, value: body() };
    } catch (error) {
      outcome = { ok: false, error };
    }
    this.#settle(entry, check, outcome);
  }

  #settle(entry: Entry, check: Check, outcome: ResultWriter): void {
    this.open.delete(entry);
    this.lastSettled = performance.now();
    const ms = Math.round(this.lastSettled - entry.since);
    if (ms > this.slowest.ms) this.slowest = { kind: entry.kind, ms };
    if (!outcome.ok) {
      if (this.#mayRefuse && outcome.error instanceof QueueFullError) {
        this.counts.refused += entry.tasks;
        this.counts.tasks -= entry.tasks;
        if (entry.tasks > 1) this.surplus += entry.tasks - 1; // some workers had a place, others not
        return;
      }
      if (this.#lax && outcome.error instanceof WorkerExitError) {
        this.counts.collateral++;
        return;
      }
    }
    let problem: string | undefined;
    try {
      problem = check(outcome);
    } catch (error) {
      problem = `the check threw ${textOf(error)}`;
    }
    if (problem !== undefined) {
      const what = outcome.ok ? "fulfilled" : `rejected with ${textOf(outcome.error)}`;
      this.complain(entry.kind, `${problem} (${what} after ${ms} ms)`);
    }
  }

  /** Looks at how often tasks ran. */
  checkRuns(): void {
    for (const { kind, index, from, to } of this.#allowed) {
      const ran = Atomics.load(this.runs, index);
      if (ran < from || ran > to) this.complain(kind, `ran ${ran} times instead of ${from} to ${to}`);
    }
  }
}

/** Fulfilled with a value that passes. */
export function gives(isRight: (value: unknown) => boolean): Check {
  return (outcome) => {
    if (!outcome.ok) return "should have been fulfilled";
    return isRight(outcome.value) ? undefined : `has another's result: ${String(outcome.value).slice(0, 100)}`;
  };
}

/** Rejected with an error that passes; `note` is called then. */
export function fails(isRight: (error: unknown) => boolean, note: () => void = () => {}): Check {
  return (outcome) => {
    if (outcome.ok) return `should have been rejected instead of ${String(outcome.value).slice(0, 100)}`;
    if (!isRight(outcome.error)) return "has another's error, or a wrong one";
    note();
    return undefined;
  };
}

/** Either of two. */
export function either(fulfilled: Check, rejected: Check): Check {
  return (outcome) => outcome.ok ? fulfilled(outcome) : rejected(outcome);
}
