/**
 * Aborts and timeouts of tasks. Both take the same path: the task is told by its shared flag, has
 * `abortGrace` to end by itself, and is then given up together with its worker.
 *
 * @module
 */

import { TaskTimeoutError } from "../errors.ts";
import * as at from "../transport/layout.ts";
import type { PoolCore } from "./state/pool_state.ts";
import type { Crew } from "./supervision/supervisor.ts";
import type { Member } from "./state/pool_worker.ts";
import type { TaskRecord } from "./state/task.ts";
import type { Scheduler } from "./scheduling/scheduler.ts";

/** Grace where the options do not say, in ms. */
const GRACE_MS = 200;
/** How long the event loop of a suspect may stand still before it counts as blocked, in ms: not less on a busy machine. */
const STILL_MS = 500;

/** A worker whose task was given up while others of its tasks still run. */
interface Suspect {
  /** When to look again, in ms. */
  due: number;
  /** `turns` of its loop at the last look. */
  turns: number;
}

/** Watches signals and the clock for the tasks that ask for it. */
export class Watch {
  readonly #core: PoolCore;
  readonly #scheduler: Scheduler;
  readonly #crew: Crew;
  readonly #grace: number;
  /** Tasks by signal: one listener a signal, however many tasks. */
  readonly #bySignal: Map<AbortSignal, { readonly tasks: Set<TaskRecord>; readonly listener: () => void }> = new Map();
  /** Tasks with a timeout. */
  readonly #timed: Set<TaskRecord> = new Set();
  /** Tasks that were told to end, with the time their grace is over, in ms. */
  readonly #doomed: Map<TaskRecord, number> = new Map();
  readonly #suspects: Map<Member, Suspect> = new Map();
  /** When the timer fires, in ms since the epoch. */
  #due = Infinity;
  #cancelTimer: (() => void) | null = null;

  constructor(core: PoolCore, scheduler: Scheduler, crew: Crew) {
    this.#core = core;
    this.#scheduler = scheduler;
    this.#crew = crew;
    this.#grace = core.options.abortGrace ?? GRACE_MS;
  }

  /** Watches a task until it is settled. */
  begin(record: TaskRecord): void {
    const signal = record.options?.signal;
    if (signal !== undefined) this.#listen(signal, record);
    if (record.timeout > 0) {
      this.#timed.add(record);
      this.#arm(now() + record.timeout);
    }
    record.extras.unwatch = () => this.#end(record, signal);
  }

  #listen(signal: AbortSignal, record: TaskRecord): void {
    let entry = this.#bySignal.get(signal);
    if (entry === undefined) {
      const tasks = new Set<TaskRecord>();
      const listener = (): void => {
        for (const task of [...tasks]) this.abort(task, signal.reason);
      };
      entry = { tasks, listener };
      this.#bySignal.set(signal, entry);
      signal.addEventListener("abort", listener);
    }
    entry.tasks.add(record);
  }

  #end(record: TaskRecord, signal: AbortSignal | undefined): void {
    this.#timed.delete(record);
    this.#doomed.delete(record);
    const entry = signal === undefined ? undefined : this.#bySignal.get(signal);
    if (entry !== undefined && entry.tasks.delete(record) && entry.tasks.size === 0) {
      signal!.removeEventListener("abort", entry.listener);
      this.#bySignal.delete(signal!);
    }
    if (this.#timed.size === 0 && this.#doomed.size === 0 && this.#suspects.size === 0) this.#disarm();
  }

  /** Ends a task: at once if it has not begun, else by its flag, its grace, and then its worker's end. */
  abort(record: TaskRecord, reason: unknown): void {
    if (record.settled || record.has.doom !== null) return;
    if (record.member === null || this.#scheduler.revoke(record)) {
      this.#core.settle(record, false, reason);
      return;
    }
    record.extras.doom = { reason };
    record.member.abort(record.slot);
    record.extras.unwatch ??= () => this.#end(record, undefined);
    this.#doomed.set(record, now() + this.#grace);
    this.#arm(now() + this.#grace);
    if (this.#grace === 0) this.check();
  }

  /** Does what is due; for the timer, and for a caller whose event loop is blocked. */
  check(): void {
    const time = now();
    let next = Infinity;
    for (const record of [...this.#timed]) {
      const left = this.#timeLeft(record, time);
      if (left > 0) next = Math.min(next, time + left);
      else {
        this.#timed.delete(record);
        const { timeout } = record;
        this.abort(
          record,
          new TaskTimeoutError(`Task '${record.fn.name}' ran longer than its timeout of ${timeout} ms`, timeout),
        );
      }
    }
    for (const [record, due] of [...this.#doomed]) {
      if (due > time) next = Math.min(next, due);
      else this.#giveUp(record);
    }
    for (const [member, suspect] of [...this.#suspects]) {
      if (suspect.due <= time) this.#judge(member, suspect, time);
      if (this.#suspects.has(member)) next = Math.min(next, suspect.due);
    }
    this.#disarm();
    if (next < Infinity) this.#arm(next);
  }

  /** Milliseconds that a task may still run; its whole timeout while it has not begun. */
  #timeLeft(record: TaskRecord, time: number): number {
    const { member, slot, timeout } = record;
    if (member === null || member.stateOf(slot) !== at.RUNNING) return timeout;
    const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
    const generation = member.words[base + at.STATE]! >>> 3;
    if (Atomics.load(member.words, base + at.STARTED_GENERATION) !== generation) return timeout; // partner: WorkerLoop
    return timeout - (time - member.numbers[(base + at.STARTED) >> 1]!);
  }

  #giveUp(record: TaskRecord): void {
    this.#doomed.delete(record);
    const { member } = record;
    if (record.settled || member === null) return;
    if (!this.#scheduler.abandon(record)) {
      this.#scheduler.drain(); // it ended in time
      return;
    }
    this.#core.settle(record, false, record.has.doom!.reason);
    if (member.inFlight === 0) {
      this.#crew.condemn(member);
      return;
    }
    // No other task shall suffer: those that have not begun go elsewhere, async ones may end.
    member.accepting = false;
    this.#scheduler.reclaim(member);
    this.#suspects.set(member, { due: 0, turns: -1 });
    this.#judge(member, this.#suspects.get(member)!, now());
    this.#crew.refill();
  }

  /**
   * Ends a worker whose other tasks are done, or whose event loop stands still so that they never will be; also one
   * that only has tasks which nobody else may run, and which wait behind the one that was given up.
   */
  #judge(member: Member, suspect: Suspect, time: number): void {
    const { turns } = member;
    if (member.isGone || member.isFinished) {
      this.#suspects.delete(member);
    } else if (
      member.inFlight === 0 || turns === suspect.turns ||
      (suspect.turns >= 0 && member.countQueued() === member.inFlight)
    ) {
      this.#suspects.delete(member);
      this.#crew.condemn(member);
    } else {
      suspect.turns = turns;
      suspect.due = time + Math.max(this.#grace, STILL_MS);
      member.wake();
      this.#arm(suspect.due);
    }
  }

  #arm(due: number): void {
    if (due >= this.#due) return;
    this.#cancelTimer?.();
    this.#due = due;
    // The pool's keep-alive holds the program; a blocked caller calls `check` itself.
    this.#cancelTimer = this.#core.adapter.delay(() => {
      this.#due = Infinity;
      this.#cancelTimer = null;
      this.check();
    }, Math.min(Math.max(1, Math.ceil(due - now())), 2 ** 31 - 1));
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#due = Infinity;
  }
}

/** Milliseconds since the epoch, comparable between threads. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
