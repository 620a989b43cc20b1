/**
 * Listening to abort signals: one listener a signal in the whole thread, however many calls and pools it was given for.
 * Runtimes warn of many listeners, and to remove one of n takes Node and Deno time in proportion to n.
 *
 * @module
 */

import { SafeSet, SafeWeakMap } from "../captured.ts";
import { shareError } from "./shared_errors.ts";

/** What a signal ends. */
export interface Abortable {
  /** @param reason the signal's, which other calls reject with as well */
  abort(reason: unknown): void;
}

/** What each signal ends; a signal that ends nothing has no listener. */
const watched = new SafeWeakMap<AbortSignal, { readonly all: Set<Abortable>; readonly listener: () => void }>();

/**
 * Ends a call, a set of calls or a pool when a signal aborts. Those of one signal end in the order in which they were given.
 *
 * @returns stops watching
 */
export function watchSignal(signal: AbortSignal, abortable: Abortable): () => void {
  let entry = watched.get(signal);
  if (entry === undefined) {
    const all = new SafeSet<Abortable>();
    entry = { all, listener: () => abortAll(all, reasonOf(signal)) };
    signal.addEventListener("abort", entry.listener); // may throw: nothing has happened yet
    watched.set(signal, entry);
  }
  const { all, listener } = entry;
  all.add(abortable);
  return () => {
    if (!all.delete(abortable) || all.size > 0) return;
    signal.removeEventListener("abort", listener);
    watched.delete(signal);
  };
}

/** The reason of an aborted signal; several calls may reject with it. */
export function reasonOf(signal: AbortSignal): unknown {
  return shareError(signal.reason);
}

/** One that fails keeps none of the others from hearing of the abort. */
function abortAll(all: ReadonlySet<Abortable>, reason: unknown): void {
  let failure: { readonly error: unknown } | undefined;
  for (const abortable of [...all]) {
    try {
      abortable.abort(reason);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== undefined) throw failure.error;
}
