/**
 * A batch of calls whose results belong together: the implementation of `Task`. It submits each call to its executor,
 * keeps the results by index, and settles as a whole.
 *
 * @module
 */

import { Promise as PromiseClass, SafeSet } from "../captured.ts";
import { filter, map, push } from "../lists.ts";
import type { Completion, Executor, Target, TaskHandle } from "../executor/executor.ts";
import { dropTransfers } from "../codec/mod.ts";
import { TaskCompletedError, TaskTimeoutError } from "../errors.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import type { CallOptions, GetOptions } from "../options.ts";
import { requireStack } from "../stack.ts";
import { rememberFrames, withFrames } from "../executor/stack_frames.ts";
import { iterate, type TaskFailure, type TaskItem, type TaskOutcome } from "./batch_iterator.ts";
import { checkBatchOptions, checkGetOptions, completeCallOptions } from "../validate.ts";

/** Stands for the handle of a call that is being submitted. */
const SUBMITTING: TaskHandle = {};

/**
 * The implementation of {@linkcode Task}, on any executor.
 *
 * @typeParam R what each call returns
 */
export class TaskBatch<R> {
  readonly #executor: Executor;
  readonly #options: CallOptions | null;
  /** What the executor tells the outcomes. */
  readonly #completion: Completion = {
    fulfilled: (key, value) => {
      this.#values[key as number] = value;
      this.#note(key as number);
    },
    rejected: (key, error) => {
      if (this.#isOver) return;
      const index = key as number;
      this.#values[index] = error;
      this.#failure ??= { index, error };
      (this.#rejected ??= new SafeSet()).add(index);
      this.#note(index);
    },
  };
  /** By call; `null` once it is settled. */
  readonly #handles: (TaskHandle | null)[] = [];
  /** By call: its result, or its error where it is among those rejected. */
  readonly #values: unknown[] = [];
  #rejected: Set<number> | undefined;
  #settled = 0;
  #failure: TaskFailure | undefined;
  #isTaken = false;
  /** Whether the outcome of a call that is not settled matters to nobody any more. */
  #isOver = false;
  /** Whether a failure ends the batch. */
  #failsFast = true;
  /** Called when all calls are settled, or the first has failed and that ends the batch. */
  #onEnd: (() => void) | null = null;
  /** Called at each call that is settled, while the batch is iterated. */
  #onEach: ((index: number) => void) | null = null;

  /** @internal {@linkcode Task} and `pool.task()` create batches. */
  constructor(executor: Executor, options: CallOptions | null) {
    this.#executor = executor;
    this.#options = options;
  }

  /** How many calls were submitted. */
  get size(): number {
    return this.#values.length;
  }

  /** How many calls are settled: those that have given a result, and those that failed. */
  get completed(): number {
    return this.#settled;
  }

  /** The first failure, once there is one. */
  get failure(): TaskFailure | undefined {
    return this.#failure;
  }

  /**
   * Submits a call. It may begin at once.
   *
   * @param fn runs in a worker
   * @param args its arguments, encoded before this returns
   * @throws {TaskCompletedError} If the results were asked for already
   * @throws {TypeError} If `fn` is not a function that can run in a worker
   * @throws {SerializationError} If an argument cannot cross
   */
  run<A extends unknown[]>(fn: (...args: A) => R | Promise<R>, ...args: A): this {
    return this.#run(fn as AnyFunction, args, this.#options);
  }

  /**
   * The same batch with other options for the calls that follow.
   *
   * @param options merged over those of the batch
   */
  with(
    options: CallOptions,
  ): { run<A extends unknown[]>(fn: (...args: A) => R | Promise<R>, ...args: A): TaskBatch<R> } {
    checkBatchOptions(options, this.#executor.adapter);
    const merged = completeCallOptions({ ...this.#options, ...options });
    return { run: (fn, ...args) => this.#run(fn as AnyFunction, args, merged) };
  }

  #run(fn: Target, args: readonly unknown[], options: CallOptions | null): this {
    if (this.#isTaken) {
      dropTransfers(args);
      throw new TaskCompletedError(
        "Cannot run another call as the results of this Task were asked for; create a new Task",
      );
    }
    const index = this.#values.length;
    try {
      push(this.#handles, SUBMITTING);
      push(this.#values, undefined);
      const handle = this.#executor.submit(fn, args, this.#completion, index, options);
      if (this.#handles[index] === SUBMITTING) this.#handles[index] = handle;
    } catch (error) {
      dropTransfers(args);
      // A getter of the arguments may have run another call of this batch, which has its number by now.
      if (this.#values.length > index + 1) this.#completion.rejected(index, error);
      else {
        this.#handles.length = this.#values.length = index;
        throw error;
      }
    }
    return this;
  }

  #note(index: number): void {
    if (this.#isOver) return;
    this.#handles[index] = null;
    this.#settled++;
    this.#onEach?.(index);
    if (this.#onEnd !== null && this.#isEnded) {
      const end = this.#onEnd;
      this.#onEnd = null;
      end();
    }
  }

  get #isEnded(): boolean {
    return this.#settled === this.#values.length || (this.#failsFast && this.#failure !== undefined);
  }

  #take(): void {
    requireStack();
    this.#claim();
    this.#executor.start?.();
  }

  #claim(): void {
    if (this.#isTaken) {
      throw new TaskCompletedError("Cannot ask for results twice: they were handed out already; create a new Task");
    }
    this.#isTaken = true;
  }

  /** Nobody waits for the rest any more. */
  #stop(reason: unknown, abortsRunning: boolean): void {
    this.#isOver = true;
    this.#onEach = null;
    for (const handle of this.#handles) {
      if (handle === null) continue;
      if (abortsRunning) this.#executor.abort(handle, reason);
      else this.#executor.drop(handle);
    }
  }

  /**
   * Waits for all results.
   *
   * @returns the results in the order of the calls
   * @throws the first failure to arrive; what is queued is dropped then, what runs is discarded
   * @throws {TaskTimeoutError} If `timeout` ms have passed since this call
   * @throws {TaskCompletedError} If the results were asked for already
   */
  async get(options: GetOptions = {}): Promise<R[]> {
    const ms = checkGetOptions(options);
    this.#take();
    const site = this.#isEnded ? undefined : rememberFrames();
    if (!this.#isEnded && !await this.#ended(ms)) throw withFrames(this.#late(ms), site);
    if (this.#failure !== undefined) {
      this.#stop(this.#failure.error, false);
      throw withFrames(this.#failure.error, site);
    }
    this.#isOver = true;
    return this.#values as R[];
  }

  /** Gives whether the batch has ended before `ms` have passed. */
  #ended(ms: number): Promise<boolean> {
    return new PromiseClass((resolve) => {
      const cancel = ms === Infinity ? undefined : this.#executor.adapter.delay(() => {
        this.#onEnd = null;
        resolve(false);
      }, ms);
      this.#onEnd = () => {
        cancel?.();
        resolve(true);
      };
    });
  }

  #late(ms: number): TaskTimeoutError {
    const error = new TaskTimeoutError(
      `Task had ${this.size - this.#settled} of ${this.size} results missing when its timeout of ${ms} ms passed`,
      ms,
    );
    this.#stop(error, true);
    return error;
  }

  /**
   * Waits for all results without the event loop. The calling thread helps: it runs synchronous
   * functions that no worker has begun.
   *
   * @returns the results in the order of the calls
   * @throws as `get` does
   * @throws {MulticoreError} If a function that ran in this thread returned a promise
   */
  getSync(options: GetOptions = {}): R[] {
    const ms = checkGetOptions(options);
    this.#take();
    if (!this.#isEnded) {
      const waiting = filter(this.#handles, (handle) => handle !== null) as object[];
      if (!this.#executor.block(() => this.#isEnded, waiting, ms)) throw this.#late(ms);
    }
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#stop(error, false);
      throw withFrames(error);
    }
    this.#isOver = true;
    return this.#values as R[];
  }

  /**
   * Waits for all calls, whatever becomes of them.
   *
   * @returns the outcomes in the order of the calls, as `Promise.allSettled` gives them
   * @throws {TaskCompletedError} If the results were asked for already
   */
  async settled(): Promise<PromiseSettledResult<R>[]> {
    this.#take();
    this.#failsFast = false;
    const site = this.#isEnded && this.#failure === undefined ? undefined : rememberFrames();
    if (!this.#isEnded) await this.#ended(Infinity);
    return map(this.#values, (_, i) => this.#outcome(i, site));
  }

  /** The outcome of a call that is settled; `site` has the frames of who awaits it. */
  #outcome(index: number, site: Error | undefined): PromiseSettledResult<R> {
    const value = this.#values[index];
    return this.#rejected?.has(index)
      ? { status: "rejected", reason: withFrames(value, site) }
      : { status: "fulfilled", value: value as R };
  }

  /** Gives each outcome as it arrives, as `settled` does, with the number of its call. Leaving the loop drops what is queued. */
  outcomes(): AsyncIterableIterator<TaskOutcome<R>> {
    return this.#iterate(() => undefined, (index, site) => ({ index, ...this.#outcome(index, site) }));
  }

  /**
   * Gives each result as it arrives. The first failure ends the loop with that error; leaving the
   * loop drops what is queued.
   *
   * @returns the results with the number of their call
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<TaskItem<R>> {
    return this.#iterate(() => this.#failure, (index) => ({ index, value: this.#values[index] as R }));
  }

  #iterate<T>(
    failure: () => TaskFailure | undefined,
    item: (index: number, site: Error | undefined) => T,
  ): AsyncIterableIterator<T> {
    return iterate<T>({
      claim: () => this.#claim(),
      begin: (onEach) => {
        this.#executor.start?.();
        this.#onEach = onEach;
        return filter(map(this.#handles, (_, index) => index), (index) => this.#handles[index] === null);
      },
      size: () => this.#values.length,
      failure,
      item,
      end: () => this.#stop(undefined, false),
    });
  }
}
