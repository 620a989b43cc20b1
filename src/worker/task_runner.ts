/**
 * Runs a worker's tasks, each from its claim to its result: finds the function, reads the arguments, calls, and hands
 * the outcome to the writer.
 *
 * @module
 */

import type { Adapter } from "../adapter.ts";
import { isPromise, promiseAll, promiseResolve, promiseThen, SafeSet, toText } from "../captured.ts";
import type { CallbackScope } from "../codec/mod.ts";
import { MulticoreError, TaskTimeoutError } from "../errors.ts";
import { promiseOf } from "../functions/thenable.ts";
import { explainMissingName } from "../functions/missing_name.ts";
import type { FunctionResolver, ResolvedFunction } from "../functions/function_resolver.ts";
import * as at from "../transport/layout.ts";
import type { WorkerLane } from "../transport/worker_lane.ts";
import type { ArgumentReader } from "./argument_reader.ts";
import type { ResultWriter } from "./result_writer.ts";
import { createFlagSignal, type FlagSignal } from "./task_signal.ts";
import type { TaskTime, TaskTimer } from "./task_timer.ts";

/** A task between its claim and its result. */
interface Running extends TaskTime {
  readonly entry: number;
  readonly base: number;
  /** Whether its result was published: its slot may be another task's. */
  isDone: boolean;
  signal: FlagSignal | undefined;
  /** See `ResolvedFunction`. */
  repair: ResolvedFunction["repair"];
  /** Callbacks among the arguments, which end when the task is done. */
  callbacks: CallbackScope | null;
}

/** What tasks are run with. */
export interface TaskParts {
  readonly adapter: Adapter;
  readonly lane: WorkerLane;
  readonly reader: ArgumentReader;
  readonly writer: ResultWriter;
  readonly resolver: FunctionResolver;
  readonly watchHeap: boolean;
}

/** Runs tasks; knows those that are not settled. */
export class TaskRunner {
  readonly #parts: TaskParts;
  readonly #lane: WorkerLane;
  readonly #timer: TaskTimer;
  /** Called when an async task has settled. */
  readonly #onSettled: () => void;
  /** Async tasks that are not settled. */
  readonly #unsettled: Set<Running> = new SafeSet();
  /** The task that runs, or that last began. */
  #current: Running | undefined;
  /** Whether the runtime may still stop what runs next, see `Adapter.runWithTimeout`: then no task shall run here. */
  isSpent = false;

  constructor(parts: TaskParts, timer: TaskTimer, onSettled: () => void) {
    this.#parts = parts;
    this.#lane = parts.lane;
    this.#timer = timer;
    this.#onSettled = onSettled;
  }

  /** How many async tasks are not settled. */
  get unsettled(): number {
    return this.#unsettled.size;
  }

  /** The signal of the running task. */
  signal(): AbortSignal | undefined {
    const running = this.#current;
    if (running === undefined) return undefined;
    const isAborted = (): boolean => !running.isDone && this.#lane.isAborted(running.entry);
    return (running.signal ??= createFlagSignal(isAborted)).signal;
  }

  /** Makes the check whether the task that runs now was told to end. */
  stopCheck(): () => boolean {
    const running = this.#current;
    return running === undefined ? () => false : () => !running.isDone && this.#lane.isAborted(running.entry);
  }

  /** Fires the signals of aborted tasks; after WAKE_SEQ was read, so that an abort is seen here or wakes. */
  checkSignals(): void {
    for (const running of this.#unsettled) running.signal?.check();
  }

  /** Begins a claimed task; a synchronous one ends in here as well. */
  begin(entry: number, base: number): void {
    const { reader, writer, resolver } = this.#parts;
    writer.reused(at.entrySlot(entry));
    const began = this.#timer.begin(this.#unsettled.size === 0);
    // deno-fmt-ignore
    const running: Running = { entry, base, isDone: false, signal: undefined, repair: undefined, callbacks: null, began, spent: -1 };
    const timeout = this.#lane.words[base + at.TIMEOUT]!;
    if (timeout > 0) this.#lane.start(entry, base, this.#parts.adapter.now());
    let fn: ResolvedFunction | Promise<ResolvedFunction> | undefined;
    try {
      fn = resolver.resolve(this.#lane.words[base + at.FUNCTION]!);
      const args = reader.read(entry, base, running);
      if (isPromise(fn) || isPromise(args)) {
        const both = promiseThen(promiseAll([fn, args]), ([fn, args]) => this.#call(running, fn, args, timeout));
        return this.#await(running, both);
      }
      const result = this.#call(running, fn, args, timeout);
      if (isPromise(result)) this.#await(running, result);
      else this.#end(running, true, result);
    } catch (error) {
      if (fn === undefined) reader.discard(entry, base);
      this.#end(running, false, error);
    }
  }

  /** Calls the function: gives its result, or a promise of it; its own errors are thrown on. */
  #call(running: Running, fn: ResolvedFunction, args: readonly unknown[], timeout: number): unknown {
    this.#current = running;
    running.repair = fn.repair;
    const { call } = fn; // called as `fn.call()` the function would get the record as its `this`
    try {
      let result: unknown;
      if (timeout > 0 && !this.#parts.adapter.supports.interrupt) {
        const run = this.#parts.adapter.runWithTimeout(() => call(...args), timeout, () => this.isSpent = true);
        if (run.timedOut) throw new TaskTimeoutError(`Task '${fn.name}' was stopped after ${timeout} ms`, timeout);
        result = run.value;
      } else {
        result = call(...args);
      }
      const promise = promiseOf(result);
      if (promise === undefined) return result;
      return fn.source === undefined ? promise : promiseThen(promise, undefined, (error) => {
        throw explainMissingName(fn, error) ?? error;
      });
    } catch (error) {
      throw explainMissingName(fn, error) ?? error;
    }
  }

  #await(running: Running, result: PromiseLike<unknown>): void {
    this.#unsettled.add(running);
    this.#timer.wait(running);
    const settle = (ok: boolean, value: unknown): void => {
      this.#unsettled.delete(running);
      this.#timer.tick();
      this.#end(running, ok, value);
      this.#onSettled();
    };
    promiseThen(promiseResolve(result), (value) => settle(true, value), (error) => settle(false, error));
  }

  /** Publishes the outcome of a task. */
  #end(running: Running, ok: boolean, value: unknown): void {
    const { entry, base } = running;
    if (this.#current === running) this.#current = undefined;
    running.isDone = true;
    if (this.#lane.isOver) return; // the caller was told that it dies in this task
    if (running.callbacks !== null) {
      // Said before the result is published, so the caller hears of all calls before it settles the task.
      running.callbacks.end(() => {});
      this.#lane.words[base + at.CALLBACKS_ENDED] = at.entryGeneration(entry);
    }
    this.#timer.end(running, this.#lane.numbers, base);
    this.#lane.forgetOldEpoch(this.#timer.time);
    if (this.#parts.watchHeap) this.#lane.words[at.HEAP_KIB] = this.#parts.adapter.heapBytes() / 1024;
    try {
      if (ok) this.#parts.writer.value(entry, base, value, running.repair);
      else this.#parts.writer.error(entry, base, value);
    } catch (error) {
      // Out of memory for the copy, say; the caller must hear of it all the same.
      const failure = new MulticoreError(`Cannot return the task's outcome: ${toText(error)}`);
      this.#parts.writer.error(entry, base, failure);
    }
  }
}
