/**
 * The executor inside a worker: runs tasks in the worker's own thread, in the order they are
 * submitted. It never reaches another worker, so nested calls cannot deadlock.
 *
 * @module
 */

import { promiseReject, promiseThen } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import { roundTrip } from "../executor/call.ts";
import { createLoopCall } from "../functions/loop_calls.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import { checkFunction } from "../functions/callable.ts";
import { LoopTarget } from "../functions/targets.ts";
import type { WorkerContext } from "./worker_context.ts";
import { type Completion, type Executor, ModuleExport, type Target, type TaskHandle } from "../executor/executor.ts";
import { type KeptEncoding, refuseCallbacks } from "../executor/call.ts";
import { misuse, MulticoreError } from "../errors.ts";
import { LocalTask } from "./local_task.ts";
import { targetOf } from "../functions/module_functions.ts";
import type { CallOptions } from "../options.ts";
import { currentAdapter } from "../executor/current_adapter.ts";

/** The message for what only the main program may do. */
export function guardMessage(what: string): string {
  return `Cannot ${what} inside a worker: guard the program with 'if (isMain) { ... }', as this module is loaded in each worker too`;
}

/** Runs tasks in this thread. */
export class LocalExecutor implements Executor {
  readonly adapter: Adapter;
  readonly pending: number = 0;
  readonly slots: number = 1;
  readonly #context: WorkerContext;

  constructor(context: WorkerContext) {
    this.adapter = currentAdapter(); // of the copy that calls: the inlined worker entry cannot tell the load
    this.#context = context;
  }

  submit(
    target: Target,
    args: readonly unknown[] | KeptEncoding,
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
  ): TaskHandle {
    const { adapter, codec, resolver } = this.#context;
    if (target instanceof LoopTarget) return this.#submitLoop(target, args, completion, key, options);
    const called = targetOf(target);
    if (!(called instanceof ModuleExport)) {
      const task = new LocalTask(adapter, codec, called, args, completion, key, options);
      task.start();
      return task;
    }
    const { url, name } = called;
    // A module must be imported first, which takes a turn; the arguments are encoded at once all the same.
    let found: ((...args: unknown[]) => unknown) | undefined;
    const call = (...values: unknown[]): unknown => found!(...values);
    const task = new LocalTask(adapter, codec, call, args, completion, key, options);
    promiseThen(resolver.resolveExport(url, name), (fn) => {
      found = fn.call;
      task.start();
    }, (error) => task.abort(error));
    return task;
  }

  /** A loop; its modules must be imported first, as those of other functions. */
  #submitLoop(
    target: LoopTarget,
    args: readonly unknown[] | KeptEncoding,
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
  ): TaskHandle {
    const { adapter, codec, host, resolver } = this.#context;
    let found: AnyFunction | undefined;
    const call = (...values: unknown[]): unknown => found!(...values);
    for (const fn of target.functions) if (typeof fn === "function") checkFunction(fn, true);
    const task = new LocalTask(adapter, codec, call, args, completion, key, options);
    const begin = (functions: AnyFunction[]): void => {
      found = createLoopCall(target.kind, functions, host, (error) => error).call;
      task.start();
    };
    const { functions } = target;
    if (functions.every((fn) => typeof fn === "function")) begin([...functions]);
    else {
      Promise.all(
        functions.map(async (fn) =>
          typeof fn === "function" ? fn : (await resolver.resolveExport(fn.url, fn.name)).call
        ),
      ).then(begin).catch((error) => task.abort(error));
    }
    return task;
  }

  stop(): void {
    // What runs in this thread is done by the time that anybody can call this, but for async functions.
  }

  readonly mayRunHere: boolean = false; // it does so in any case

  copy(value: unknown): unknown {
    return roundTrip(this.#context.codec, value, "auto", "result");
  }

  decodeError(bytes: Uint8Array): unknown {
    return this.#context.codec.decode(bytes, "auto", []);
  }

  drop(handle: TaskHandle): void {
    (handle as LocalTask).drop();
  }

  abort(handle: TaskHandle, reason: unknown): void {
    (handle as LocalTask).abort(reason);
  }

  block(isDone: () => boolean, handles: readonly TaskHandle[], ms: number): boolean {
    const until = this.adapter.now() + ms;
    for (const handle of handles as readonly LocalTask[]) if (!handle.blockForRetries(until)) return false;
    if (isDone()) return true;
    refuseCallbacks(handles as readonly LocalTask[], (task, reason) => task.abort(reason));
    throw new MulticoreError(
      "A function returned a promise, or has to be imported first, which a blocking call inside a worker cannot wait for; use get() or run()",
    );
  }

  broadcast(): Promise<unknown[]> {
    return promiseReject(misuse(new TypeError(guardMessage("broadcast")), "IN_WORKER"));
  }
}
