/**
 * A call that is submitted to an executor later.
 *
 * @module
 */

import type { Codec } from "../codec/types.ts";
import { type Completion, type Executor, ModuleExport, type Target, type TaskHandle } from "../executor/executor.ts";
import { checkFunction } from "../functions/function_table.ts";
import { formatsOf, keep, type Kept } from "../executor/call.ts";
import type { CallOptions } from "../options.ts";
import { watchSignal } from "../executor/abort_listeners.ts";

/** One call that waits; its arguments are encoded when it is made, so that later changes by the caller are not seen. */
export class DeferredCall {
  readonly #executor: Executor;
  readonly #codec: Codec;
  readonly #target: Target;
  readonly #args: Kept;
  readonly #completion: Completion;
  readonly #key: unknown;
  readonly #options: CallOptions | null;
  /** Called once, when it waits no more. */
  readonly #onLeave: (call: DeferredCall) => void;
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
    onLeave: (call: DeferredCall) => void,
  ) {
    if (!(target instanceof ModuleExport)) checkFunction(target);
    this.#executor = executor;
    this.#codec = codec;
    this.#target = target;
    this.#args = keep(codec, args, formatsOf(options?.serialization).args, "arguments");
    this.#completion = completion;
    this.#key = key;
    this.#options = options;
    this.#onLeave = onLeave;
    if (options?.signal !== undefined) this.#unwatch = watchSignal(options.signal, this);
  }

  /** What the executor knows it by, once it was submitted. */
  get handle(): TaskHandle | undefined {
    return this.#handle;
  }

  /** Submits it; what the executor refuses, its completion hears. */
  start(): void {
    if (!this.#isWaiting) return;
    this.#leave();
    try {
      const { bytes, attachments } = this.#args;
      const args = this.#codec.decode(bytes, formatsOf(this.#options?.serialization).args, attachments) as unknown[];
      this.#handle = this.#executor.submit(this.#target, args, this.#completion, this.#key, this.#options);
    } catch (error) {
      this.#completion.rejected(this.#key, error);
    }
  }

  /** Takes it back if it has not begun; its completion hears nothing. */
  drop(): void {
    if (this.#handle !== undefined) this.#executor.drop(this.#handle);
    else if (this.#isWaiting) this.#leave();
  }

  /** Ends it with a reason. */
  abort(reason: unknown): void {
    if (this.#handle !== undefined) return this.#executor.abort(this.#handle, reason);
    if (!this.#isWaiting) return;
    this.#leave();
    this.#completion.rejected(this.#key, reason);
  }

  #leave(): void {
    this.#isWaiting = false;
    this.#unwatch?.();
    this.#onLeave(this);
  }
}
