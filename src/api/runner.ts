/**
 * The calls that every executor offers: `run`, `runSync`, `task`, `module`, `broadcast`, with call
 * options that `with` merges.
 *
 * @module
 */

import { Object, Promise as PromiseClass, promiseReject, SafeMap, toFollow } from "../captured.ts";
import { type Completion, type Executor, ModuleExport, type Target, type TaskHandle } from "../executor/executor.ts";
import { misuse } from "../errors.ts";
import { describe } from "../codec/describe.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import { markExport } from "../functions/module_functions.ts";
import { admit } from "../admission/load_guard.ts";
import { dropTransfers } from "../codec/mod.ts";
import type { CallOptions } from "../options.ts";
import { requireStack } from "../stack.ts";
import { rejectWithFrames, withFrames } from "../executor/stack_frames.ts";
import { TaskBatch } from "./batch.ts";
import { hrefOf, pathHint } from "../urls.ts";
import { CollectionRunner } from "./collection_runner.ts";
import { checkCallOptions, completeCallOptions } from "../validate.ts";

/** A module's exported functions as async functions that run in the pool. */
export type ModuleFunctions<M> =
  & {
    readonly [
      // deno-lint-ignore no-explicit-any
      K in keyof M as M[K] extends (...args: any[]) => unknown ? K : never
    ]: M[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
  }
  & {
    /** The same functions with call options. */
    with(options: CallOptions): ModuleFunctions<M>;
  };

/** Tasks pending from which on a call's caller is not traced where that takes an async function for each call. */
const TRACED = 256;

type Resolve = (value: unknown) => void;

/** Settles promises; it knows each by the function that resolves it. */
const PROMISES: Completion = {
  fulfilled: (resolve, value) => (resolve as Resolve)(value),
  rejected: (resolve, error) => (resolve as Resolve)(toFollow(rejectWithFrames(error))),
};

/** The same for promises of calls that are traced, which find their callers by themselves. */
const TRACED_PROMISES: Completion = {
  fulfilled: PROMISES.fulfilled,
  rejected: (resolve, error) => (resolve as Resolve)(toFollow(promiseReject(error))),
};

/** Runs functions on an executor, with call options. */
export class Runner extends CollectionRunner {
  readonly #executor: Executor;
  readonly #options: CallOptions | null;

  /** @internal Pools make runners. */
  constructor(executor: Executor, options: CallOptions | null) {
    super(executor, options);
    this.#executor = executor;
    this.#options = options;
  }

  /**
   * The same runner with call options, merged over those it has.
   *
   * @throws {TypeError} If an option is unknown or of the wrong type
   * @throws {RangeError} If a number is out of range
   */
  with(options: CallOptions): Runner {
    checkCallOptions(options, this.#executor.adapter);
    return new Runner(this.#executor, completeCallOptions({ ...this.#options, ...options }));
  }

  /**
   * Runs a function in a worker.
   *
   * @param fn runs in a worker: found there by name and source among the pool's `modules`, else compiled from its source
   * @param args its arguments, encoded before this returns
   * @returns what the function returns, or resolves to
   * @throws what the function throws, with the caller's frames behind the worker's in the stack
   * @throws {TypeError} If `fn` is not a function that can run in a worker
   * @throws {SerializationError} If an argument or the result cannot cross
   * @throws {WorkerExitError} If the worker ended while it ran the function
   */
  run<A extends unknown[], R>(fn: (...args: A) => R | Promise<R>, ...args: A): Promise<R> {
    return this.#run(fn as AnyFunction, args) as Promise<R>;
  }

  #run(target: Target, args: readonly unknown[]): Promise<unknown> {
    const executor = this.#executor;
    return executor.adapter.supports.asyncFrames || executor.pending >= TRACED
      ? this.#start(target, args, PROMISES)
      : this.#trace(target, args);
  }

  /** An async function of our own between caller and promise, from which the executor knows who awaits it. */
  async #trace(target: Target, args: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#start(target, args, TRACED_PROMISES);
    } catch (error) {
      throw withFrames(error);
    }
  }

  #start(target: Target, args: readonly unknown[], promises: Completion): Promise<unknown> {
    return new PromiseClass((resolve, reject) => {
      try {
        const options = this.#options;
        const executor = options === null ? this.#executor : admit(this.#executor, options);
        executor.submit(target, args, promises, resolve, options);
        executor.start?.();
      } catch (error) {
        dropTransfers(args);
        reject(error);
      }
    });
  }

  /**
   * Runs a function and blocks the calling thread until it has returned. If no worker has begun it,
   * the calling thread runs it; an exit of the process in it rejects with `WorkerExitError` there too.
   *
   * @param fn a function that does not return a promise, unless a worker runs it
   * @throws as `run` does
   * @throws {MulticoreError} If the calling thread ran it and it returned a promise
   */
  runSync<A extends unknown[], R>(fn: (...args: A) => R | Promise<R>, ...args: A): R {
    let state: "waiting" | "fulfilled" | "rejected" = "waiting";
    let outcome: unknown;
    const completion: Completion = {
      fulfilled: (_, value) => {
        state = "fulfilled";
        outcome = value;
      },
      rejected: (_, error) => {
        state = "rejected";
        outcome = error;
      },
    };
    const isDone = (): boolean => state !== "waiting";
    requireStack();
    let executor: Executor;
    let handle: TaskHandle;
    try {
      executor = admit(this.#executor, this.#options);
      handle = executor.submit(fn as AnyFunction, args, completion, 0, this.#options);
    } catch (error) {
      dropTransfers(args);
      throw error;
    }
    executor.start?.();
    if (!isDone()) executor.block(isDone, [handle], Infinity);
    if (!isDone() || state === ("rejected" as string)) {
      throw withFrames(outcome);
    }
    return outcome as R;
  }

  /**
   * Creates a batch of calls on this runner.
   *
   * @param options merged over those of the runner
   * @typeParam R what each call returns
   */
  task<R>(options: CallOptions = {}): TaskBatch<R> {
    checkCallOptions(options, this.#executor.adapter);
    const merged = completeCallOptions({ ...this.#options, ...options });
    return new TaskBatch<R>(admit(this.#executor, merged), merged);
  }

  /**
   * The exported functions of a module, as async functions that run in the pool. The caller never
   * evaluates the module; each worker imports it at the first call. Such a function may also be given to `run`, `task` and
   * `broadcast`.
   *
   * @param url the module, usually `new URL("./tasks.ts", import.meta.url)`
   * @throws {TypeError} If `url` is not an absolute URL
   * @typeParam M the module's type, `typeof import("./tasks.ts")`
   */
  module<M>(url: URL | string): ModuleFunctions<M> {
    const href = hrefOf(url);
    if (href === undefined) {
      throw misuse(
        new TypeError(
          `Cannot load module as its URL must be absolute, such as new URL("./tasks.js", import.meta.url)${
            pathHint(url)
          }: received ${describe(url)}`,
        ),
        "INVALID_URL",
      );
    }
    const functions = new SafeMap<string, AnyFunction>();
    return new Proxy(Object.create(null), {
      get: (_, name) => {
        if (typeof name === "symbol" || name === "then") return undefined; // it is no promise
        if (name === "with") return (options: CallOptions) => this.with(options).module<M>(href);
        let fn = functions.get(name);
        if (fn === undefined) {
          const target = new ModuleExport(href, name);
          fn = markExport((...args) => this.#run(target, args), target);
          functions.set(name, fn);
        }
        return fn;
      },
    }) as ModuleFunctions<M>;
  }

  /**
   * Runs a function once on every worker that is alive.
   *
   * @returns the results by worker
   * @throws the first failure
   */
  async broadcast<A extends unknown[], R>(fn: (...args: A) => R | Promise<R>, ...args: A): Promise<R[]> {
    try {
      return await this.#executor.broadcast(fn as AnyFunction, args, this.#options) as R[];
    } catch (error) {
      dropTransfers(args);
      throw withFrames(error);
    }
  }
}
