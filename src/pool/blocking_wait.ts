/**
 * Waits for results without the event loop, and helps meanwhile: a blocked caller runs tasks that
 * no worker has begun.
 *
 * @module
 */

import { Math } from "../captured.ts";
import { callSync, formatsOf, roundTrip, withoutExit } from "../executor/call.ts";
import type { PoolState } from "./state/pool_state.ts";
import { SpinBudget } from "../transport/spin_budget.ts";
import type { Supervisor } from "./supervision/supervisor.ts";
import { type CompletionPoller, UNEVEN_MS } from "./scheduling/completion_poller.ts";
import type { PoolTask } from "./state/task.ts";
import type { Scheduler } from "./scheduling/scheduler.ts";
import type { Cancellation } from "./cancellation.ts";

/** How long the caller looks without pause before it helps, in ms. */
const HELP_MS = 0.02;
/** Looks between two looks at the clock. */
const SPINS_PER_LOOK = 32;
/** Longest sleep before it looks whether a worker has died silently, in ms. */
const SLEEP_MS = 20;

/** The blocking side of a pool. */
export class BlockingWait {
  readonly #pool: PoolState;
  readonly #scheduler: Scheduler;
  readonly #supervisor: Supervisor;
  readonly #cancellation: Cancellation;
  readonly #poller: CompletionPoller;
  readonly #spins: SpinBudget = new SpinBudget();

  constructor(
    pool: PoolState,
    scheduler: Scheduler,
    supervisor: Supervisor,
    cancellation: Cancellation,
    poller: CompletionPoller,
  ) {
    this.#pool = pool;
    this.#scheduler = scheduler;
    this.#supervisor = supervisor;
    this.#cancellation = cancellation;
    this.#poller = poller;
  }

  /**
   * Blocks until `isDone` or `ms` have passed.
   *
   * @param tasks those that are waited for, in order; the caller may run them itself
   * @returns whether it is done
   */
  wait(isDone: () => boolean, tasks: readonly PoolTask[], ms: number): boolean {
    const until = this.#pool.adapter.now() + ms;
    const next = { queued: 0, held: 0 };
    let looked = 0;
    try {
      for (;;) {
        const ms = this.#spins.begin();
        if (this.#spin(Math.min(ms, HELP_MS)) && isDone()) return true;
        this.#scheduler.flush();
        // What the caller runs itself it could not stop in time.
        const claimed = until === Infinity ? this.#claim(tasks, next) : undefined;
        if (claimed !== undefined) {
          this.#run(claimed);
          continue;
        }
        const now = this.#pool.adapter.now();
        if (now >= until) return isDone();
        if (now - looked >= UNEVEN_MS) {
          looked = now;
          this.#supervisor.noticeAll();
          this.#cancellation.check();
          this.#pool.retries.check();
          this.#scheduler.rebalance();
          for (const worker of this.#pool.workers) worker.callerPort.pullAwaited();
          next.queued = next.held = 0; // tasks may be back in the queue
          if (isDone()) return true;
        }
        if (ms > HELP_MS && this.#spin(Math.min(until - now, ms - HELP_MS))) {
          if (isDone()) return true;
          continue;
        }
        const isSoon = this.#scheduler.isUneven || this.#pool.retries.size > 0;
        this.#sleep(Math.min(until - now, isSoon ? UNEVEN_MS : SLEEP_MS));
      }
    } finally {
      this.#pool.caller.wakeUp();
      this.#poller.resume();
    }
  }

  /** Looks for results for so many ms; gives whether there were any. */
  #spin(ms: number): boolean {
    const until = this.#pool.adapter.now() + ms;
    do {
      for (let i = 0; i < SPINS_PER_LOOK; i++) {
        if (this.#scheduler.drain() === 0) continue;
        this.#spins.found();
        return true;
      }
    } while (this.#pool.adapter.now() < until);
    return false;
  }

  #sleep(ms: number): void {
    const { caller } = this.#pool;
    const bell = caller.block();
    if (this.#scheduler.drain() === 0) {
      const before = this.#pool.adapter.now();
      caller.wait(bell, ms);
      this.#spins.slept(this.#pool.adapter.now() - before);
    }
    caller.wakeUp();
  }

  /**
   * Takes a task that no worker has begun: one that waits in the queue, so that the workers keep theirs; else one
   * that a worker has not begun, which then gets what is left in the queue.
   */
  #claim(tasks: readonly PoolTask[], next: { queued: number; held: number }): PoolTask | undefined {
    for (; next.queued < tasks.length; next.queued++) {
      const task = tasks[next.queued]!;
      if (!task.isQueued || !this.#mayRun(task)) continue;
      this.#pool.queue.withdraw(task);
      return task;
    }
    for (; next.held < tasks.length; next.held++) {
      const task = tasks[next.held]!;
      if (!this.#mayRun(task) || !this.#scheduler.revoke(task)) continue;
      this.#scheduler.flush();
      return task;
    }
    return undefined;
  }

  /** Whether the caller may run a task: not what is a worker's own, or could not be stopped here. */
  #mayRun(task: PoolTask): boolean {
    const { fn } = task;
    return !task.settled && task.has.abortReason === null && fn.helpable && fn.value !== undefined &&
      task.timeout === 0 &&
      !task.has.isPinned && this.#pool.options.setup === undefined && !task.moves;
  }

  #run(task: PoolTask): void {
    const { fn, options } = task;
    const { taskCodec, args: arena } = this.#pool;
    let ok = true;
    let value: unknown;
    try {
      const args = taskCodec.decodeArguments(task, (offset, length) => arena.bytes.subarray(offset, offset + length));
      value = withoutExit(this.#pool.adapter, fn.name, () => {
        const result = callSync(fn.value!, args, fn.name, options?.signal);
        return roundTrip(taskCodec.codec, result, formatsOf(options?.serialization).result, "result");
      });
    } catch (error) {
      ok = false;
      value = error;
    }
    if (ok || task.has.retry === null) this.#pool.settle(task, ok, value);
    else this.#pool.retries.failed(task, value, 0);
  }
}
