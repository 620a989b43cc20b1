/**
 * Aborts and timeouts of tasks. Both take the same path: the task is told by its shared flag, has
 * `abortGrace` to end by itself, and is then given up together with its worker.
 *
 * @module
 */

import { Math, SafeMap, SafeSet } from "../captured.ts";
import { find } from "../lists.ts";
import { watchSignal } from "../executor/abort_listeners.ts";
import type { PoolState } from "./state/pool_state.ts";
import type { Supervisor } from "./supervision/supervisor.ts";
import type { PoolWorker } from "./state/pool_worker.ts";
import type { PoolTask } from "./state/task.ts";
import { timeLeft, timeoutError } from "./state/task_timeout.ts";
import type { Scheduler } from "./scheduling/scheduler.ts";

/** Grace where the options do not say, in ms. */
const GRACE_MS = 200;
/** How long the event loop of a suspect may stand still before it counts as blocked, in ms: not less on a busy machine. */
const STILL_MS = 500;

/** A worker whose task was given up while others of its tasks still run. */
interface Suspect {
  /** When to look again, in ms. */
  due: number;
  /** `turns` of its loop at the last look; none before the first. */
  turns: number | undefined;
}

/** Watches signals and the clock for the tasks that ask for it. */
export class Cancellation {
  readonly #pool: PoolState;
  readonly #scheduler: Scheduler;
  readonly #supervisor: Supervisor;
  readonly #grace: number;
  /** The tasks of each signal, which is watched once for all of them. */
  readonly #bySignal: Map<AbortSignal, { readonly tasks: Set<PoolTask>; readonly unwatch: () => void }> = new SafeMap();
  /** Tasks with a timeout. */
  readonly #timed: Set<PoolTask> = new SafeSet();
  /** Tasks that were told to end, with the time their grace is over, in ms. */
  readonly #aborted: Map<PoolTask, number> = new SafeMap();
  readonly #suspects: Map<PoolWorker, Suspect> = new SafeMap();
  /** When the timer fires, in ms. */
  #due = Infinity;
  #cancelTimer: (() => void) | null = null;

  constructor(pool: PoolState, scheduler: Scheduler, supervisor: Supervisor) {
    this.#pool = pool;
    this.#scheduler = scheduler;
    this.#supervisor = supervisor;
    this.#grace = pool.options.abortGrace ?? GRACE_MS;
  }

  /** Watches a task until it is settled. If this throws, `unwatch` takes back what was done. */
  begin(task: PoolTask): void {
    const signal = task.options?.signal;
    task.extras.unwatch = () => this.#end(task, signal);
    if (signal !== undefined) this.#listen(signal, task);
    if (task.timeout > 0) {
      this.#timed.add(task);
      this.#arm(this.#pool.adapter.now() + task.timeout);
    }
  }

  #listen(signal: AbortSignal, task: PoolTask): void {
    let entry = this.#bySignal.get(signal);
    if (entry === undefined) {
      const tasks = new SafeSet<PoolTask>();
      const unwatch = watchSignal(signal, { abort: (reason) => this.#abortAll(tasks, reason) });
      entry = { tasks, unwatch };
      this.#bySignal.set(signal, entry);
    }
    entry.tasks.add(task);
  }

  #end(task: PoolTask, signal: AbortSignal | undefined): void {
    this.#timed.delete(task);
    this.#aborted.delete(task);
    const entry = signal === undefined ? undefined : this.#bySignal.get(signal);
    if (entry !== undefined && entry.tasks.delete(task) && entry.tasks.size === 0) {
      entry.unwatch();
      this.#bySignal.delete(signal!);
    }
    if (this.#timed.size === 0 && this.#aborted.size === 0 && this.#suspects.size === 0) this.#disarm();
  }

  /** Ends a task: at once if it has not begun, else by its flag, its grace, and then its worker's end. */
  abort(task: PoolTask, reason: unknown): void {
    this.#tell(task, reason, this.#pool.adapter.now());
    if (this.#grace === 0 && this.#aborted.size > 0) this.check();
  }

  /** The same for all tasks of a signal. */
  #abortAll(tasks: ReadonlySet<PoolTask>, reason: unknown): void {
    const time = this.#pool.adapter.now();
    for (const task of [...tasks]) this.#tell(task, reason, time);
    if (this.#grace === 0 && this.#aborted.size > 0) this.check();
  }

  /** Ends a task that has not begun; has one that runs end by its flag, and notes when its grace is over. */
  #tell(task: PoolTask, reason: unknown, time: number): void {
    if (task.settled || task.sequence < 0 || task.has.abortReason !== null) return;
    if (task.worker === null || this.#scheduler.revoke(task)) {
      this.#pool.settle(task, false, reason);
      return;
    }
    task.extras.abortReason = { reason };
    task.worker.abort(task.slot);
    task.extras.unwatch ??= () => this.#end(task, undefined);
    const due = time + this.#grace;
    this.#aborted.set(task, due);
    try {
      this.#arm(due);
    } catch {
      this.#giveUp(task); // no timer can be had: its grace ends at once
    }
  }

  /** Does what is due; for the timer, and for a caller whose event loop is blocked. */
  check(): void {
    const time = this.#pool.adapter.now();
    let next = Infinity;
    for (const task of [...this.#timed]) {
      const left = timeLeft(task, time);
      if (task.sequence < 0) this.#timed.delete(task); // its call was refused
      else if (left > 0) next = Math.min(next, time + left);
      else {
        this.#timed.delete(task);
        this.#tell(task, timeoutError(task), time);
      }
    }
    for (const [task, due] of [...this.#aborted]) {
      if (due > time) next = Math.min(next, due);
      else this.#giveUp(task);
    }
    for (const [worker, suspect] of [...this.#suspects]) {
      if (suspect.due <= time) this.#judge(worker, suspect, time);
      if (this.#suspects.has(worker)) next = Math.min(next, suspect.due);
    }
    this.#disarm();
    if (next < Infinity) this.#arm(next);
  }

  #giveUp(task: PoolTask): void {
    this.#aborted.delete(task);
    const worker = find(this.#pool.workers, (one) => one === task.worker);
    if (task.settled || worker === undefined) return;
    if (!this.#scheduler.abandon(task)) {
      this.#scheduler.drain(); // it ended in time
      return;
    }
    this.#pool.settle(task, false, task.has.abortReason!.reason);
    if (worker.inFlight === 0) {
      this.#supervisor.condemn(worker);
      return;
    }
    // No other task shall suffer: those that have not begun go elsewhere, async ones may end.
    worker.refuse();
    this.#scheduler.reclaim(worker);
    this.#suspects.set(worker, { due: 0, turns: undefined });
    this.#judge(worker, this.#suspects.get(worker)!, this.#pool.adapter.now());
    this.#supervisor.refill();
  }

  /**
   * Ends a worker whose other tasks are done, or whose event loop stands still so that they never will be; also one
   * that only has tasks which nobody else may run, and which wait behind the one that was given up.
   */
  #judge(worker: PoolWorker, suspect: Suspect, time: number): void {
    const { turns } = worker;
    if (worker.isGone || worker.isFinished) {
      this.#suspects.delete(worker);
    } else if (
      worker.inFlight === 0 || turns === suspect.turns ||
      (suspect.turns !== undefined && worker.countQueued() === worker.inFlight)
    ) {
      this.#suspects.delete(worker);
      this.#supervisor.condemn(worker);
    } else {
      suspect.turns = turns;
      suspect.due = time + Math.max(this.#grace, STILL_MS);
      worker.wake();
      this.#arm(suspect.due);
    }
  }

  #arm(due: number): void {
    if (due >= this.#due) return;
    // The pool's keep-alive holds the program; a blocked caller calls `check` itself.
    const fire = (): void => {
      this.#due = Infinity;
      this.#cancelTimer = null;
      this.check();
    };
    const { adapter } = this.#pool;
    let cancel = (): void => {};
    try {
      cancel = adapter.delay(fire, Math.min(Math.max(1, Math.ceil(due - adapter.now())), 2 ** 31 - 1));
    } catch {
      adapter.schedule(fire); // no timer can be had now: looks again on the next turn
    }
    const before = this.#cancelTimer;
    this.#due = due;
    this.#cancelTimer = cancel;
    before?.();
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#due = Infinity;
  }
}
