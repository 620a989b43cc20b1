/**
 * `Task` as users create it: a batch on a pool of their choice, or on the default pool.
 *
 * @module
 */

import { ownValue } from "../captured.ts";
import { defaultExecutor } from "./default_pool.ts";
import type { Executor } from "../executor/executor.ts";
import { misuse } from "../errors.ts";
import { describe } from "../codec/describe.ts";
import { admit } from "../admission/load_guard.ts";
import { isBusy } from "../admission/load_waiters.ts";
import type { CallOptions } from "../options.ts";
import { executorOf, Pool } from "./pool.ts";
import { TaskBatch } from "./batch.ts";
import { checkCallOptions, completeCallOptions } from "../validate.ts";

/** Options of {@linkcode Task}: those of a call, and the pool. */
export interface TaskOptions extends CallOptions {
  /**
   * The pool that runs the calls.
   *
   * @default the default pool, which is started if need be
   */
  readonly pool?: Pool;
}

/**
 * A batch of calls whose results belong together: `run` any number of times, then ask for all
 * results once.
 *
 * @example Usage
 * ```ts
 * import { isMain, Task } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const task = new Task<number>();
 *   for (let i = 0; i < 4; i++) task.run((x: number) => x * x, i);
 *   console.log(await task.get()); // [0, 1, 4, 9]
 * }
 * ```
 * @typeParam R what each call returns
 */
export class Task<R = unknown> extends TaskBatch<R> {
  /**
   * Creates an empty batch.
   *
   * @param options see {@linkcode TaskOptions}
   * @throws {TypeError} If an option is unknown or of the wrong type
   * @throws {OverloadError} If the machine is busy and `whenBusy` is `"throw"`
   */
  constructor(options: TaskOptions = {}) {
    const { executor, call } = resolve(options);
    super(admit(executor, call), call);
  }

  /**
   * Creates a task, unless the machine is busy: then the caller had better do the work itself.
   *
   * @param options `maxLoadAverage` is the load average per core, 1-minute mean, strictly above which there is no task
   * @returns the task, or `null`
   * @example Usage
   * ```ts
   * import { isMain, Task } from "@multicore/multicore";
   *
   * if (isMain) {
   *   const task = Task.create<number>({ maxLoadAverage: 0.7 });
   *   const square = (x: number) => x * x;
   *   console.log(task === null ? [square(3)] : await task.run(square, 3).get()); // [9]
   * }
   * ```
   */
  static create<R = unknown>(options: TaskOptions = {}): Task<R> | null {
    const { executor, call } = resolve(options);
    const { maxLoadAverage = Infinity, whenBusy: _, ...rest } = call;
    if (isBusy(executor.adapter, maxLoadAverage)) return null;
    return new Task<R>({ ...rest, pool: ownValue(options, "pool") });
  }
}

function resolve(options: TaskOptions): { executor: Executor; call: CallOptions } {
  if (typeof options !== "object" || options === null) {
    throw misuse(new TypeError(`Options must be an object: received ${describe(options)}`), "INVALID_OPTION");
  }
  const { pool: _, ...call } = options;
  const pool = ownValue(options, "pool");
  if (pool !== undefined && !(pool instanceof Pool)) {
    throw misuse(new TypeError(`Option 'pool' must be a Pool: received ${describe(pool)}`), "INVALID_OPTION");
  }
  const executor = pool === undefined ? defaultExecutor() : executorOf(pool);
  checkCallOptions(call, executor.adapter);
  return { executor, call: completeCallOptions(call) };
}
