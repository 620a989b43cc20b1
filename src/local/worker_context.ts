/**
 * What a worker keeps for the tasks in it. Two copies of this library may be loaded in one thread
 * (the worker entry's and that of a task module), so they meet on `globalThis`.
 *
 * @module
 */

import { Object } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import type { Codec } from "../codec/types.ts";
import type { LoopHost } from "../functions/chunk_outcome.ts";
import type { FunctionResolver } from "../functions/function_resolver.ts";
import { inlineSignals } from "../executor/call.ts";
import { isPoolThread } from "../executor/current_adapter.ts";

const KEY: unique symbol = Symbol.for("multicore.worker") as never;

/** The state of a worker that a multicore pool started. */
export interface WorkerContext {
  readonly adapter: Adapter;
  readonly codec: Codec;
  /** Finds exports; no more of the resolver, as every task can reach this. */
  readonly resolver: Pick<FunctionResolver, "resolveExport">;
  /** What loops may ask of this thread. */
  readonly host: LoopHost;
  /** Number of the worker in its pool. */
  readonly id: number;
  /** What `setup` returned. */
  state: unknown;
  /** Whether `setup` has run, so that `state` means something. */
  hasState: boolean;
  /** The signal of the running task, or `undefined` where none runs. */
  signal(): AbortSignal | undefined;
}

/** The context of this worker, or `undefined` outside a worker of a pool. */
export function workerContext(): WorkerContext | undefined {
  return (globalThis as { [KEY]?: WorkerContext })[KEY];
}

/** Whether this thread is a worker of a pool; on Node it is one before its entry runs, while modules of `--import` do. */
export function isInWorker(): boolean {
  return workerContext() !== undefined || isPoolThread();
}

/** Makes this thread a worker of a pool. */
export function enterWorker(context: WorkerContext): void {
  Object.defineProperty(globalThis, KEY, { value: context, configurable: true });
}

/**
 * What the pool's `setup` function returned in this worker.
 *
 * @throws {TypeError} If called outside a worker, or in a pool without `setup`
 * @example Usage
 * ```ts ignore
 * import { initialize, isMain, run, shutdown, workerState } from "@multicore/multicore";
 *
 * export function setup(): Map<string, number> {
 *   return new Map();
 * }
 *
 * export function count(word: string): number {
 *   const counts = workerState<Map<string, number>>();
 *   counts.set(word, (counts.get(word) ?? 0) + 1);
 *   return counts.get(word)!;
 * }
 *
 * if (isMain) {
 *   await initialize({ modules: [import.meta.url], workers: 1, setup });
 *   console.log(await run(count, "to"), await run(count, "to")); // 1 2
 *   await shutdown();
 * }
 * ```
 * @typeParam T what `setup` returns
 */
export function workerState<T>(): T {
  const context = workerContext();
  if (context === undefined || !context.hasState) {
    const where = context === undefined ? "outside a worker" : "in a pool that was created without 'setup'";
    throw Object.assign(new TypeError(`Cannot read workerState() ${where}`), { code: "ERR_MULTICORE_NO_WORKER_STATE" });
  }
  return context.state as T;
}

/**
 * The signal of the running task: aborted when the caller aborts the task or its timeout passes.
 * Its `aborted` and `throwIfAborted()` read shared memory, so a synchronous loop sees them too. In
 * a worker that runs several async tasks at once, call it before the first `await`.
 *
 * @throws {TypeError} If no task is running in this thread
 * @example Usage
 * ```ts ignore
 * import { createPool, isMain, taskSignal } from "@multicore/multicore";
 *
 * export function search(): never {
 *   const signal = taskSignal();
 *   for (let i = 0;; i++) {
 *     if (i % 1000 === 0) signal.throwIfAborted();
 *   }
 * }
 *
 * if (isMain) {
 *   const pool = createPool({ modules: [import.meta.url] });
 *   const signal = AbortSignal.timeout(100);
 *   await pool.with({ signal }).run(search).catch((error) => console.log(error.name)); // TimeoutError
 *   await pool.close();
 * }
 * ```
 */
export function taskSignal(): AbortSignal {
  const signal = inlineSignals[inlineSignals.length - 1] ?? workerContext()?.signal();
  if (signal === undefined) {
    throw Object.assign(new TypeError("Cannot read taskSignal() as no task is running in this thread"), {
      code: "ERR_MULTICORE_NO_TASK",
    });
  }
  return signal;
}
