/**
 * Whether one more task may be queued, and who waits until one may: `maxQueue` and `ready`.
 *
 * Who waits is let in when a place is free, one a place, first come first served. The place is kept for them until the
 * event loop's next turn, so that a caller who submits as soon as `ready` resolves finds it, and others who come by
 * `ready` meanwhile do not. Who submits later, or without `ready`, takes their chance.
 *
 * @module
 */

import { Math, promiseResolve } from "../../captured.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import { Waiters } from "../state/waiters.ts";

/** The places of a pool's queue. */
export class QueueCapacity {
  readonly #pool: PoolState;
  /** Tasks that may wait. */
  readonly #limit: number;
  readonly #maxTasks: number;
  readonly #waiting: Waiters = new Waiters();
  /** Places of those who were let in and have not submitted since; `submit` counts it down. */
  kept = 0;
  #isTurnDue = false;

  constructor(pool: PoolState) {
    this.#pool = pool;
    this.#limit = pool.options.maxQueue ?? Infinity;
    this.#maxTasks = pool.options.maxTasksPerWorker ?? Infinity;
  }

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return !this.#waiting.isEmpty;
  }

  /** Whether a task for any worker, or a task for each of `workers`, would make more tasks wait than may. */
  isFull(workers: readonly PoolWorker[] | null): boolean {
    if (workers === null) return this.#free <= 0;
    let waiting = this.#countWaiting();
    for (const worker of workers) if (worker.inFlight >= this.#pool.tasksPerWorker) waiting++;
    return waiting > this.#limit;
  }

  /** Resolves when one more task may be queued. */
  enter(): Promise<void> {
    if (this.#limit === Infinity) return promiseResolve();
    if (this.isAwaited || this.#free <= this.kept) return this.#waiting.wait();
    this.#keep();
    return promiseResolve();
  }

  /** Admits as many waiters as there are free places. Dispatches no task, so that an admitted waiter still finds its place. */
  offer(): void {
    for (let free = this.#free - this.kept; free > 0 && this.isAwaited; free--) {
      this.#keep();
      this.#waiting.releaseFirst();
    }
  }

  /** No task will ever be taken. */
  fail(error: unknown): void {
    this.#waiting.fail(error);
  }

  #keep(): void {
    if (!this.#isTurnDue) {
      try {
        this.#pool.adapter.schedule(() => {
          this.#isTurnDue = false;
          this.kept = 0;
          this.offer();
        });
      } catch {
        return; // without a turn that ends it no place is kept
      }
      this.#isTurnDue = true;
    }
    this.kept++;
  }

  /** How many more tasks may be submitted: a worker that has nothing to do takes one without its waiting. */
  get #free(): number {
    const { workers, tasksPerWorker } = this.#pool;
    let free = this.#limit - this.#countWaiting();
    for (const { accepting, inFlight, given } of workers) {
      if (accepting) free += Math.max(0, Math.min(tasksPerWorker - inFlight, this.#maxTasks - given));
    }
    return free;
  }

  /** Tasks that have not begun, wherever they wait. */
  #countWaiting(): number {
    const { workers, queue, tasksPerWorker } = this.#pool;
    let waiting = queue.size;
    for (const { pinned, inFlight } of workers) {
      // A worker that is awake has begun, or is about to begin, as many as it may run at once.
      waiting += pinned.size + Math.max(0, inFlight - tasksPerWorker);
    }
    return waiting;
  }
}
