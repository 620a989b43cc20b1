/**
 * Pools of workers, as users hold them: `createPool` and `Pool`. A pool is a runner on an executor of its own.
 *
 * @module
 */

import { SafeWeakMap } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import { PoolExecutor } from "../pool/pool_executor.ts";
import { isInWorker } from "../local/worker_context.ts";
import { misuse } from "../errors.ts";
import { describe } from "../codec/describe.ts";
import { guardMessage } from "../local/local_executor.ts";
import type { CloseOptions, PoolOptions } from "../options.ts";
import type { PoolStats } from "../pool/stats.ts";
import { replaceEarlierPools } from "./earlier_pools.ts";
import { Runner } from "./runner.ts";
import { currentAdapter } from "../executor/current_adapter.ts";
import { checkCloseOptions, checkPoolOptions, completePoolOptions } from "../validate.ts";

/** The executors of pools, for what stands beside the pool: `Task` and `initialize`. */
const executors = new SafeWeakMap<Pool, PoolExecutor>();

/** The executor of a pool. */
export function executorOf(pool: Pool): PoolExecutor {
  return executors.get(pool)!;
}

/** A pool of workers; {@linkcode createPool} makes them. */
export class Pool extends Runner implements AsyncDisposable {
  readonly #executor: PoolExecutor;

  /** @internal For users: {@linkcode createPool}. */
  constructor(executor: PoolExecutor) {
    super(executor, null);
    this.#executor = executor;
    executors.set(this, executor);
  }

  /** How many workers the pool has, or is about to have. */
  get size(): number {
    return this.#executor.size;
  }

  /**
   * Changes the number of workers; those that are too many finish what they run, and end after 200 ms unless the pool has
   * grown again.
   *
   * @throws {RangeError} If `workers` is not a positive integer
   * @throws {PoolClosedError} If the pool is closed
   */
  resize(workers: number): void {
    checkPoolOptions({ workers }, this.#executor.adapter);
    if (workers === undefined) {
      throw misuse(new TypeError(`Option 'workers' must be a number: received ${describe(workers)}`), "INVALID_OPTION");
    }
    this.#executor.resize(workers);
  }

  /**
   * Waits until all workers are up and one more task may be queued.
   *
   * @throws the first cause, if a worker cannot start
   * @throws {PoolClosedError} If the pool is closed
   */
  ready(): Promise<void> {
    return this.#executor.ready();
  }

  /** Counters of the pool at this moment. */
  stats(): PoolStats {
    return this.#executor.stats();
  }

  /**
   * Finishes all tasks, or those that run if `queued` is `"drop"`; runs `teardown`, stops the workers. Further calls wait
   * for the same; one with `queued: "drop"` drops what is still queued then.
   *
   * @throws {TypeError} If an option is unknown or of the wrong type
   * @throws {RangeError} If `timeout` is not a number from 0 on
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { timeout, queued } = checkCloseOptions(options);
    await this.#executor.close(timeout, queued === "drop");
  }

  /** Rejects all tasks with `PoolClosedError` and stops the workers at once, without `teardown`. */
  terminate(): Promise<void> {
    return this.#executor.terminate();
  }

  /** Closes the pool: `await using pool = createPool()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Creates a pool of workers. They start at once; tasks may be queued meanwhile.
 *
 * @typeParam A the arguments of `setup`
 * @param options see {@linkcode PoolOptions}
 * @throws {TypeError} If called inside a worker, or an option is unknown, of the wrong type, or not supported by this runtime
 * @throws {RangeError} If a number is out of range
 * @throws {SerializationError} If an argument of `setup` cannot cross
 * @example Usage
 * ```ts
 * import { createPool, isMain } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const pool = createPool({ workers: 2 });
 *   console.log(await pool.run((x: number) => x * x, 7)); // 49
 *   await pool.close();
 * }
 * ```
 */
export function createPool<A extends unknown[] = []>(options: PoolOptions<A> = {}): Pool {
  const adapter = currentAdapter();
  const pool = createPoolOn(adapter, options);
  if (adapter.reloads()) replaceEarlierPools(executorOf(pool));
  return pool;
}

/** Creates a pool on an adapter of one's own; for tests. */
export function createPoolOn(adapter: Adapter, options: PoolOptions): Pool {
  if (isInWorker()) throw misuse(new TypeError(guardMessage("create a pool")), "IN_WORKER");
  checkPoolOptions(options, adapter);
  return new Pool(new PoolExecutor(adapter, completePoolOptions(options)));
}
