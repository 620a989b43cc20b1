/**
 * Waits for what a function returned, as `await` would. A value that is no promise is told at once, without a turn.
 *
 * @module
 */

import { apply, isPromise, nativeThen, promiseResolve } from "../captured.ts";

/**
 * The promise that `await` would wait for, or `undefined` for a value that is no promise and does not act like one.
 * `then` is read once and called with the value as its `this`, in a microtask, whatever it does: it may call back at
 * once, twice, or throw.
 */
export function promiseOf(value: unknown): Promise<unknown> | undefined {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  const { then } = value as { readonly then?: unknown };
  if (typeof then !== "function") return undefined;
  // Of a promise `await` does not read `then`, so a replaced `Promise.prototype.then` is not called.
  if (then === nativeThen || isPromise(value)) return promiseResolve(value) as Promise<unknown>;
  const thenable = { then: (fulfil: unknown, reject: unknown) => apply(then, value, [fulfil, reject]) };
  return promiseResolve(thenable as unknown as PromiseLike<unknown>);
}
