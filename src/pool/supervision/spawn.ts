/**
 * Starts workers: makes a new worker's lane, port and arena, and its thread.
 *
 * @module
 */

import { Object, toText, URL } from "../../captured.ts";
import { filter, map } from "../../lists.ts";
import type { Port, SpawnOptions } from "../../adapter.ts";
import type { PoolOptions } from "../../options.ts";
import type { LaneOwner } from "../../transport/lane_task.ts";
import type { WorkerInit } from "../../transport/messages.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { LifeWatch } from "./life_watch.ts";
import { PoolWorker } from "../state/pool_worker.ts";
import type { PoolTask } from "../state/task.ts";

/** A worker whose thread is not started yet. */
export interface PreparedWorker {
  readonly worker: PoolWorker;
  readonly init: WorkerInit;
  readonly transfer: readonly Port[];
}

/** Makes a worker's lane, and what its thread is told at its start. */
export function prepareWorker(
  pool: PoolState,
  id: number,
  owner: LaneOwner<PoolTask>,
): PreparedWorker {
  const { options, functions } = pool;
  const results = pool.createArena();
  const setup = pool.setup === null ? -1 : functions.keep(pool.setup.fn);
  const teardown = options.teardown === undefined ? -1 : functions.keep(options.teardown);
  const [ours, theirs] = pool.adapter.channel();
  let [ourDirect, theirDirect]: [Port, Port] | [null, null] = [null, null];
  let worker: PoolWorker;
  try {
    if (!pool.adapter.supports.fastReceive) [ourDirect, theirDirect] = pool.adapter.channel();
    worker = new PoolWorker(pool.adapter, owner, id, pool.args, results, ours, ourDirect);
  } catch (error) {
    for (const port of [ours, ourDirect]) port?.close(); // an open one could hold the program
    throw error;
  }
  worker.since = pool.adapter.now();
  worker.activeWord = pool.caller.takeActiveWord();
  const init: WorkerInit = {
    lane: worker.buffer,
    control: pool.caller.buffer,
    functions: pool.functionMemory.memory,
    args: pool.args.buffer,
    results,
    port: theirs,
    direct: theirDirect,
    clock: pool.adapter.sampleClock(),
    id,
    activeWord: worker.activeWord,
    modules: map(options.modules ?? [], toText),
    setup,
    setupArguments: pool.setup?.args ?? null,
    teardown,
    tasksPerWorker: pool.tasksPerWorker,
    watchHeap: options.maxWorkerBytes !== undefined && options.maxWorkerBytes !== Infinity,
  };
  return { worker, init, transfer: theirDirect === null ? [theirs] : [theirs, theirDirect] };
}

/** Starts a worker's thread; if it cannot be started, it is gone. */
export function startThread(pool: PoolState, { worker, init, transfer }: PreparedWorker, lives: LifeWatch): void {
  try {
    worker.handle = pool.adapter.spawn({
      ...spawnOptions(pool.options),
      init,
      transfer,
      onExit: (code) => lives.exited(worker, code),
      onError: (error) => {
        worker.cause ??= { error };
      },
    });
  } catch (error) {
    worker.cause = { error };
    lives.gone(worker);
  }
}

/** The part of the spawn options that the user chooses. */
function spawnOptions(
  options: PoolOptions,
): Pick<SpawnOptions, "entry" | "name" | "env" | "resourceLimits"> {
  const env = filter(Object.entries(options.env ?? {}), ([, value]) => value !== undefined) as [string, string][];
  return {
    entry: options.worker === undefined ? undefined : new URL(options.worker),
    name: options.name ?? "multicore",
    env: options.env === undefined ? undefined : Object.fromEntries(env),
    resourceLimits: options.resourceLimits,
  };
}
