/**
 * A call that waits for the machine's load to fall, and is submitted to an executor then. Its arguments are encoded before,
 * so that later changes by the caller are not seen.
 *
 * @module
 */

import type { CallbackScope } from "../codec/callback_scope.ts";
import { watchSignal } from "../executor/abort_listeners.ts";
import type { KeptEncoding } from "../executor/call.ts";
import type { Executor, TaskHandle } from "../executor/executor.ts";
import { type LoadWaiter, LoadWaiters } from "./load_waiters.ts";

/** What becomes of a call once it waits no more; neither is called if it is dropped. */
interface Outcome {
  /** Submits it. */
  submit(): TaskHandle;
  /** It cannot be submitted, or was aborted. */
  reject(error: unknown): void;
}

/** One call that waits. */
export class DeferredCall implements LoadWaiter {
  readonly max: number;
  readonly #executor: Executor;
  readonly #args: KeptEncoding;
  readonly #outcome: Outcome;
  readonly #unwatch: (() => void) | undefined;
  #isWaiting = true;
  #handle: TaskHandle | undefined;

  constructor(
    executor: Executor,
    max: number,
    args: KeptEncoding,
    signal: AbortSignal | undefined,
    outcome: Outcome,
  ) {
    this.max = max;
    this.#executor = executor;
    this.#args = args;
    this.#outcome = outcome;
    try {
      if (signal !== undefined) this.#unwatch = watchSignal(signal, this);
      LoadWaiters.of(executor).add(this);
    } catch (error) {
      this.drop();
      throw error;
    }
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
    if (!this.#leave()) return;
    try {
      this.#handle = this.#outcome.submit();
    } catch (error) {
      this.callbacks?.release();
      this.#outcome.reject(error);
    }
  }

  /** Takes it back if it has not begun; its completion hears nothing. */
  drop(): void {
    if (this.#handle !== undefined) this.#executor.drop(this.#handle);
    else if (this.#leave()) this.callbacks?.release();
  }

  /** Ends it with a reason. */
  abort(reason: unknown): void {
    if (this.#handle !== undefined) return this.#executor.abort(this.#handle, reason);
    if (!this.#leave()) return;
    this.callbacks?.release();
    this.#outcome.reject(reason);
  }

  /** Ends the wait; gives whether there was one. */
  #leave(): boolean {
    if (!this.#isWaiting) return false;
    this.#isWaiting = false;
    this.#unwatch?.();
    LoadWaiters.of(this.#executor).delete(this);
    return true;
  }
}
