/**
 * The `AbortSignal` that `taskSignal()` gives: it reads a flag in shared memory, so that a synchronous loop sees an
 * abort too.
 *
 * @module
 */

import { AbortController, AbortSignal, apply, DOMException, Object } from "../captured.ts";

/** A task's signal and the means to fire its event. */
export interface FlagSignal {
  readonly signal: AbortSignal;
  /** Looks at the flag and fires `abort` if it is up. */
  check(): void;
}

/**
 * Creates a signal whose `aborted` and `throwIfAborted()` read a flag, so that synchronous code
 * sees an abort without its event loop. The first look that finds the flag up fires the event.
 *
 * @param isUp reads the flag
 */
export function createFlagSignal(isUp: () => boolean): FlagSignal {
  const controller = new AbortController();
  const signal = controller.signal;
  const native = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")!.get!;
  // Latched before abort() is called, which on some runtimes reads `this.aborted` itself.
  let latched = false;
  const check = (): boolean => {
    if (!latched && isUp()) {
      latched = true;
      controller.abort(new DOMException("The task was aborted by its caller", "AbortError"));
    }
    return apply(native, signal, []) as boolean;
  };
  Object.defineProperty(signal, "aborted", { get: check, configurable: true });
  Object.defineProperty(signal, "throwIfAborted", {
    value: () => {
      if (check()) throw signal.reason;
    },
    configurable: true,
  });
  return { signal, check };
}
