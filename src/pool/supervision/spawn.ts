/**
 * What a new worker is given.
 *
 * @module
 */

import type { Port, SpawnOptions } from "../../adapter.ts";
import type { PoolOptions } from "../../options.ts";
import type { LaneOwner } from "../../transport/lane_task.ts";
import type { WorkerInit } from "../../transport/messages.ts";
import type { PoolCore } from "../state/pool_state.ts";
import { Member } from "../state/pool_worker.ts";
import type { TaskRecord } from "../state/task.ts";

/** Makes a worker's lane, and what its thread is told at its start. */
export function prepareMember(
  core: PoolCore,
  id: number,
  owner: LaneOwner<TaskRecord>,
): { member: Member; init: WorkerInit; transfer: readonly Port[] } {
  const { options, functions } = core;
  const [ours, theirs] = core.adapter.channel();
  const [ourDirect, theirDirect] = core.adapter.supports.fastReceive ? [null, null] : core.adapter.channel();
  const results = core.createArena();
  const member = new Member(core.adapter, owner, id, core.args, results, ours, ourDirect);
  member.activeWord = core.caller.takeActiveWord();
  const init: WorkerInit = {
    lane: member.buffer,
    control: core.caller.buffer,
    functions: core.functionLog,
    args: core.args.buffer,
    results,
    port: theirs,
    direct: theirDirect,
    id,
    activeWord: member.activeWord,
    modules: (options.modules ?? []).map(String),
    setup: options.setup === undefined ? -1 : functions.ofValue(options.setup).number,
    teardown: options.teardown === undefined ? -1 : functions.ofValue(options.teardown).number,
    tasksPerWorker: core.tasksPerWorker,
    watchHeap: options.maxWorkerBytes !== undefined && options.maxWorkerBytes !== Infinity,
  };
  return { member, init, transfer: theirDirect === null ? [theirs] : [theirs, theirDirect] };
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
