/**
 * Sorting in parts, in workers: sorts a part in place, merges two sorted parts, finds in which order items stand.
 *
 * @module
 */

import { arrayFrom, Math, Object, Uint32Array } from "../captured.ts";

/** A typed array, as far as sorting needs it. */
export interface Sortable {
  readonly length: number;
  [index: number]: number | bigint;
  subarray(from: number, to: number): Sortable;
  sort(compare?: Compare): unknown;
  set(values: ArrayLike<number> | ArrayLike<bigint>, offset?: number): void;
}

/** Below 0 where the first stands before the second. */
// deno-lint-ignore no-explicit-any
export type Compare = (a: any, b: any) => number;

/** The order of typed arrays: -0 before 0, NaN behind all. */
export function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (b < a) return 1;
  if (a === b) return a !== 0 ? 0 : (Object.is(a, -0) ? (Object.is(b, -0) ? 0 : -1) : (Object.is(b, -0) ? 1 : 0));
  return a !== a ? (b !== b ? 0 : 1) : -1;
}

/** The order of `Array.prototype.sort`: as text, `undefined` behind all. */
export function compareText(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const [x, y] = [String(a), String(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Sorts a range in place. */
export function sortRange(array: Sortable, from: number, to: number, compare?: Compare): void {
  array.subarray(from, to).sort(compare);
}

/**
 * How many of the first `count` items of a merge come from the first of two sorted ranges: those before stand in front
 * of all that follow. From: O. Green et al., Merge Path, 2012.
 */
export function splitMerge(
  source: ArrayLike<unknown>,
  first: readonly [from: number, to: number],
  second: readonly [from: number, to: number],
  count: number,
  compare: Compare,
): number {
  let low = Math.max(0, count - (second[1] - second[0]));
  let high = Math.min(count, first[1] - first[0]);
  while (low < high) {
    const middle = (low + high) >>> 1;
    // An item of the first range stands before its equals of the second.
    if (compare(source[first[0] + middle], source[second[0] + count - middle - 1]) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Merges a piece of two sorted ranges of a typed array into another array: the items from `from` to `to` of the merge. */
export function mergeRange(
  source: Sortable,
  target: Sortable,
  first: readonly [from: number, to: number],
  second: readonly [from: number, to: number],
  from: number,
  to: number,
  compare: Compare = compareNumbers,
): void {
  const a = splitMerge(source, first, second, from, compare);
  const b = splitMerge(source, first, second, to, compare);
  const base = first[0];
  if (compare === compareNumbers) {
    merge(source, target, base + a, base + b, second[0] + from - a, second[0] + to - b, base + from);
  } else mergeBy(source, target, base + a, base + b, second[0] + from - a, second[0] + to - b, base + from, compare);
}

/** Merges two ranges of numbers. */
function merge(source: Sortable, target: Sortable, i: number, iEnd: number, k: number, kEnd: number, at: number): void {
  while (i < iEnd && k < kEnd) {
    const a = source[i]!;
    const b = source[k]!;
    if (a < b) {
      target[at++] = a;
      i++;
    } else if (b < a || compareNumbers(a, b) > 0) {
      target[at++] = b;
      k++;
    } else {
      target[at++] = a;
      i++;
    }
  }
  if (i < iEnd) target.set(source.subarray(i, iEnd) as never, at);
  if (k < kEnd) target.set(source.subarray(k, kEnd) as never, at + iEnd - i);
}

function mergeBy(
  source: Sortable,
  target: Sortable,
  i: number,
  iEnd: number,
  k: number,
  kEnd: number,
  at: number,
  compare: Compare,
): void {
  while (i < iEnd && k < kEnd) {
    if (compare(source[i], source[k]) <= 0) target[at++] = source[i++]!;
    else target[at++] = source[k++]!;
  }
  while (i < iEnd) target[at++] = source[i++]!;
  while (k < kEnd) target[at++] = source[k++]!;
}

/** Copies a range of one array to the same place in another. */
export function copyRange(source: Sortable, target: Sortable, from: number, to: number): void {
  target.set(source.subarray(from, to) as never, from);
}

/** The positions of items in the order in which they are to stand; equal ones keep theirs. */
export function sortOrder(items: readonly unknown[], compare: Compare = compareText): Uint32Array {
  const order = arrayFrom(items, (_, i) => i);
  if (compare === compareText) {
    const texts = items.map((item) => item === undefined ? undefined : String(item));
    order.sort((a, b) => compareText(texts[a], texts[b]));
  } else order.sort((a, b) => compare(items[a], items[b]));
  return new Uint32Array(order);
}

/** The same by what a function gives for each item; also gives that, in the order of the items. */
export function sortByKey(items: readonly unknown[], key: (item: unknown) => unknown): [Uint32Array, unknown[]] {
  const keys = items.map((item) => key(item));
  return [sortOrder(keys, compareKeys), keys];
}

/** The order of keys: numbers by size, strings by their units, numbers first. */
export function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "string" || typeof b === "string") return typeof a === "string" ? 1 : -1;
  return compareNumbers(a as number, b as number);
}
