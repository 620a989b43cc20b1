/**
 * Timers and event-loop turns.
 *
 * The functions are taken from `node:timers` once: there they give objects with `ref` and `unref`
 * on every runtime, and a program that fakes the global timers does not stop the pool.
 *
 * @module
 */

import { Math } from "../../src/captured.ts";
import * as timers from "node:timers";
import type { KeepAlive } from "../../src/adapter.ts";

const { clearInterval, setImmediate, setInterval } = timers;

/** The module's `setTimeout`. */
export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
/** Its partner. */
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;

/** Longest delay that timers take, in ms; a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** Calls `fn` on the next turn of the event loop. A message channel would starve timers and I/O. */
export function schedule(fn: () => void): void {
  setImmediate(fn);
}

/** Makes an unref'd timer that does nothing. */
export function keepAlive(): KeepAlive {
  const timer = setInterval(() => {}, MAX_DELAY);
  timer.unref();
  return {
    ref: () => void timer.ref(),
    unref: () => void timer.unref(),
    close: () => clearInterval(timer),
  };
}

/** Calls `fn` after `ms` without keeping the program alive; gives a function that cancels it. */
export function delay(fn: () => void, ms: number): () => void {
  const timer = setTimeout(fn, Math.min(ms, MAX_DELAY));
  timer.unref();
  return () => clearTimeout(timer);
}
