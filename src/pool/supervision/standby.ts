/**
 * Workers that a smaller pool does not want, kept for a moment in case that the pool grows again: to start a worker takes
 * tens of ms of a core, so a pool whose size goes up and down often would do little else.
 *
 * @module
 */

import { toNumber } from "../../captured.ts";
import { filter, slice, sort } from "../../lists.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { PoolWorker } from "../state/pool_worker.ts";

/** How long a worker is kept, in ms. */
const KEPT_MS = 200;

/** Puts workers on standby, gives them work again, or ends them. */
export class Standby {
  readonly #pool: PoolState;
  readonly #scheduler: Scheduler;
  readonly #retire: (worker: PoolWorker) => void;
  readonly #discard: (worker: PoolWorker) => void;
  /** Counts the times that workers were put on standby. */
  #count = 0;

  /**
   * @param retire has a worker finish what it has and end
   * @param discard ends a worker at once
   */
  constructor(
    pool: PoolState,
    scheduler: Scheduler,
    retire: (worker: PoolWorker) => void,
    discard: (worker: PoolWorker) => void,
  ) {
    this.#pool = pool;
    this.#scheduler = scheduler;
    this.#retire = retire;
    this.#discard = discard;
  }

  /**
   * Leaves work to `target` workers: those that are up before those that start, those that have work before idle ones.
   *
   * @returns whether there are fewer than before
   */
  shrink(target: number): boolean {
    const active = filter(this.#pool.workers, (worker) => worker.accepting);
    if (active.length <= target) return false;
    sort(active, (a, b) => toNumber(b.isReady) - toNumber(a.isReady) || b.inFlight - a.inFlight);
    const spare = slice(active, target);
    const number = ++this.#count;
    for (const worker of spare) {
      worker.accepting = false;
      worker.standby = number;
      this.#scheduler.reclaim(worker);
    }
    this.#pool.delay(() => this.#expire(number), KEPT_MS);
    return true;
  }

  /** Has a worker take tasks again, one that is up if there is such; false if none is on standby. */
  recall(): boolean {
    let best: PoolWorker | undefined;
    for (const worker of this.#pool.workers) {
      if (worker.standby > 0 && (best === undefined || (worker.isReady && !best.isReady))) best = worker;
    }
    if (best === undefined) return false;
    best.standby = 0;
    best.accepting = true;
    return true;
  }

  /** Ends all of them now. */
  end(): void {
    for (const worker of filter(this.#pool.workers, ({ standby }) => standby > 0)) this.#end(worker);
  }

  /** One that starts need not come up first, unless it has tasks of its own or its `setup` asks for a `teardown`. */
  #end(worker: PoolWorker): void {
    const isBound = worker.inFlight > 0 || worker.pinned.size > 0 || this.#pool.options.teardown !== undefined;
    if (worker.isReady || isBound) this.#retire(worker);
    else this.#discard(worker);
  }

  #expire(number: number): void {
    for (const worker of filter(this.#pool.workers, ({ standby }) => standby === number)) this.#end(worker);
  }
}
