/**
 * What a loop begins with, and the limit of one of its items.
 *
 * @module
 */

import { Promise, promiseThen } from "../captured.ts";
import { describe } from "../codec/describe.ts";
import { misuse, TaskTimeoutError } from "../errors.ts";
import type { LoopHost } from "./chunk_outcome.ts";
import type { LoopState } from "./item_loop.ts";
import { promiseOf } from "./thenable.ts";

/** The error of a result that a typed array would turn into something else. */
function refuse(this: LoopState, result: unknown): TypeError {
  return misuse(
    new TypeError(`Cannot put a result 'into' an array of ${this.kind}s: the function gave ${describe(result)}`),
    "INVALID_RESULT",
  );
}

function put(this: LoopState, index: number, result: unknown): void {
  const kind: string = typeof result;
  if (kind !== this.kind) throw this.refuse(result);
  this.out[index] = result;
}

/** The state of a loop that begins. */
export function newState(out: LoopState["out"], base: number): LoopState {
  const kind = typeof out[0] === "bigint" ? "bigint" : "number";
  return {
    at: -1,
    pending: undefined,
    out,
    base,
    kind,
    refuse,
    put,
    total: undefined,
    isFound: false,
    hasObjects: false,
  };
}

/** What a promise comes to, if it does within so many ms. */
export function inTime(
  { host, name }: { readonly host: LoopHost; readonly name: string },
  pending: unknown,
  ms: number,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = host.delay(() => {
      reject(new TaskTimeoutError(`Task '${name}' ran longer than its timeout of ${ms} ms`, ms));
    }, ms);
    const promise = promiseOf(pending);
    if (promise === undefined) {
      cancel();
      resolve(pending);
    } else promiseThen(promise, (value) => (cancel(), resolve(value)), (error) => (cancel(), reject(error)));
  });
}
