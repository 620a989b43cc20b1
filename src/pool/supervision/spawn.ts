/**
 * What a new worker is given.
 *
 * @module
 */

import type { Port, SpawnOptions } from "../../adapter.ts";
import type { PoolOptions } from "../../options.ts";
import type { LaneOwner } from "../../transport/lane_task.ts";
import type { WorkerInit } from "../../transport/messages.ts";
import type { PoolState } from "../state/pool_state.ts";
import { PoolWorker } from "../state/pool_worker.ts";
import type { PoolTask } from "../state/task.ts";

/** Makes a worker's lane, and what its thread is told at its start. */
export function prepareMember(
  pool: PoolState,
  id: number,
  owner: LaneOwner<PoolTask>,
): { worker: PoolWorker; init: WorkerInit; transfer: readonly Port[] } {
  const { options, functions } = pool;
  const [ours, theirs] = pool.adapter.channel();
  const [ourDirect, theirDirect] = pool.adapter.supports.fastReceive ? [null, null] : pool.adapter.channel();
  const results = pool.createArena();
  const worker = new PoolWorker(pool.adapter, owner, id, pool.args, results, ours, ourDirect);
  worker.since = pool.adapter.now();
  worker.activeWord = pool.caller.takeActiveWord();
  const init: WorkerInit = {
    lane: worker.buffer,
    control: pool.caller.buffer,
    functions: pool.functionLog,
    args: pool.args.buffer,
    results,
    port: theirs,
    direct: theirDirect,
    clock: pool.adapter.sampleClock(),
    id,
    activeWord: worker.activeWord,
    modules: (options.modules ?? []).map(String),
    setup: options.setup === undefined ? -1 : functions.ofValue(options.setup).number,
    teardown: options.teardown === undefined ? -1 : functions.ofValue(options.teardown).number,
    tasksPerWorker: pool.tasksPerWorker,
    watchHeap: options.maxWorkerBytes !== undefined && options.maxWorkerBytes !== Infinity,
  };
  return { worker, init, transfer: theirDirect === null ? [theirs] : [theirs, theirDirect] };
}

/** The part of the spawn options that the user chooses. */
export function spawnOptions(
  options: PoolOptions,
): Pick<SpawnOptions, "entry" | "name" | "env" | "resourceLimits"> {
  return {
    entry: options.worker === undefined ? undefined : new URL(options.worker),
    name: options.name ?? "multicore",
    env: options.env,
    resourceLimits: options.resourceLimits,
  };
}
