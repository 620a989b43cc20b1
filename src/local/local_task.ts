/**
 * A call that runs in the calling thread: inside a worker, or where the machine is busy.
 *
 * @module
 */

import { AbortController, Array, Math, promiseThen } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import type { Codec } from "../codec/types.ts";
import type { Completion } from "../executor/executor.ts";
import { TaskTimeoutError } from "../errors.ts";
import { checkFunction } from "../functions/function_table.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import { type Formats, formatsOf, inlineSignals, keep, type Kept, roundTrip } from "../executor/call.ts";
import type { CallOptions } from "../options.ts";
import { watchSignal } from "../executor/abort_listeners.ts";
import { promiseOf } from "../executor/thenable.ts";
import { scalarWord } from "../transport/payload_descriptor.ts";

/** One call in this thread; its arguments are encoded when it is made, and it runs when it is started. */
export class LocalTask {
  readonly #adapter: Adapter;
  readonly #codec: Codec;
  readonly #fn: AnyFunction;
  readonly #args: Kept | readonly unknown[];
  readonly #completion: Completion;
  readonly #key: unknown;
  readonly #options: CallOptions | null;
  readonly #formats: Formats;
  readonly #controller: AbortController = new AbortController();
  #isSettled = false;
  #unwatch: (() => void) | undefined;

  /**
   * @throws {TypeError} If `fn` is not a function that a worker could run
   * @throws {SerializationError} If an argument cannot cross
   */
  constructor(
    adapter: Adapter,
    codec: Codec,
    fn: AnyFunction,
    args: readonly unknown[],
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
  ) {
    checkFunction(fn);
    this.#adapter = adapter;
    this.#codec = codec;
    this.#fn = fn;
    this.#completion = completion;
    this.#key = key;
    this.#options = options;
    this.#formats = formatsOf(options?.serialization);
    this.#args = this.#formats.args === "auto" && scalarWord(args) >= 0
      ? args
      : keep(codec, args, this.#formats.args, "arguments");
  }

  /** Runs the function; an async one is begun. */
  start(): void {
    if (this.#isSettled) return;
    const { signal, timeout = Infinity } = this.#options ?? {};
    if (signal?.aborted) return this.#settle(false, signal.reason);
    let result: unknown;
    let promise: Promise<unknown> | undefined;
    try {
      const args = Array.isArray(this.#args) ? this.#args as unknown[] : this.#codec.decode(
        (this.#args as Kept).bytes,
        this.#formats.args,
        (this.#args as Kept).attachments,
      ) as unknown[];
      result = this.#call(args, timeout);
      promise = promiseOf(result);
    } catch (error) {
      return this.#settle(false, error);
    }
    if (promise === undefined) return this.#fulfil(result);
    this.#watch(signal, timeout);
    promiseThen(promise, (value) => this.#fulfil(value), (error) => this.#settle(false, error));
  }

  #call(args: unknown[], timeout: number): unknown {
    const fn = this.#fn; // called as `this.#fn()` it would get this task as its `this`
    inlineSignals.push(this.#controller.signal);
    try {
      if (timeout === Infinity) return fn(...args);
      const run = this.#adapter.runWithTimeout(() => fn(...args), Math.max(1, Math.ceil(timeout)));
      if (run.timedOut) throw this.#late(timeout);
      return run.value;
    } finally {
      inlineSignals.pop();
    }
  }

  /** Name of its function, for messages. */
  get name(): string {
    return this.#fn.name || "(anonymous)";
  }

  #late(timeout: number): TaskTimeoutError {
    return new TaskTimeoutError(`Task '${this.name}' ran longer than its timeout of ${timeout} ms`, timeout);
  }

  /** An async task in this thread cannot be stopped, but its outcome need not be waited for. */
  #watch(signal: AbortSignal | undefined, timeout: number): void {
    const unlisten = signal === undefined ? undefined : watchSignal(signal, this);
    const cancel = timeout < 2 ** 31 ? this.#adapter.delay(() => this.abort(this.#late(timeout)), timeout) : undefined;
    this.#unwatch = () => {
      unlisten?.();
      cancel?.();
    };
  }

  /** Ends it with a reason; what runs hears of it by `taskSignal()`. */
  abort(reason: unknown): void {
    if (this.#isSettled) return;
    this.#controller.abort(reason);
    this.#settle(false, reason);
  }

  /** Takes it back; its completion hears nothing. */
  drop(): void {
    this.#isSettled = true;
    this.#unwatch?.();
  }

  #fulfil(value: unknown): void {
    if (this.#isSettled) return;
    try {
      value = roundTrip(this.#codec, value, this.#formats.result, "result");
    } catch (error) {
      return this.#settle(false, error);
    }
    this.#settle(true, value);
  }

  #settle(ok: boolean, value: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#unwatch?.();
    if (ok) this.#completion.fulfilled(this.#key, value);
    else this.#completion.rejected(this.#key, value);
  }
}
