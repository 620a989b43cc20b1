/**
 * Listening to abort signals: one listener a signal, however many calls it was given for, as runtimes warn of many.
 *
 * @module
 */

import { SafeSet, SafeWeakMap } from "../captured.ts";

/** What a signal ends. */
export interface Abortable {
  abort(reason: unknown): void;
}

/** Those that each signal ends; a signal that ends none has no listener. */
const watched = new SafeWeakMap<AbortSignal, { readonly calls: Set<Abortable>; readonly listener: () => void }>();

/**
 * Ends a call when a signal aborts.
 *
 * @returns stops watching
 */
export function watchSignal(signal: AbortSignal, call: Abortable): () => void {
  let entry = watched.get(signal);
  if (entry === undefined) {
    const calls = new SafeSet<Abortable>();
    const listener = (): void => {
      for (const call of [...calls]) call.abort(signal.reason);
    };
    entry = { calls, listener };
    watched.set(signal, entry);
    signal.addEventListener("abort", listener);
  }
  const { calls, listener } = entry;
  calls.add(call);
  return () => {
    if (!calls.delete(call) || calls.size > 0) return;
    signal.removeEventListener("abort", listener);
    watched.delete(signal);
  };
}
