/**
 * A call that is submitted to an engine later.
 *
 * @module
 */

import type { Codec } from "../codec/types.ts";
import { type Engine, ModuleExport, type Sink, type Target, type Ticket } from "../executor/executor.ts";
import { checkFunction } from "../functions/function_table.ts";
import { formatsOf, keep, type Kept } from "../executor/call.ts";
import type { CallOptions } from "../options.ts";
import { watchSignal } from "../executor/abort_listeners.ts";

/** One call that waits; its arguments are encoded when it is made, so that later changes by the caller are not seen. */
export class DeferredCall {
  readonly #engine: Engine;
  readonly #codec: Codec;
  readonly #target: Target;
  readonly #args: Kept;
  readonly #sink: Sink;
  readonly #key: unknown;
  readonly #options: CallOptions | null;
  /** Called once, when it waits no more. */
  readonly #onLeave: (call: DeferredCall) => void;
  #isWaiting = true;
  #ticket: Ticket | undefined;
  #unwatch: (() => void) | undefined;

  /**
   * @throws {TypeError} If the target is no function that could run
   * @throws {SerializationError} If an argument cannot cross
   */
  constructor(
    engine: Engine,
    codec: Codec,
    target: Target,
    args: readonly unknown[],
    sink: Sink,
    key: unknown,
    options: CallOptions | null,
    onLeave: (call: DeferredCall) => void,
  ) {
    if (!(target instanceof ModuleExport)) checkFunction(target);
    this.#engine = engine;
    this.#codec = codec;
    this.#target = target;
    this.#args = keep(codec, args, formatsOf(options?.serialization).args, "arguments");
    this.#sink = sink;
    this.#key = key;
    this.#options = options;
    this.#onLeave = onLeave;
    if (options?.signal !== undefined) this.#unwatch = watchSignal(options.signal, this);
  }

  /** What the engine knows it by, once it was submitted. */
  get ticket(): Ticket | undefined {
    return this.#ticket;
  }

  /** Submits it; what the engine refuses, its sink hears. */
  start(): void {
    if (!this.#isWaiting) return;
    this.#leave();
    try {
      const { bytes, attachments } = this.#args;
      const args = this.#codec.decode(bytes, formatsOf(this.#options?.serialization).args, attachments) as unknown[];
      this.#ticket = this.#engine.submit(this.#target, args, this.#sink, this.#key, this.#options);
    } catch (error) {
      this.#sink.rejected(this.#key, error);
    }
  }

  /** Takes it back if it has not begun; its sink hears nothing. */
  drop(): void {
    if (this.#ticket !== undefined) this.#engine.drop(this.#ticket);
    else if (this.#isWaiting) this.#leave();
  }

  /** Ends it with a reason. */
  abort(reason: unknown): void {
    if (this.#ticket !== undefined) return this.#engine.abort(this.#ticket, reason);
    if (!this.#isWaiting) return;
    this.#leave();
    this.#sink.rejected(this.#key, reason);
  }

  #leave(): void {
    this.#isWaiting = false;
    this.#unwatch?.();
    this.#onLeave(this);
  }
}
