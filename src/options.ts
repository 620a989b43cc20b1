/**
 * Every option of a pool and of a call, with its default.
 *
 * @module
 */

import type { ResourceLimits } from "./adapter.ts";
import type { Format } from "./codec/types.ts";
import type { AnyFunction } from "./functions/function_record.ts";

/** How arguments and results are encoded: one format for both, or one each. */
export type Serialization = Format | { readonly args?: Format; readonly result?: Format };

/** What a busy machine means for a call: see {@linkcode CallOptions.whenBusy}. */
export type WhenBusy = "inline" | "wait" | "throw";

/** Memory of the pool's shared arenas. */
export interface MemoryOptions {
  /**
   * Bytes that each arena has at the start.
   *
   * @default 65536
   */
  readonly initialBytes?: number;
  /**
   * Bytes that each arena may grow to. Payloads past it travel in memory of their own: nothing is
   * ever refused for its size.
   *
   * @default 268435456
   */
  readonly maxBytes?: number;
}

/**
 * Options of {@linkcode createPool} and {@linkcode initialize}.
 *
 * @typeParam A the arguments of `setup`
 */
// deno-lint-ignore no-explicit-any
export interface PoolOptions<A extends unknown[] = any[]> {
  /**
   * Number of workers.
   *
   * @default the cores that this process may use
   */
  readonly workers?: number;
  /**
   * Modules that each worker imports at its start, usually `[import.meta.url]`. Functions that they
   * export run with their module's scope.
   *
   * @default []
   */
  readonly modules?: readonly (string | URL)[];
  /**
   * Runs in each worker before its first task; what it returns is `workerState()`. May be async. With arguments it is an
   * array, such as `[open, "users.db"]`: they are encoded once, when the pool is created, and each worker gets its own
   * copies; shared memory goes by reference. What moves, callbacks and functions cannot be among them.
   */
  readonly setup?: AnyFunction | readonly [setup: (...args: A) => unknown, ...args: A];
  /** Runs in each worker before it stops, with what `setup` returned. May be async. */
  readonly teardown?: AnyFunction;
  /**
   * Milliseconds that `teardown` may take. A worker where it takes longer is ended all the same, and a warning says so.
   *
   * @default 10000
   */
  readonly teardownTimeout?: number;
  /**
   * Async tasks that one worker may have unsettled at a time.
   *
   * @default 1
   */
  readonly tasksPerWorker?: number;
  /**
   * Tasks that may wait, besides those that run; one more is refused with `QueueFullError`. With 0 a task is taken only if
   * a worker is free for it. `await pool.ready()` waits for room.
   *
   * @default Infinity
   */
  readonly maxQueue?: number;
  /**
   * Replaces a worker after this many tasks.
   *
   * @default Infinity
   */
  readonly maxTasksPerWorker?: number;
  /**
   * Replaces a worker whose heap, looked at after each task, is above this many bytes. While Bun collects garbage it
   * gives the size of before, so that there the look after a later task may be the one that counts.
   *
   * @default Infinity
   */
  readonly maxWorkerBytes?: number;
  /**
   * Milliseconds between the abort of a running task and the replacement of its worker.
   *
   * @default 200
   */
  readonly abortGrace?: number;
  /** Memory of the arenas through which larger arguments and results travel. */
  readonly memory?: MemoryOptions;
  /** Worker entry, for bundlers that lose the built-in one: a file that imports `@multicore/multicore/worker`. */
  readonly worker?: URL | string;
  /** Heap limits of each worker; only on Node. */
  readonly resourceLimits?: ResourceLimits;
  /**
   * Environment variables of the workers, as `process.env` gives them; one that is `undefined` is not set. On Deno
   * `Deno.env.get()` still reads the program's.
   *
   * @default the caller's
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Name of the workers' threads, for debuggers.
   *
   * @default "multicore"
   */
  readonly name?: string;
  /** Terminates the pool when it is aborted. */
  readonly signal?: AbortSignal;
}

/** When a call whose attempt failed is run again: see {@linkcode CallOptions.retries}. */
export interface RetryOptions {
  /** How often it is run again; `Infinity` for no limit. */
  readonly times: number;
  /**
   * Whether a failure is worth another attempt; it gets what the call would reject with, a `WorkerExitError` where the
   * worker died. It runs in the caller's thread. If it throws, the call rejects with that.
   *
   * @default every failure is
   */
  readonly when?: (error: unknown) => boolean;
  /**
   * Milliseconds before the next attempt, or a function that gives them for the number of attempts that have failed (1, 2,
   * ...). Meanwhile the call holds no worker.
   *
   * @default 0
   */
  readonly delay?: number | ((attempt: number) => number);
}

/** Options of a call, given by `pool.with(...)`, `new Task(...)` and `pool.module(...).with(...)`. */
export interface CallOptions {
  /** Aborts the task: the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that the function may run, counted from its start; with `retries: { ... }` from the start of the first
   * attempt, through all of them and the delays between.
   *
   * @default Infinity
   */
  readonly timeout?: number;
  /**
   * Higher ones run first; among equals the first submitted does.
   *
   * @default 0
   */
  readonly priority?: number;
  /**
   * How arguments and results are encoded.
   *
   * @default "auto"
   */
  readonly serialization?: Serialization;
  /**
   * Load average per core, 1-minute mean, above which the machine counts as busy.
   *
   * @default Infinity
   */
  readonly maxLoadAverage?: number;
  /**
   * On a busy machine: `"inline"` runs the function in the caller, `"wait"` waits for the load to
   * fall, `"throw"` fails with `OverloadError`.
   *
   * @default "inline"
   */
  readonly whenBusy?: WhenBusy;
  /**
   * How often a task is run again whose worker died while it ran; or {@linkcode RetryOptions}, which are for errors that
   * the function throws as well. Each attempt gets the arguments as they were encoded by the call. Not with `transfer` and
   * `proxy`, whose memory or callbacks are gone with the first attempt, and not for an abort or a timeout. In collections
   * it is a number.
   *
   * @default 0
   */
  readonly retries?: number | RetryOptions;
}

/** Options of `close` and `shutdown`. */
export interface CloseOptions {
  /**
   * Milliseconds to wait for the tasks; then the rest is rejected and the threads are stopped.
   *
   * @default Infinity
   */
  readonly timeout?: number;
  /**
   * What becomes of calls that have not begun: `"finish"` runs them; `"drop"` rejects them with `PoolClosedError`, also
   * those that wait for the load to fall or to run again, and finishes what runs.
   *
   * @default "finish"
   */
  readonly queued?: "finish" | "drop";
}

/** Options of `get` and `getSync`. */
export interface GetOptions {
  /**
   * Milliseconds from this call on; then it fails with `TaskTimeoutError`, what is queued is
   * dropped and what runs is aborted.
   *
   * @default Infinity
   */
  readonly timeout?: number;
}

/** How far a collection has come. */
export interface Progress {
  /** Items that are done; units (bytes of a file) of a source that workers read. */
  readonly done: number;
  /** Items, or units, in all; `undefined` while nobody knows. */
  readonly total: number | undefined;
  /** Items that failed. */
  readonly failed: number;
  /** Items, or units, a second, over the last minute. */
  readonly rate: number;
  /** Seconds until the end at that rate; `undefined` where `total` is unknown. */
  readonly eta: number | undefined;
}

/** Options of `map`, `filter`, `forEach`, `reduce`, `find`, `some` and `every`, with those of a call. */
export interface CollectionOptions extends CallOptions {
  /**
   * Whether results come in the order of the items. Without, each comes as soon as it is there.
   *
   * @default true
   */
  readonly ordered?: boolean;
  /**
   * Most items that may be worked on at once. Beyond the pool's size it matters for async functions only, of which each
   * worker then has several unsettled.
   *
   * @default the pool's size
   */
  readonly concurrency?: number;
  /**
   * Items that a worker is given at once.
   *
   * @default as many as take about 2 ms, learned while the function runs
   */
  readonly chunk?: number;
  /**
   * Items that may be read ahead of the last one that was consumed. It bounds memory where results are iterated.
   *
   * @default a few chunks a worker
   */
  readonly buffer?: number;
  /**
   * `"throw"` fails with the first error; `"settle"` goes on, and gives an outcome for each item.
   *
   * @default "throw"
   */
  readonly errors?: "throw" | "settle";
  /**
   * `true` shows progress on the terminal (lines, if standard error is none); a function is called with it, at most ten
   * times a second and at the end.
   *
   * @default false
   */
  readonly progress?: boolean | ((progress: Progress) => void);
  /** Takes the results in place, by index: a `sharedArray` that is long enough. */
  readonly into?: ArrayBufferView;
}
