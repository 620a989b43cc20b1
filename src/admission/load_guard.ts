/**
 * The load guard: an executor in front of a pool's, for calls that were made while the machine is busy. It runs them in this
 * thread, or keeps them until the load has fallen.
 *
 * @module
 */

import { Math } from "../captured.ts";
import { filter, map, push, some, splice } from "../lists.ts";
import type { Adapter } from "../adapter.ts";
import type { Codec } from "../codec/types.ts";
import { OverloadError } from "../errors.ts";
import { formatsOf, inlineSignals, KeptEncoding, promiseError, refuseCallbacks } from "../executor/call.ts";
import { type Completion, type Executor, ModuleExport, type Target, type TaskHandle } from "../executor/executor.ts";
import { createLoopCall } from "../functions/loop_calls.ts";
import { LoopTarget } from "../functions/targets.ts";
import { createThreadCodec } from "../executor/thread_codec.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import { checkFunction } from "../functions/callable.ts";
import { targetOf } from "../functions/module_functions.ts";
import { LocalTask } from "../local/local_task.ts";
import { createLoopHost } from "../local/loop_host.ts";
import type { CallOptions } from "../options.ts";
import { DeferredCall } from "./deferred_call.ts";
import { blockUntilFallen } from "./load_waiters.ts";

/**
 * The executor for calls with these options: the given one, or a guard before it if the machine is busy now.
 *
 * @throws {OverloadError} If the machine is busy and `whenBusy` is `"throw"`
 */
export function admit(executor: Executor, options: CallOptions | null): Executor {
  const max = options?.maxLoadAverage;
  if (max === undefined || max === Infinity) return executor;
  if (executor.isClosed) return executor; // it refuses them, on a busy machine too
  const { average, cores } = executor.adapter.load();
  if (average <= max) return executor;
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

/** Keeps calls back while the machine is busy. */
class LoadGuard implements Executor {
  readonly adapter: Adapter;
  readonly #executor: Executor;
  /** The load average per core that calls wait for; `null` to run them here. */
  readonly #max: number | null;
  /** Calls that run here once their results are asked for. */
  readonly #local: LocalTask[] = [];
  /** Whether the load has fallen: then no further call waits. */
  #hasFallen = false;

  constructor(executor: Executor, max: number | null) {
    this.adapter = executor.adapter;
    this.#executor = executor;
    this.#max = max;
  }

  get pending(): number {
    return this.#executor.pending;
  }

  get slots(): number {
    return this.#max === null ? 1 : this.#executor.slots;
  }

  get mayRunHere(): boolean {
    return this.#executor.mayRunHere;
  }

  submit(
    target: Target,
    args: readonly unknown[],
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
  ): TaskHandle {
    const executor = this.#executor;
    codec ??= createThreadCodec(this.adapter);
    target = targetOf(target);
    // A module's function runs in the pool all the same: the caller never evaluates that module.
    const fn = this.#max === null && !executor.isClosed ? this.#callOf(target, codec) : undefined;
    if (fn !== undefined) {
      const task = new LocalTask(this.adapter, codec, fn, args, completion, key, options);
      push(this.#local, task);
      return task;
    }
    // What the executor refuses or rejects at once does not wait for it.
    if (this.#max === null || this.#hasFallen || executor.isClosed || options?.signal?.aborted) {
      return executor.submit(target, args, completion, key, options);
    }
    if (!(target instanceof ModuleExport || target instanceof LoopTarget)) checkFunction(target);
    const kept = new KeptEncoding(codec.encode(args, formatsOf(options?.serialization).args, "arguments"));
    return new DeferredCall(executor, this.#max, kept, options?.signal, {
      submit: () => {
        this.#hasFallen = true;
        return executor.submit(target, kept, completion, key, options);
      },
      reject: (error) => completion.rejected(key, error),
    });
  }

  /** What runs here for a target; `undefined` where it needs a module, or what `setup` made. */
  #callOf(target: Target, codec: Codec): AnyFunction | undefined {
    if (target instanceof ModuleExport) return undefined;
    if (!(target instanceof LoopTarget)) return target;
    const functions = map(target.functions, (fn) => targetOf(fn));
    if (!functions.every((fn) => typeof fn === "function")) return undefined;
    const host = createLoopHost(this.adapter, codec, () => {
      const signal = inlineSignals[inlineSignals.length - 1];
      return () => signal?.aborted ?? false;
    });
    return createLoopCall(target.kind, functions, host, (error) => error).call;
  }

  start(): void {
    for (const task of splice(this.#local, 0)) task.start();
  }

  drop(handle: TaskHandle): void {
    if (isOwn(handle)) handle.drop();
    else this.#executor.drop(handle);
  }

  abort(handle: TaskHandle, reason: unknown): void {
    if (isOwn(handle)) handle.abort(reason);
    else this.#executor.abort(handle, reason);
  }

  stop(handle: TaskHandle): void {
    if (!isOwn(handle)) this.#executor.stop(handle);
    else if (handle instanceof DeferredCall && handle.handle !== undefined) this.#executor.stop(handle.handle);
  }

  copy(value: unknown): unknown {
    return this.#executor.copy(value);
  }

  decodeError(bytes: Uint8Array): unknown {
    return this.#executor.decodeError(bytes);
  }

  block(isDone: () => boolean, handles: readonly TaskHandle[], ms: number): boolean {
    refuseCallbacks(filter(handles, isOwn) as (LocalTask | DeferredCall)[], (call, reason) => call.abort(reason));
    const until = this.adapter.now() + ms;
    if (some(handles, (handle) => handle instanceof DeferredCall && handle.isWaiting)) {
      // The event loop stands still, so the load has to be read here.
      if (!blockUntilFallen(this.adapter, this.#max!, ms)) return false;
      for (const handle of handles) if (handle instanceof DeferredCall) handle.go();
    }
    const submitted: TaskHandle[] = [];
    for (const handle of handles) {
      // What has begun here, is not done and does not wait for another attempt goes on in the event loop, which stands still.
      if (handle instanceof LocalTask) {
        if (!handle.blockForRetries(until)) return false;
        handle.abort(promiseError(handle.name));
      } else if (!(handle instanceof DeferredCall)) push(submitted, handle);
      else if (handle.handle !== undefined) push(submitted, handle.handle);
    }
    return isDone() || this.#executor.block(isDone, submitted, Math.max(0, until - this.adapter.now()));
  }

  broadcast(target: Target, args: readonly unknown[], options: CallOptions | null): Promise<unknown[]> {
    return this.#executor.broadcast(target, args, options);
  }
}

/** Whether the guard gave this handle, not the executor behind it. */
function isOwn(handle: TaskHandle): handle is LocalTask | DeferredCall {
  return handle instanceof LocalTask || handle instanceof DeferredCall;
}
