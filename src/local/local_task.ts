/**
 * A call that runs in the calling thread: inside a worker, or where the machine is busy. Arguments and result pass the
 * codec, so that the call behaves as in a worker.
 *
 * @module
 */

import { AbortController, Math, promiseThen } from "../captured.ts";
import { pop, push } from "../lists.ts";
import type { Adapter } from "../adapter.ts";
import type { CallbackReceiver, CallbackScope } from "../codec/callback_scope.ts";
import type { Codec } from "../codec/types.ts";
import type { Completion } from "../executor/executor.ts";
import { TaskTimeoutError } from "../errors.ts";
import { checkFunction } from "../functions/callable.ts";
import { type AnyFunction, nameOf } from "../functions/function_record.ts";
import { type Formats, formatsOf, inlineSignals, KeptEncoding, roundTrip, withoutExit } from "../executor/call.ts";
import { LocalRetry } from "./local_retry.ts";
import type { CallOptions } from "../options.ts";
import { reasonOf, watchSignal } from "../executor/abort_listeners.ts";
import { promiseOf } from "../functions/thenable.ts";
import { isInWorker } from "./worker_context.ts";
import { scalarWord } from "../transport/payload_descriptor.ts";

/** One call in this thread; its arguments are encoded when it is made, and it runs when it is started. */
export class LocalTask {
  readonly #adapter: Adapter;
  readonly #codec: Codec;
  readonly #fn: AnyFunction;
  readonly #args: KeptEncoding | readonly unknown[];
  readonly #completion: Completion;
  readonly #key: unknown;
  readonly #options: CallOptions | null;
  readonly #formats: Formats;
  readonly #controller: AbortController = new AbortController();
  /** What ends the callbacks that its function was given. */
  readonly #given: CallbackReceiver = { callbacks: null };
  /** Whether its outcome is known. */
  #isOver = false;
  /** Whether its completion was told, or will not be. */
  #isSettled = false;
  #unwatch: (() => void) | undefined;
  /** Has it run again after a failure; `null` where it runs once. */
  readonly #retry: LocalRetry | null;
  /** When its timeout passes, in ms: set as the first attempt begins. */
  #due: number | undefined;
  /** Whether it has passed: that is no failure of an attempt. */
  #isLate = false;

  /**
   * @throws {TypeError} If `fn` is not a function that a worker could run
   * @throws {SerializationError} If an argument cannot cross
   */
  constructor(
    adapter: Adapter,
    codec: Codec,
    fn: AnyFunction,
    args: readonly unknown[] | KeptEncoding,
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
    this.#args = args instanceof KeptEncoding || (this.#formats.args === "auto" && scalarWord(args) >= 0)
      ? args
      : new KeptEncoding(codec.encode(args, this.#formats.args, "arguments"));
    const { retries } = options ?? {};
    const isOnce = typeof retries !== "object" || (this.#args instanceof KeptEncoding && this.#args.moves);
    this.#retry = isOnce ? null : new LocalRetry(adapter, retries, () => this.start());
  }

  /** The caller's ends of the callbacks among its arguments. */
  get callbacks(): CallbackScope | null {
    return this.#args instanceof KeptEncoding ? this.#args.callbacks : null;
  }

  /** Runs the function; an async one is begun. */
  start(): void {
    if (this.#isOver) return;
    const { signal } = this.#options ?? {};
    if (signal?.aborted) return this.abort(reasonOf(signal));
    this.#unwatch?.(); // of the delay before this attempt
    const timeout = this.#timeLeft();
    let result: unknown;
    let promise: Promise<unknown> | undefined;
    try {
      const kept = this.#args;
      const args = kept instanceof KeptEncoding
        ? kept.decode(this.#codec, this.#formats.args, this.#given, this.#retry !== null)
        : kept;
      const call = (): unknown => this.#call(args as unknown[], timeout);
      result = isInWorker() ? call() : withoutExit(this.#adapter, this.name, call); // in a worker it is the worker's end
      promise = promiseOf(result);
    } catch (error) {
      return this.#finish(false, error);
    }
    if (promise === undefined) return this.#fulfil(result);
    this.#watch(signal, timeout);
    promiseThen(promise, (value) => this.#fulfil(value), (error) => this.#finish(false, error));
  }

  #call(args: unknown[], timeout: number): unknown {
    const fn = this.#fn; // called as `this.#fn()` it would get this task as its `this`
    push(inlineSignals, this.#controller.signal);
    try {
      if (timeout === Infinity) return fn(...args);
      // Where a late stop is possible (Deno) nothing helps in this thread: see `Adapter.runWithTimeout`.
      const run = this.#adapter.runWithTimeout(() => fn(...args), Math.max(1, Math.ceil(timeout)));
      if (run.timedOut) throw this.#late();
      return run.value;
    } finally {
      pop(inlineSignals);
    }
  }

  /** Name of its function, for messages. */
  get name(): string {
    return nameOf(this.#fn) || "(anonymous)";
  }

  /** Milliseconds that it may still take, all attempts together. */
  #timeLeft(): number {
    const { timeout = Infinity } = this.#options ?? {};
    if (timeout >= 2 ** 31) return Infinity;
    const now = this.#adapter.now();
    this.#due ??= now + timeout;
    return Math.max(0, this.#due - now);
  }

  #late(): TaskTimeoutError {
    this.#isLate = true;
    const timeout = this.#options!.timeout!;
    return new TaskTimeoutError(`Task '${this.name}' ran longer than its timeout of ${timeout} ms`, timeout);
  }

  /** An async task in this thread cannot be stopped, but its outcome need not be waited for. */
  #watch(signal: AbortSignal | undefined, timeout: number): void {
    const unlisten = signal === undefined ? undefined : watchSignal(signal, this);
    const cancel = timeout < Infinity ? this.#adapter.delay(() => this.abort(this.#late()), timeout) : undefined;
    this.#unwatch = () => {
      unlisten?.();
      cancel?.();
    };
  }

  /** Ends it with a reason; what runs hears of it by `taskSignal()`. */
  abort(reason: unknown): void {
    if (this.#isSettled) return;
    this.#controller.abort(reason);
    this.#release();
    this.#settle(false, reason);
  }

  /** Takes it back; its completion hears nothing. */
  drop(): void {
    this.#isOver = this.#isSettled = true;
    this.#release();
    this.#unwatch?.();
  }

  #release(): void {
    this.#retry?.cancel();
    this.callbacks?.release();
    this.#given.callbacks?.release();
  }

  #fulfil(value: unknown): void {
    if (this.#isOver) return;
    try {
      value = roundTrip(this.#codec, value, this.#formats.result, "result");
    } catch (error) {
      return this.#finish(false, error);
    }
    this.#finish(true, value);
  }

  /** Its outcome is known: its completion hears of it once all its calls of callbacks have begun. */
  #finish(ok: boolean, value: unknown): void {
    if (this.#isOver) return;
    if (!ok && this.#retry !== null && !this.#isLate) {
      const failed = this.#tryAgain(value);
      if (failed === undefined) return;
      value = failed.error;
      if (this.#isOver) return;
    }
    this.#isOver = true;
    const { callbacks } = this;
    if (callbacks === null || this.#given.callbacks === null) {
      callbacks?.release(); // no function was made of them
      return this.#settle(ok, value);
    }
    this.#given.callbacks.end(() => {});
    const alive = this.#adapter.keepAlive();
    const ended = (): void => {
      alive.close();
      this.#settle(ok, value);
    };
    if (callbacks.end(ended)) ended();
    else alive.ref();
  }

  /** Has it run again, or gives what it fails with. */
  #tryAgain(error: unknown): { readonly error: unknown } | undefined {
    this.#unwatch?.();
    const failed = this.#retry!.failed(error);
    if (this.#isOver) this.#retry!.cancel(); // one of the user's functions has aborted it
    else if (failed === undefined) {
      const { signal } = this.#options ?? {};
      if (signal?.aborted) this.abort(reasonOf(signal));
      else this.#watch(signal, this.#timeLeft());
    }
    return failed;
  }

  /**
   * Waits, without the event loop, until it waits for no other attempt.
   *
   * @param until when to give up, in ms
   * @returns whether it does not wait any more
   */
  blockForRetries(until: number): boolean {
    if (this.#retry === null) return true;
    const due = this.#due ?? Infinity;
    if (this.#retry.block(Math.min(until, due))) return true;
    if (due <= until) this.abort(this.#late());
    return due <= until;
  }

  #settle(ok: boolean, value: unknown): void {
    if (this.#isSettled) return;
    this.#isOver = this.#isSettled = true;
    this.#unwatch?.();
    if (ok) this.#completion.fulfilled(this.#key, value);
    else this.#completion.rejected(this.#key, value);
  }
}
