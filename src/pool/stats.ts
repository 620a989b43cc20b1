/**
 * Counters of a pool.
 *
 * @module
 */

import type { PoolCore } from "./state/pool_state.ts";
import type { Crew } from "./supervision/supervisor.ts";

/** Counters of a pool at one moment. */
export interface PoolStats {
  /** Workers that take tasks. */
  readonly workers: number;
  /** Workers of these that hold no task. */
  readonly idle: number;
  /** Tasks that are running, as far as the caller has heard. */
  readonly running: number;
  /** Tasks that have not begun. */
  readonly queued: number;
  /** Tasks whose function returned. */
  readonly completed: number;
  /** Tasks that were rejected. */
  readonly failed: number;
  /** Workers started in place of others. */
  readonly restarts: number;
  /** Threads that were told to end and may still run. */
  readonly abandoned: number;
  /** Share of the workers' life time in which they ran tasks, from 0 to 1. */
  readonly utilisation: number;
  /** Shared memory of the pool, in bytes. */
  readonly memory: number;
}

/** Counts. */
export function countPool(core: PoolCore, crew: Crew): PoolStats {
  let workers = 0;
  let idle = 0;
  let running = 0;
  let queued = core.queue.size;
  let busy = core.pastBusy;
  let life = core.pastLife;
  let memory = core.caller.buffer.byteLength + core.functionLog.byteLength + core.args.buffer.byteLength;
  for (const member of core.members) {
    busy += member.busy;
    life += performance.now() - member.since;
    memory += member.buffer.byteLength + member.results.byteLength;
    if (member.accepting) {
      workers++;
      if (member.inFlight === 0) idle++;
    }
    const waiting = member.countQueued();
    running += member.inFlight - waiting;
    queued += waiting + member.pinned.size;
  }
  return {
    workers,
    idle,
    running,
    queued,
    completed: core.completed,
    failed: core.failed,
    restarts: crew.restarts,
    abandoned: crew.abandoned,
    utilisation: life === 0 ? 0 : Math.min(1, busy / 1000 / life),
    memory,
  };
}
