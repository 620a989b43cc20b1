/**
 * Every option of a pool and of a call: what it does, its unit, its default, and what else follows from it. Pure types;
 * `validate.ts` checks the values.
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
   * Bytes that each arena has at the start. A pool has one arena for arguments, and one a worker for results.
   *
   * @default 65536
   */
  readonly initialBytes?: number;
  /**
   * Bytes that each arena may grow to; an arena never shrinks. A payload past the limit travels in memory of its own,
   * which is slower: nothing is ever refused for its size.
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
   * Number of workers, from 1 to 1024. All of them start with the pool, and each takes some MiB of memory.
   *
   * @default the number of cores that this process may use
   */
  readonly workers?: number;
  /**
   * Absolute URLs of modules that each worker imports at its start, usually `[import.meta.url]`. Functions that they
   * export run with their module's scope; any other function is sent by its source, and loses its scope. What stands at a
   * module's top level runs in each worker too: guard it with `isMain`.
   *
   * @default []
   */
  readonly modules?: readonly (string | URL)[];
  /**
   * Runs in each worker before its first task, also in a worker that replaces another; what it returns, or resolves to, is
   * `workerState()`. If it fails, the worker has not started. A caller that blocks does not run tasks itself where there is
   * a `setup`. With arguments it is an array, such as `[open, "users.db"]`: they are encoded once, when the pool is created,
   * and each worker gets its own copies; shared memory goes by reference. What moves, callbacks and functions cannot be
   * among them.
   */
  readonly setup?: AnyFunction | readonly [setup: (...args: A) => unknown, ...args: A];
  /**
   * Runs in each worker before it ends in order, with what `setup` returned; may be async. It does not run where a worker
   * dies, is replaced after a timeout or an abort, or is ended by `terminate()`.
   */
  readonly teardown?: AnyFunction;
  /**
   * Milliseconds that `teardown` may take. A worker whose `teardown` takes longer is ended all the same, and a warning says
   * so.
   *
   * @default 10000
   */
  readonly teardownTimeout?: number;
  /**
   * Number of async tasks that one worker may have unsettled at a time, from 1 to 128. Synchronous tasks of a worker run
   * one by one whatever this is: while one runs, the async ones of that worker wait.
   *
   * @default 1
   */
  readonly tasksPerWorker?: number;
  /**
   * Number of tasks that may wait, besides those that run; one more is refused with `QueueFullError`. With 0 a task is
   * taken only if a worker is free for it. `await pool.ready()` waits for a free place.
   *
   * @default Infinity
   */
  readonly maxQueue?: number;
  /**
   * Number of tasks after which a worker is replaced. It finishes what it has begun and runs `teardown`; the new worker
   * imports the modules and runs `setup` again, which takes tens of milliseconds.
   *
   * @default Infinity
   */
  readonly maxTasksPerWorker?: number;
  /**
   * Bytes of heap, array buffers included, above which a worker is replaced as after `maxTasksPerWorker`. The heap is
   * looked at after each task, which makes small tasks slower. While Bun collects garbage it gives the size of before, so
   * that there the look after a later task may be the one that counts.
   *
   * @default Infinity
   */
  readonly maxWorkerBytes?: number;
  /**
   * Milliseconds that a running task has to end by itself after its signal has aborted or its `timeout` has passed:
   * `taskSignal()` tells the task. Then its promise rejects and its worker is replaced. With 0 that happens at once.
   *
   * @default 200
   */
  readonly abortGrace?: number;
  /** Memory of the arenas through which larger arguments and results travel. */
  readonly memory?: MemoryOptions;
  /**
   * Absolute URL of a file that imports `@multicore/multicore/worker`, from which workers start, for bundlers that lose the
   * built-in entry. Workers start more slowly from a file.
   *
   * @default the entry inside this library
   */
  readonly worker?: URL | string;
  /**
   * Limits of each worker's heap and stack, in MiB; only Node has them, other runtimes refuse the option. A worker that
   * exceeds one dies, and its running task rejects with `WorkerExitError`.
   *
   * @default those of Node
   */
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
  /** Terminates the pool when it aborts: all pending tasks reject with `PoolClosedError`, and `teardown` does not run. */
  readonly signal?: AbortSignal;
}

/** When a call whose attempt failed is run again: see {@linkcode CallOptions.retries}. */
export interface RetryOptions {
  /** How often it is run again; `Infinity` for no limit. */
  readonly times: number;
  /**
   * Whether a failure, a `WorkerExitError` where the worker died, is worth another attempt. If it throws, the call rejects.
   *
   * @default every failure is
   */
  readonly when?: (error: unknown) => boolean;
  /**
   * Milliseconds before the next attempt, or a function of the number of failed ones (1, 2, ...). No worker is held.
   *
   * @default 0
   */
  readonly delay?: number | ((attempt: number) => number);
}

/** Options of a call, given by `pool.with(...)`, `new Task(...)` and `pool.module(...).with(...)`. */
export interface CallOptions {
  /**
   * Aborts the task: its promise rejects with `signal.reason`. A task that has not begun never runs; one that runs has
   * `abortGrace` to end by itself, then its worker is replaced.
   */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that the function may run, counted from its start, not from the call; with `retries: { ... }` from the
   * start of the first attempt, through all of them and the delays between. After them the task is told as by an abort, and
   * `abortGrace` later its promise rejects with `TaskTimeoutError` and its worker is replaced. 0 counts as 1, and what
   * exceeds 2147483647 as no limit. A caller that blocks does not run such a task itself.
   *
   * @default Infinity
   */
  readonly timeout?: number;
  /**
   * Any finite number. Of the tasks that wait, those with a higher one run first, and among equals the first submitted
   * does: as long as there are higher ones, lower ones wait.
   *
   * @default 0
   */
  readonly priority?: number;
  /**
   * How arguments and results are encoded: one format for both, or `{ args, result }`.
   *
   * @default "auto"
   */
  readonly serialization?: Serialization;
  /**
   * Load average per core, 1-minute mean, strictly above which the machine counts as busy: then `whenBusy` says what
   * happens. The load is read at each call, for a `Task` once when it is made; without this option it is not read.
   *
   * @default Infinity
   */
  readonly maxLoadAverage?: number;
  /**
   * What happens on a busy machine. `"inline"` runs the function in the caller's thread, for a `Task` when its results are
   * asked for: that blocks the event loop until the function returns. `"wait"` keeps the call until the load has fallen,
   * which is looked at each second, and the program alive. `"throw"` fails with `OverloadError`. Functions of `module()` run
   * in a worker even with `"inline"`.
   *
   * @default "inline"
   */
  readonly whenBusy?: WhenBusy;
  /**
   * How often a task is run again whose worker died while it ran, so that it runs at least once, and what it did to the
   * world may happen more than once; or {@linkcode RetryOptions}, which are for errors that the function throws as well.
   * Each attempt gets the arguments as they were encoded by the call. Not with `transfer` and `proxy`, whose memory or
   * callbacks are gone with the first attempt, and not for an abort or a timeout. In collections it is a number.
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
   * What becomes of calls that have not begun: `"finish"` runs them; `"drop"` rejects them with `PoolClosedError`.
   *
   * @default "finish"
   */
  readonly queued?: "finish" | "drop";
}

/** Options of `get` and `getSync`. */
export interface GetOptions {
  /**
   * Milliseconds from this call on; then it fails with `TaskTimeoutError`, and drops or aborts what is left.
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
   * Whether results come in the order of the items; else each comes as soon as it is there.
   *
   * @default true
   */
  readonly ordered?: boolean;
  /**
   * Most items worked on at once. Beyond the pool's size it matters for async functions, several of which a worker then has.
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
