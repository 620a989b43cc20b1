/**
 * Whether one more task may be queued, and who waits until one may: `maxQueue` and `ready`.
 *
 * Who waits is let in when a place is free, one a place, first come first served. The place is kept for them until the
 * event loop's next turn, so that a caller who submits as soon as `ready` resolves finds it, and others who come by
 * `ready` meanwhile do not. Who submits later, or without `ready`, takes their chance.
 *
 * @module
 */

import type { PoolCore } from "../state/pool_state.ts";
import type { Member } from "../state/pool_worker.ts";
import { Waiters } from "../state/waiters.ts";

/** The places of a pool's queue. */
export class Room {
  readonly #core: PoolCore;
  /** Tasks that may wait. */
  readonly #limit: number;
  readonly #maxTasks: number;
  readonly #waiting: Waiters = new Waiters();
  /** Places of those who were let in and have not submitted since; `submit` counts it down. */
  kept = 0;
  #isTurnDue = false;

  constructor(core: PoolCore) {
    this.#core = core;
    this.#limit = core.options.maxQueue ?? Infinity;
    this.#maxTasks = core.options.maxTasksPerWorker ?? Infinity;
  }

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return !this.#waiting.isEmpty;
  }

  /** Whether a task for any worker, or a task for each of `members`, would make more tasks wait than may. */
  isFull(members: readonly Member[] | null): boolean {
    if (members === null) return this.#free <= 0;
    let waiting = this.#countWaiting();
    for (const member of members) if (member.inFlight >= this.#core.tasksPerWorker) waiting++;
    return waiting > this.#limit;
  }

  /** Resolves when one more task may be queued. */
  enter(): Promise<void> {
    if (this.#limit === Infinity) return Promise.resolve();
    if (this.isAwaited || this.#free <= this.kept) return this.#waiting.wait();
    this.#keep();
    return Promise.resolve();
  }

  /** Places may be free: lets in as many as there are. It gives no task to a worker, so that who is let in finds its place. */
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
    this.kept++;
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#core.adapter.schedule(() => {
      this.#isTurnDue = false;
      this.kept = 0;
      this.offer();
    });
  }

  /** How many more tasks may be submitted: a worker that has nothing to do takes one without its waiting. */
  get #free(): number {
    const { members, tasksPerWorker } = this.#core;
    let free = this.#limit - this.#countWaiting();
    for (const { accepting, inFlight, given } of members) {
      if (accepting) free += Math.max(0, Math.min(tasksPerWorker - inFlight, this.#maxTasks - given));
    }
    return free;
  }

  /** Tasks that have not begun, wherever they wait. */
  #countWaiting(): number {
    const { members, queue, tasksPerWorker } = this.#core;
    let waiting = queue.size;
    for (const { pinned, inFlight } of members) {
      // A worker that is awake has begun, or is about to begin, as many as it may run at once.
      waiting += pinned.size + Math.max(0, inFlight - tasksPerWorker);
    }
    return waiting;
  }
}
