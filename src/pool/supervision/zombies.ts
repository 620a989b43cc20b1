/**
 * Threads that were told to die, and may still run. Where there are too many, no further worker is started until one
 * has ended.
 *
 * @module
 */

import { SafeMap } from "../../captured.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { PoolWorker } from "../state/pool_worker.ts";

/** How long tasks wait for such threads to end before the user is told, in ms. */
const WARN_MS = 500;
/** After this long, in ms, a thread on an interruptible runtime is assumed dead even without an exit event. */
const STOPPED_MS = 1000;

/** The abandoned threads of a pool. */
export class Zombies {
  readonly #pool: PoolState;
  /** When each was given up, in ms. */
  readonly #workers: Map<PoolWorker, number> = new SafeMap();
  #warned = false;

  constructor(pool: PoolState) {
    this.#pool = pool;
  }

  /** How many there are. */
  get size(): number {
    return this.#workers.size;
  }

  /** One more; false if it was counted before. */
  add(worker: PoolWorker): boolean {
    if (worker.isGone || worker.isCondemned) return false;
    worker.isCondemned = true;
    worker.refuse();
    this.#workers.set(worker, this.#pool.adapter.now());
    return true;
  }

  /** Its thread is gone. */
  delete(worker: PoolWorker): void {
    this.#workers.delete(worker);
  }

  /**
   * No longer counts threads that must have ended by now, for a blocked caller whom no event tells.
   *
   * @returns whether there were such
   */
  forgetStopped(): boolean {
    if (!this.#pool.adapter.supports.interrupt) return false;
    const before = this.#pool.adapter.now() - STOPPED_MS;
    let found = false;
    for (const [worker, since] of this.#workers) if (since < before) found = this.#workers.delete(worker);
    return found;
  }

  /** Whether there are so many that no worker may be started in their place; a user whose tasks wait is told why. */
  areTooMany(workers: number): boolean {
    if (this.#workers.size <= workers) return false;
    this.#pool.delay(() => this.#warn(workers), WARN_MS);
    return true;
  }

  #warn(workers: number): void {
    const { adapter, queue } = this.#pool;
    if (this.#warned || this.#workers.size <= workers || queue.size === 0) return;
    this.#warned = true;
    this.#pool.warn(
      `multicore: tasks wait as no worker can be started: threads that were given up but that ${adapter.name} cannot stop: ${this.#workers.size}`,
    );
  }
}
