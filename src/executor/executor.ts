/**
 * The contract of what runs calls: a pool of workers, a guard before it, or, inside a worker, the thread itself.
 * Whoever submits calls knows no more than this.
 *
 * @module
 */

import type { Adapter } from "../adapter.ts";
import { type FunctionTarget, ModuleExport, type Target } from "../functions/targets.ts";
import type { CallOptions } from "../options.ts";
import type { KeptEncoding } from "./call.ts";

export { type FunctionTarget, ModuleExport, type Target };

/** Whoever waits for outcomes; `key` is what it gave when it submitted the task. */
export interface Completion {
  /** The function returned. */
  fulfilled(key: unknown, value: unknown): void;
  /** The function threw, or could not be run to its end. */
  rejected(key: unknown, error: unknown): void;
}

/** A submitted task, as whoever submitted it may refer to it. */
export type TaskHandle = object;

/** Runs tasks. */
export interface Executor {
  readonly adapter: Adapter;
  /** Tasks that are not settled. */
  readonly pending: number;
  /** Tasks that may run at once. */
  readonly slots: number;
  /** Whether it takes no more tasks; left out by an executor that never closes. */
  readonly isClosed?: boolean;
  /**
   * Takes a task; its arguments are encoded before this returns, unless they come encoded.
   *
   * @throws {TypeError} If the target is no function that could run
   * @throws {SerializationError} If an argument cannot cross
   * @throws {QueueFullError} If too many tasks wait
   * @throws {PoolClosedError} If the executor is closed
   */
  submit(
    target: Target,
    args: readonly unknown[] | KeptEncoding,
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
  ): TaskHandle;
  /** Begins what this executor runs only once results are asked for: called then, after the last `submit`. Left out by one that has no such. */
  start?(): void;
  /** Takes back a task that has not begun; its completion hears nothing more. */
  drop(handle: TaskHandle): void;
  /** Ends a task, whether it has begun or not, with this reason. */
  abort(handle: TaskHandle, reason: unknown): void;
  /** Asks a running loop to end at its next item; its completion hears of it as of any other. */
  stop(handle: TaskHandle): void;
  /** Whether a caller may run functions in its own thread instead: not where they need what `setup` made. */
  readonly mayRunHere: boolean;
  /**
   * A result as it would come back from a worker.
   *
   * @throws {SerializationError} If it cannot cross
   */
  copy(value: unknown): unknown;
  /** An error that a loop's outcome holds as bytes. */
  decodeError(bytes: Uint8Array): unknown;
  /** Blocks until `isDone` or `ms` have passed; may run the tasks itself. Gives whether it is done. */
  block(isDone: () => boolean, handles: readonly TaskHandle[], ms: number): boolean;
  /** Runs a function once on every worker. */
  broadcast(target: Target, args: readonly unknown[], options: CallOptions | null): Promise<unknown[]>;
  /**
   * Calls `fn` once when the executor closes. If it is going to finish what it has, `fn` may still submit tasks; if it is
   * terminated, they are refused. Left out by an executor that never closes.
   *
   * @returns takes `fn` back
   */
  onClose?(fn: () => void): () => void;
}
