/**
 * Tasks whose attempt failed and that are to run again, see `RetryOptions`.
 *
 * ```text
 *            submit                 an attempt fails, the plan gives a delay > 0
 *   (call) ---------> in the queue <--------+       +--------------------------> waiting
 *                     or on a lane          |       |                              |  |
 *                          |  |    delay 0  |       |     the delay is over        |  |
 *                          |  +-------------+-------+  <---------------------------+  |
 *                          |    an attempt fails                                      |
 *                          v                                                          v
 *                       settled: result, last error,            settled: abort, timeout, drop, close, terminate,
 *                       error of `when` or `delay`              no worker can start
 * ```
 *
 * A waiting task is pending, holds no worker, no slot and no place in the queue, and keeps the encoding of its arguments.
 *
 * @module
 */

import { SafeMap } from "../../captured.ts";
import { Deadline, type DeadlineClock } from "./deadline.ts";
import type { PoolTask } from "./task.ts";
import type { TaskQueue } from "./task_queue.ts";

/** What retries need of their pool. */
export interface RetryPool extends DeadlineClock {
  readonly queue: TaskQueue;
  settle(task: PoolTask, ok: boolean, value: unknown): void;
  /** Has somebody look at the queue on the next turn. */
  onRevoked(): void;
}

/** The retries of a pool's tasks. */
export class Retries {
  readonly #pool: RetryPool;
  /** Tasks that wait, with what ends their waiting. */
  readonly #waiting: Map<PoolTask, Deadline | null> = new SafeMap();
  /** Whether no attempt follows on a failed one any more. */
  #isOver = false;
  /** Called when a task that waited stands in the queue again. */
  onDue: () => void = () => {};

  constructor(pool: RetryPool) {
    this.#pool = pool;
  }

  /** How many tasks wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * An attempt of a task that has a plan has failed; the task is in no slot. Has it run again, or settles it.
   *
   * @param ranFor how long the function ran, in ms
   * @returns whether it is to run again, so that it needs its arguments
   */
  failed(task: PoolTask, error: unknown, ranFor: number): boolean {
    const pool = this.#pool;
    if (task.settled) return false;
    if (task.timeout > 0 && task.has.since < 0) task.extras.since = pool.adapter.now() - ranFor;
    let ms: number | undefined;
    try {
      ms = this.#isOver ? undefined : task.has.retry!.next(error);
    } catch (thrown) {
      error = thrown;
    }
    // The user's functions may have aborted the task, or ended the pool.
    if (ms === undefined || this.#isOver) pool.settle(task, false, error);
    else if (!task.settled) this.#put(task, ms);
    return !task.settled;
  }

  #put(task: PoolTask, ms: number): void {
    task.keepForRetry();
    if (ms === 0) {
      this.#pool.queue.push(task);
      this.#pool.onRevoked(); // whoever drains may not look at the queue
      return;
    }
    this.#waiting.set(task, null);
    task.extras.stopWaiting = () => void this.withdraw(task);
    const deadline = new Deadline(this.#pool, ms, () => {
      if (!this.withdraw(task)) return;
      this.#pool.queue.push(task);
      this.onDue();
    });
    if (this.#waiting.has(task)) this.#waiting.set(task, deadline);
  }

  /** Puts those in the queue whose delay is over, for a caller whose event loop is blocked. */
  check(): void {
    if (this.#waiting.size === 0) return;
    for (const deadline of [...this.#waiting.values()]) deadline?.check();
  }

  /** Takes out a task that waits; false if it does not. */
  withdraw(task: PoolTask): boolean {
    this.#waiting.get(task)?.cancel();
    task.extras.stopWaiting = null;
    return this.#waiting.delete(task);
  }

  /** Takes out all that wait. */
  clear(): PoolTask[] {
    const tasks = [...this.#waiting.keys()];
    for (const task of tasks) this.withdraw(task);
    return tasks;
  }

  /** Has no task run again from now on; takes out all that wait. */
  end(): PoolTask[] {
    this.#isOver = true;
    return this.clear();
  }
}
