/**
 * Counters of a pool, as `pool.stats()` gives them: a snapshot of the pool's state.
 *
 * @module
 */

import { Math } from "../captured.ts";
import type { PoolState } from "./state/pool_state.ts";
import type { Supervisor } from "./supervision/supervisor.ts";

/** Counters of a pool at one moment. */
export interface PoolStats {
  /** Workers that take tasks. */
  readonly workers: number;
  /** Workers of these that hold no task. */
  readonly idle: number;
  /** Tasks that are running, as far as the caller has heard. */
  readonly running: number;
  /** Tasks that have not begun, or wait to run again. */
  readonly queued: number;
  /** Tasks whose function returned. */
  readonly completed: number;
  /** Tasks that were rejected. */
  readonly failed: number;
  /** Workers started in place of others. */
  readonly restarts: number;
  /** Threads that were told to end and may still run. */
  readonly abandoned: number;
  /**
   * Share of the workers' life time in which they had a task, from 0 to 1. An async task counts from its start to its end,
   * whether its function computes or waits; tasks count once they are done.
   */
  readonly utilisation: number;
  /** Shared memory of the pool, in bytes. */
  readonly memory: number;
}

/** Counts. */
export function countPool(pool: PoolState, supervisor: Supervisor): PoolStats {
  let workers = 0;
  let idle = 0;
  let running = 0;
  let queued = pool.queue.size + pool.retries.size;
  let busy = pool.pastBusy;
  let life = pool.pastLife;
  let memory = pool.caller.buffer.byteLength + pool.functionMemory.byteLength + pool.args.buffer.byteLength;
  for (const worker of pool.workers) {
    busy += worker.busy;
    life += pool.adapter.now() - worker.since;
    memory += worker.buffer.byteLength + worker.results.byteLength;
    if (worker.accepting) {
      workers++;
      if (worker.inFlight === 0) idle++;
    }
    const waiting = worker.countQueued();
    running += worker.inFlight - waiting;
    queued += waiting + worker.pinned.size;
  }
  return {
    workers,
    idle,
    running,
    queued,
    completed: pool.completed,
    failed: pool.failed,
    restarts: supervisor.restarts,
    abandoned: supervisor.abandoned,
    utilisation: life === 0 ? 0 : Math.min(1, busy / 1000 / life),
    memory,
  };
}
