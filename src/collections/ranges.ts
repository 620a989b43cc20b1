/**
 * Divides work into ranges, `[start, end)`, by default one a worker.
 *
 * @module
 */

import { Math, Number, Object, ownValue } from "../captured.ts";
import { push } from "../lists.ts";
import { defaultWorkers } from "../executor/default_size.ts";
import { misuse } from "../errors.ts";
import { describe } from "../codec/describe.ts";

/** Options of {@linkcode ranges}. */
export interface RangesOptions {
  /**
   * Smallest size of a range, in items.
   *
   * @default 0
   */
  readonly minSize?: number;
  /**
   * How many workers share the work.
   *
   * @default the size of the default pool, or the cores where it is not started
   */
  readonly workers?: number;
  /**
   * Gives exactly `min(n, workers)` ranges whose sizes differ by at most one.
   *
   * @default false
   */
  readonly balanced?: boolean;
}

/**
 * Divides items into `[start, end)` ranges, one a worker: of `max(ceil(n / workers), minSize)`
 * items each, the last one short.
 *
 * @param itemsOrLength the items, or how many there are
 * @returns the ranges in order, together all items, none empty
 * @throws {TypeError} If an argument is of the wrong type
 * @throws {RangeError} If a number is out of range
 * @example Usage
 * ```ts
 * import { ranges } from "@multicore/multicore";
 *
 * console.log(ranges(80, { workers: 4 }).join(" ")); // 0,20 20,40 40,60 60,80
 * console.log(ranges(80, { workers: 4, minSize: 30 }).join(" ")); // 0,30 30,60 60,80
 * ```
 */
export function ranges(
  itemsOrLength: number | ArrayLike<unknown>,
  options: RangesOptions = {},
): [start: number, end: number][] {
  const n = typeof itemsOrLength === "number" ? itemsOrLength : (itemsOrLength as ArrayLike<unknown> | null)?.length;
  const code = "INVALID_RANGES";
  if (typeof n !== "number" || typeof itemsOrLength === "function") {
    throw misuse(
      new TypeError(`Cannot divide work as it must be an array or a length: received ${describe(itemsOrLength)}`),
      code,
    );
  }
  if (!Number.isSafeInteger(n) || n < 0) {
    throw misuse(new RangeError(`Cannot divide work as its length must be an integer from 0 on: received ${n}`), code);
  }
  for (const key of Object.keys(options)) {
    if (key !== "minSize" && key !== "workers" && key !== "balanced") {
      throw misuse(new TypeError(`Unknown option '${key}': known are minSize, workers, balanced`), "UNKNOWN_OPTION");
    }
  }
  const minSize = ownValue(options, "minSize") ?? 0;
  const balanced = ownValue(options, "balanced") ?? false;
  const workers = ownValue(options, "workers") ?? defaultWorkers();
  if (!Number.isInteger(workers) || workers < 1) {
    throw misuse(
      new RangeError(`Cannot divide work as 'workers' must be a positive integer: received ${describe(workers)}`),
      code,
    );
  }
  if (typeof minSize !== "number" || !(minSize >= 0)) {
    throw misuse(
      new RangeError(`Cannot divide work as 'minSize' must be a number from 0 on: received ${describe(minSize)}`),
      code,
    );
  }
  const result: [number, number][] = [];
  if (balanced) {
    const count = Math.min(n, workers, minSize > 0 ? Math.max(1, Math.floor(n / minSize)) : Infinity);
    for (let i = 0; i < count; i++) {
      push(result, [Math.floor(i * n / count), Math.floor((i + 1) * n / count)]);
    }
    return result;
  }
  const size = Math.max(Math.ceil(n / workers), Math.ceil(minSize), 1);
  for (let start = 0; start < n; start += size) push(result, [start, Math.min(start + size, n)]);
  return result;
}
