/**
 * The default pool of this process and the top-level functions that use it. Inside a worker they
 * run in the worker's own thread.
 *
 * @module
 */

import {
  AbortSignal,
  isInstance,
  JSON,
  Object,
  ownValue,
  promiseAll,
  promiseResolve,
  promiseThen,
  SafeMap,
  SafeSet,
  toText,
  URL as UrlClass,
} from "../captured.ts";
import { isInWorker, workerContext } from "../local/worker_context.ts";
import { setDefaultWorkers } from "../executor/default_size.ts";
import type { Executor } from "../executor/executor.ts";
import { misuse } from "../errors.ts";
import { guardMessage, LocalExecutor } from "../local/local_executor.ts";
import type { CloseOptions, PoolOptions } from "../options.ts";
import { createPool, executorOf, type Pool } from "./pool.ts";
import { type ModuleFunctions, Runner } from "./runner.ts";
import { checkCloseOptions } from "../validate.ts";

/** The default pool. */
let pool: Pool | undefined;
/** The options it was started with. */
let given: PoolOptions = {};
/** Resolves when it is up. */
let starting: Promise<Pool> | undefined;
/** Default pools that are closing; `shutdown` waits for them, whoever closed them. */
const closing: Map<Pool, Promise<void>> = new SafeMap();
/** The executor of this thread inside a worker. */
let inline: LocalExecutor | undefined;

function start(options: PoolOptions): Pool {
  const started = pool = createPool(options);
  given = options;
  setDefaultWorkers(started);
  executorOf(started).onClose(() => {
    forget();
    // In a microtask, as it is being closed at this moment: then this is the same close, not another one.
    const closed = promiseThen(promiseResolve(), () => started.close());
    closing.set(started, closed);
    const done = () => closing.delete(started);
    promiseThen(closed, done, done);
  });
  return started;
}

/** A pool that is closed makes way for the next. */
function forget(): void {
  pool = undefined;
  starting = undefined;
  given = {};
  setDefaultWorkers(undefined);
}

/** The executor that top-level functions use. */
export function defaultExecutor(): Executor {
  const context = workerContext();
  if (context !== undefined) return (inline ??= new LocalExecutor(context));
  return executorOf(pool ?? start({}));
}

/** The runner that top-level functions use. */
export function defaultRunner(): Runner {
  if (workerContext() !== undefined) return new Runner(defaultExecutor(), null);
  return pool ?? start({});
}

/**
 * Starts the default pool, once for the life of the process. A second call gives the same pool, unless that was closed
 * meanwhile.
 *
 * @typeParam A the arguments of `setup`
 * @param options see {@linkcode PoolOptions}
 * @returns the pool, when every worker has loaded `modules` and run `setup`
 * @throws the first cause, if a worker cannot start; the others are stopped then
 * @throws {TypeError} If called inside a worker, or again with other options, or if an option is unknown or of the wrong type
 * @throws {RangeError} If a number is out of range
 * @example Usage
 * ```ts
 * import { initialize, isMain, run, shutdown } from "@multicore/multicore";
 *
 * export function double(x: number): number {
 *   return 2 * x;
 * }
 *
 * if (isMain) {
 *   await initialize({ modules: [import.meta.url], workers: 2 });
 *   console.log(await run(double, 21)); // 42
 *   await shutdown();
 * }
 * ```
 */
export async function initialize<A extends unknown[] = []>(options: PoolOptions<A> = {}): Promise<Pool> {
  if (isInWorker()) throw misuse(new TypeError(guardMessage("initialize")), "IN_WORKER");
  if (pool !== undefined) {
    if (Object.keys(options).length > 0 && !(isSame(options, given) && executorOf(pool).hasSetup(options.setup))) {
      throw misuse(
        new TypeError(
          "Cannot initialize again with other options: call shutdown() first, or createPool() for a pool of its own",
        ),
        "ALREADY_INITIALIZED",
      );
    }
    return await (starting ??= begin(pool));
  }
  return await (starting = begin(start(options)));
}

async function begin(started: Pool): Promise<Pool> {
  try {
    await executorOf(started).started();
    return started;
  } catch (error) {
    await started.terminate();
    throw error;
  }
}

/** Whether two sets of options mean the same, but for `setup`. */
function isSame(a: PoolOptions, b: PoolOptions): boolean {
  const keys = new SafeSet([...Object.keys(a), ...Object.keys(b)]) as Set<keyof PoolOptions>;
  keys.delete("setup");
  for (const key of keys) {
    const [x, y] = [ownValue(a, key), ownValue(b, key)];
    if (Object.is(x, y) || isInstance(x, UrlClass) && toText(x) === toText(y)) continue;
    if (typeof x !== "object" || typeof y !== "object" || isInstance(x, AbortSignal)) return false;
    if (JSON.stringify(x) !== JSON.stringify(y)) return false;
  }
  return true;
}

/**
 * Finishes the default pool's tasks, or those that run if `queued` is `"drop"`; runs `teardown` and stops the workers. Does nothing if it was
 * never started. Further calls wait for the same. Afterwards `initialize` may be called again.
 *
 * @param options how long to wait for the tasks, and what becomes of those that wait
 * @throws {TypeError} If an option is unknown or of the wrong type
 * @throws {RangeError} If `timeout` is not a number from 0 on
 * @example Usage
 * ```ts
 * import { isMain, run, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const results = [1, 2, 3].map((x) => run((x: number) => x * x, x));
 *   await shutdown(); // what was submitted is done first
 *   console.log(await Promise.all(results)); // [1, 4, 9]
 * }
 * ```
 */
export async function shutdown(options: CloseOptions = {}): Promise<void> {
  const { queued } = checkCloseOptions(options);
  if (queued === "drop") { for (const closed of closing.keys()) void closed.close(options); }
  await pool?.close(options);
  await promiseAll([...closing.values()]);
}

/**
 * Runs a function in a worker of the default pool, which is started if need be.
 *
 * @param fn runs in a worker: found there by name and source among the pool's `modules`, else compiled from its source
 * @param args its arguments, encoded before this returns
 * @returns what the function returns, or resolves to
 * @throws what the function throws, with the caller's frames behind the worker's in the stack
 * @example Usage
 * ```ts
 * import { isMain, run, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   console.log(await run((a: number, b: number) => a + b, 40, 2)); // 42
 *   await shutdown();
 * }
 * ```
 */
export function run<A extends unknown[], R>(fn: (...args: A) => R | Promise<R>, ...args: A): Promise<R> {
  return defaultRunner().run(fn, ...args);
}

/**
 * Runs a function in the default pool and blocks the calling thread until it has returned. If no
 * worker has begun it, the calling thread runs it.
 *
 * @param fn a function that does not return a promise
 * @param args its arguments
 * @throws as {@linkcode run} does
 * @example Usage
 * ```ts
 * import { isMain, runSync, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   console.log(runSync((a: number, b: number) => a * b, 6, 7)); // 42
 *   await shutdown();
 * }
 * ```
 */
export function runSync<A extends unknown[], R>(fn: (...args: A) => R | Promise<R>, ...args: A): R {
  return defaultRunner().runSync(fn, ...args);
}

/**
 * Runs a function once on every worker of the default pool.
 *
 * @returns the results by worker
 * @throws the first failure
 * @throws {TypeError} If called inside a worker
 * @example Usage
 * ```ts
 * import { broadcast, initialize, isMain, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   await initialize({ workers: 2 });
 *   console.log(await broadcast((greeting: string) => greeting + "!", "ready")); // ["ready!", "ready!"]
 *   await shutdown();
 * }
 * ```
 */
export function broadcast<A extends unknown[], R>(fn: (...args: A) => R | Promise<R>, ...args: A): Promise<R[]> {
  return defaultRunner().broadcast(fn, ...args);
}

/**
 * The exported functions of a module, as async functions that run in the default pool. The caller
 * never evaluates the module.
 *
 * @param url the module, usually `new URL("./tasks.ts", import.meta.url)`
 * @typeParam M the module's type, `typeof import("./tasks.ts")`
 * @example Usage
 * ```ts
 * // file: squares.ts
 * export function square(x: number): number {
 *   return x * x;
 * }
 * ```
 * ```ts ignore
 * import { isMain, module, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const squares = module<typeof import("./squares.ts")>(new URL("./squares.ts", import.meta.url));
 *   console.log(await squares.square(7)); // 49
 *   await shutdown();
 * }
 * ```
 */
export function module<M>(url: URL | string): ModuleFunctions<M> {
  return defaultRunner().module<M>(url);
}
