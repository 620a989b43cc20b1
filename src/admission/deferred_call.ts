/**
 * A call that waits for the machine's load to fall, and is submitted to an executor then. Its arguments are encoded before.
 *
 * @module
 */

import type { CallbackScope } from "../codec/callback_scope.ts";
import type { Codec } from "../codec/types.ts";
import type { Completion, Executor, Target, TaskHandle } from "../executor/executor.ts";
import { checkFunction } from "../functions/callable.ts";
import { formatsOf, KeptEncoding } from "../executor/call.ts";
import type { CallOptions } from "../options.ts";
import { watchSignal } from "../executor/abort_listeners.ts";
import { LoadWaiters } from "./load_waiters.ts";

/** One call that waits; its arguments are encoded when it is made, so that later changes by the caller are not seen. */
export class DeferredCall {
  readonly #executor: Executor;
  readonly #target: Target;
  readonly #args: KeptEncoding;
  readonly #completion: Completion;
  readonly #key: unknown;
  readonly #options: CallOptions | null;
  #isWaiting = true;
  #handle: TaskHandle | undefined;
  #unwatch: (() => void) | undefined;

  /**
   * @throws {TypeError} If the target is no function that could run
   * @throws {SerializationError} If an argument cannot cross
   */
  constructor(
    executor: Executor,
    codec: Codec,
    target: Target,
    args: readonly unknown[],
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
  ) {
    if (typeof target === "function") checkFunction(target);
    this.#executor = executor;
    this.#target = target;
    this.#args = new KeptEncoding(codec.encode(args, formatsOf(options?.serialization).args, "arguments"));
    this.#completion = completion;
    this.#key = key;
    this.#options = options;
    if (options?.signal !== undefined) this.#unwatch = watchSignal(options.signal, this);
  }

  /** Whether it was neither submitted nor ended. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** What the executor knows it by, once it was submitted. */
  get handle(): TaskHandle | undefined {
    return this.#handle;
  }

  /** The caller's ends of the callbacks among its arguments. */
  get callbacks(): CallbackScope | null {
    return this.#args.callbacks;
  }

  /** Submits it, as it was encoded; what the executor refuses, its completion hears. */
  go(): void {
    if (!this.#isWaiting) return;
    this.#leave();
    try {
      this.#handle = this.#executor.submit(this.#target, this.#args, this.#completion, this.#key, this.#options);
    } catch (error) {
      this.callbacks?.release();
      this.#completion.rejected(this.#key, error);
    }
  }

  /** Takes it back if it has not begun; its completion hears nothing. */
  drop(): void {
    if (this.#handle !== undefined) this.#executor.drop(this.#handle);
    else if (this.#isWaiting) this.#end();
  }

  /** Ends it with a reason. */
  abort(reason: unknown): void {
    if (this.#handle !== undefined) return this.#executor.abort(this.#handle, reason);
    if (!this.#isWaiting) return;
    this.#end();
    this.#completion.rejected(this.#key, reason);
  }

  #end(): void {
    this.callbacks?.release();
    this.#leave();
  }

  #leave(): void {
    this.#isWaiting = false;
    this.#unwatch?.();
    LoadWaiters.of(this.#executor).delete(this);
  }
}
