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

/** Options of {@linkcode createPool} and {@linkcode initialize}. */
export interface PoolOptions {
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
  /** Runs in each worker before its first task; what it returns is `workerState()`. May be async. */
  readonly setup?: AnyFunction;
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

/** Options of a call, given by `pool.with(...)`, `new Task(...)` and `pool.module(...).with(...)`. */
export interface CallOptions {
  /** Aborts the task: the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that the function may run, counted from its start.
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
   * How often a task is run again whose worker died while it ran.
   *
   * @default 0
   */
  readonly retries?: number;
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
