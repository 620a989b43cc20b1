/**
 * Easy, low-overhead parallelism for Node, Deno and Bun: a persistent pool of workers, shared memory
 * between them, and a scheduler that knows when parallelism is not worth it.
 *
 * @example Usage
 * ```ts ignore
 * import { initialize, isMain, ranges, shutdown, Task } from "@multicore/multicore";
 *
 * const items = Array.from({ length: 100 }, (_, i) => i);
 *
 * export function render(start: number, end: number): string {
 *   return items.slice(start, end).map(String).join(",");
 * }
 *
 * if (isMain) {
 *   await initialize({ modules: [import.meta.url] }); // once for the life of the process
 *   const task = new Task<string>();
 *   for (const [start, end] of ranges(items)) task.run(render, start, end);
 *   console.log((await task.get()).join(","));
 *   await shutdown();
 * }
 * ```
 *
 * @module
 */

import "./adapters/runtime/register.ts";

export type { ResourceLimits } from "./src/adapter.ts";
export { proxy, registerClass, registerCodec, registerTransformer, sharedArray, transfer } from "./src/codec/mod.ts";
export type {
  ClassOptions,
  CustomCodec,
  ElementOf,
  Format,
  SharedArray,
  Transformer,
  TypedArrayType,
} from "./src/codec/mod.ts";
export { taskSignal, workerState } from "./src/local/worker_context.ts";
export type { CollectionRunner } from "./src/api/collection_runner.ts";
export type { FindOptions, ForEachOptions, ReduceOptions, ResultOf } from "./src/api/collection_runner.ts";
export { every, filter, find, forEach, map, reduce, some, sort, stream } from "./src/api/default_collections.ts";
export { broadcast, initialize, module, run, runSync, shutdown } from "./src/api/default_pool.ts";
export { Task } from "./src/api/task.ts";
export type { TaskOptions } from "./src/api/task.ts";
export {
  FunctionResolutionError,
  MulticoreError,
  OverloadError,
  PoolClosedError,
  PoolStartError,
  QueueFullError,
  SerializationError,
  TaskCompletedError,
  TaskTimeoutError,
  WorkerExitError,
} from "./src/errors.ts";
export type { AnyFunction } from "./src/functions/function_record.ts";
export { isMain } from "./src/local/is_main.ts";
export type {
  CallOptions,
  CloseOptions,
  CollectionOptions,
  GetOptions,
  MemoryOptions,
  PoolOptions,
  Progress,
  RetryOptions,
  Serialization,
  WhenBusy,
} from "./src/options.ts";
export { createPool } from "./src/api/pool.ts";
export type { Pool } from "./src/api/pool.ts";
export type { PoolStats } from "./src/pool/stats.ts";
export { ranges } from "./src/collections/ranges.ts";
export type { CollectionFailure } from "./src/collections/failure.ts";
export type { ItemOf, Settled, SettledItem, Source } from "./src/collections/collection_options.ts";
export { lines } from "./src/collections/lines.ts";
export type { Lines, LinesOptions } from "./src/collections/lines.ts";
export type { PartedSource } from "./src/collections/parted_source.ts";
export type { Reducer } from "./src/collections/reduce.ts";
export type { CollectionResults } from "./src/collections/results.ts";
export type { SortOptions } from "./src/collections/sort.ts";
export type { RangesOptions } from "./src/collections/ranges.ts";
export type { ModuleFunctions, Runner } from "./src/api/runner.ts";
export type { TaskBatch } from "./src/api/batch.ts";
export type { TaskFailure, TaskItem, TaskOutcome } from "./src/api/batch_iterator.ts";
