/**
 * The errors that are this library's own. Misuse throws the built-in class (`TypeError`,
 * `RangeError`) with a `code`; what goes wrong at run time extends {@linkcode MulticoreError}.
 *
 * @module
 */

import { Object, toObject } from "./captured.ts";

/** Base class of every run-time failure that the library itself reports. */
export class MulticoreError extends Error {
  /** Name of the class. */
  override name = "MulticoreError";
  /** Stable code, `ERR_MULTICORE_...`. */
  code = "ERR_MULTICORE";
}

/** A task ran longer than its `timeout`, or `get` waited longer than its own. */
export class TaskTimeoutError extends MulticoreError {
  /** Name of the class. */
  override name = "TaskTimeoutError";
  /** Stable code. */
  override code = "ERR_MULTICORE_TASK_TIMEOUT";
  /** The timeout that passed, in milliseconds. */
  readonly timeout: number;

  /** Made by the library. */
  constructor(message: string, timeout: number) {
    super(message);
    this.timeout = timeout;
  }
}

/** A `Task` was used after its results had been asked for. */
export class TaskCompletedError extends MulticoreError {
  /** Name of the class. */
  override name = "TaskCompletedError";
  /** Stable code. */
  override code = "ERR_MULTICORE_TASK_COMPLETED";
}

/** The worker that ran the task ended before the task did. */
export class WorkerExitError extends MulticoreError {
  /** Name of the class. */
  override name = "WorkerExitError";
  /** Stable code. */
  override code = "ERR_MULTICORE_WORKER_EXIT";
  /** Exit code of the worker, where the runtime tells it. */
  readonly exitCode: number | undefined;
  /** Name of the function that was running, `""` where none was. */
  readonly functionName: string;
  /** Number of the worker in its pool, counted from 0 and never used twice; -1 where the calling thread ran the function. */
  readonly workerId: number;

  /** Made by the library. */
  constructor(
    message: string,
    details: { exitCode: number | undefined; functionName: string; workerId: number; cause?: unknown },
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.exitCode = details.exitCode;
    this.functionName = details.functionName;
    this.workerId = details.workerId;
  }
}

/** No worker of the pool can start, so that its tasks were not run; `cause` is the first failure of a start. */
export class PoolStartError extends MulticoreError {
  /** Name of the class. */
  override name = "PoolStartError";
  /** Stable code. */
  override code = "ERR_MULTICORE_POOL_START";
}

/** A value cannot cross between threads in the chosen format. */
export class SerializationError extends MulticoreError {
  /** Name of the class. */
  override name = "SerializationError";
  /** Stable code. */
  override code = "ERR_MULTICORE_SERIALIZATION";
  /** Where the value at fault stands, as in `arguments[0].user.callback`. */
  readonly path: string;

  /** Made by the library. */
  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** A function could not be found, or not be told apart, in the worker. */
export class FunctionResolutionError extends MulticoreError {
  /** Name of the class. */
  override name = "FunctionResolutionError";
  /** Stable code. */
  override code = "ERR_MULTICORE_FUNCTION_RESOLUTION";
}

/** The pool already holds `maxQueue` tasks that do not run yet. */
export class QueueFullError extends MulticoreError {
  /** Name of the class. */
  override name = "QueueFullError";
  /** Stable code. */
  override code = "ERR_MULTICORE_QUEUE_FULL";
}

/** The pool is closed, or was terminated while the task was pending. */
export class PoolClosedError extends MulticoreError {
  /** Name of the class. */
  override name = "PoolClosedError";
  /** Stable code. */
  override code = "ERR_MULTICORE_POOL_CLOSED";
}

/** The machine's load is above `maxLoadAverage` and `whenBusy` is `"throw"`. */
export class OverloadError extends MulticoreError {
  /** Name of the class. */
  override name = "OverloadError";
  /** Stable code. */
  override code = "ERR_MULTICORE_OVERLOAD";
}

/** Where a class's prototype has its name, which a bundler may take from the class itself. */
export const BRAND: unique symbol = Symbol.for("multicore.error") as never;

const CLASSES = {
  ...{ MulticoreError, TaskTimeoutError, TaskCompletedError, WorkerExitError, SerializationError },
  ...{ FunctionResolutionError, QueueFullError, PoolClosedError, PoolStartError, OverloadError },
};
for (const [value, { prototype }] of Object.entries(CLASSES)) Object.defineProperty(prototype, BRAND, { value });

/** `instanceof` by brand, since the program and the worker entry may each have a copy of this module. */
Object.defineProperty(MulticoreError, Symbol.hasInstance, {
  value(this: { prototype: { [BRAND]?: string } }, value: unknown): boolean {
    const { prototype } = this;
    const name = Object.hasOwn(prototype, BRAND) ? prototype[BRAND] : null;
    for (let at = value as typeof prototype; toObject(at) === at;) {
      at = Object.getPrototypeOf(at);
      if (at === prototype || (at !== null && Object.hasOwn(at, BRAND) && at[BRAND] === name)) return true;
    }
    return false;
  },
});

/** Gives a misuse error its stable `code`. */
export function misuse<E extends TypeError | RangeError>(error: E, code: string): E & { code: string } {
  return Object.assign(error, { code: `ERR_MULTICORE_${code}` });
}
