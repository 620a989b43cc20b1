/**
 * The load guard: what becomes of calls while the machine is busy.
 *
 * @module
 */

import { Math, SafeSet } from "../captured.ts";
import type { Codec } from "../codec/types.ts";
import { DeferredCall } from "./deferred_call.ts";
import { type Completion, type Executor, ModuleExport, type Target, type TaskHandle } from "../executor/executor.ts";
import { OverloadError } from "../errors.ts";
import { promiseError, proxyError } from "../executor/call.ts";
import { LocalTask } from "../local/local_task.ts";
import { blockUntilFallen, type LoadWaiter, LoadWaiters } from "./load_waiters.ts";
import { targetOf } from "../functions/module_functions.ts";
import type { CallOptions } from "../options.ts";
import { createThreadCodec } from "../executor/thread_codec.ts";

/**
 * The guard for calls with these options, or `null` if they may go straight to the workers.
 *
 * @throws {OverloadError} If the machine is busy and `whenBusy` is `"throw"`
 */
export function guardFor(executor: Executor, options: CallOptions | null): LoadGuard | null {
  const max = options?.maxLoadAverage;
  if (max === undefined || max === Infinity) return null;
  if (executor.isClosed) return null; // it refuses them, on a busy machine too
  const { average, cores } = executor.adapter.load();
  if (average <= max) return null;
  const whenBusy = options?.whenBusy ?? "inline";
  if (whenBusy === "throw") {
    throw new OverloadError(
      `The machine's load average is above 'maxLoadAverage': ${
        average.toFixed(2)
      } on each of ${cores} cores, not ${max}`,
    );
  }
  return new LoadGuard(executor, whenBusy === "wait" ? max : null);
}

let codec: Codec | undefined;

/** Keeps calls back while the machine is busy: runs them in this thread, or waits for the load to fall. */
export class LoadGuard implements Pick<Executor, "submit" | "drop" | "abort" | "block">, LoadWaiter {
  /** The threshold to wait for; 0 where calls run here. */
  readonly max: number;
  readonly #executor: Executor;
  readonly #runsHere: boolean;
  /** Calls that run here when they are asked for. */
  readonly #inline: LocalTask[] = [];
  /** Calls that wait for the load to fall. */
  readonly #waiting: Set<DeferredCall> = new SafeSet();
  /** Whether the load has fallen: then it is not asked for again. */
  #hasFallen = false;

  /** @param waitFor the threshold to wait for, or `null` to run calls here */
  constructor(executor: Executor, waitFor: number | null) {
    this.#executor = executor;
    this.#runsHere = waitFor === null;
    this.max = waitFor ?? 0;
  }

  submit(
    target: Target,
    args: readonly unknown[],
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
  ): TaskHandle {
    const executor = this.#executor;
    codec ??= createThreadCodec(executor.adapter);
    target = targetOf(target);
    // A module's function runs in the pool all the same: the caller never evaluates that module.
    if (this.#runsHere && !executor.isClosed && !(target instanceof ModuleExport)) {
      const task = new LocalTask(executor.adapter, codec, target, args, completion, key, options);
      this.#inline.push(task);
      return task;
    }
    // What the executor refuses or rejects at once does not wait for it.
    if (this.#runsHere || this.#hasFallen || executor.isClosed || options?.signal?.aborted) {
      return executor.submit(target, args, completion, key, options);
    }
    const call = new DeferredCall(executor, codec, target, args, completion, key, options, this.#onLeave);
    try {
      LoadWaiters.of(executor).add(this);
    } catch (error) {
      call.drop();
      throw error;
    }
    this.#waiting.add(call);
    return call;
  }

  readonly #onLeave = (call: DeferredCall): void => {
    this.#waiting.delete(call);
    if (this.#waiting.size === 0) LoadWaiters.of(this.#executor).delete(this);
  };

  /** Submits what waits. */
  go(): void {
    this.#hasFallen = true;
    for (const call of this.#waiting) call.start();
  }

  /** Runs what is to run in this thread: called when the results are asked for. */
  start(): void {
    for (const task of this.#inline.splice(0)) task.start();
  }

  drop(handle: TaskHandle): void {
    if (isOwn(handle)) handle.drop();
    else this.#executor.drop(handle);
  }

  abort(handle: TaskHandle, reason: unknown): void {
    if (isOwn(handle)) handle.abort(reason);
    else this.#executor.abort(handle, reason);
  }

  block(isDone: () => boolean, handles: readonly TaskHandle[], ms: number): boolean {
    for (const handle of handles) {
      if (!isOwn(handle) || handle.callbacks === null) continue;
      const error = proxyError();
      handle.abort(error);
      throw error;
    }
    const until = this.#executor.adapter.now() + ms;
    if (this.#waiting.size > 0) {
      // The event loop stands still, so the load has to be read here.
      if (!blockUntilFallen(this.#executor.adapter, this.max, ms)) return false;
      this.go();
    }
    const submitted: TaskHandle[] = [];
    for (const handle of handles) {
      // What has begun here and is not done goes on in the event loop, which stands still.
      if (handle instanceof LocalTask) handle.abort(promiseError(handle.name));
      else if (!(handle instanceof DeferredCall)) submitted.push(handle);
      else if (handle.handle !== undefined) submitted.push(handle.handle);
    }
    return isDone() || this.#executor.block(isDone, submitted, Math.max(0, until - this.#executor.adapter.now()));
  }
}

/** Whether the guard gave this handle, not the executor behind it. */
function isOwn(handle: TaskHandle): handle is LocalTask | DeferredCall {
  return handle instanceof LocalTask || handle instanceof DeferredCall;
}
