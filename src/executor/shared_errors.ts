/**
 * Errors that more than one call rejects with: the reason of an abort signal, the end of a pool, the failure of its start.
 *
 * The stack of an error says who made the call that failed, which is false of such an error for all calls but one; to add
 * the frames of each takes time that grows with the square of their number. So it stays as it is.
 *
 * @module
 */

import { SafeWeakMap } from "../captured.ts";

const shared = new SafeWeakMap<object, true>();

/** Says that an error may belong to several calls; gives that error. */
export function shareError<T>(error: T): T {
  if ((typeof error === "object" && error !== null) || typeof error === "function") shared.set(error, true);
  return error;
}

/** Whether an error may belong to several calls. */
export function isSharedError(error: unknown): boolean {
  return typeof error === "object" && error !== null && shared.has(error);
}
