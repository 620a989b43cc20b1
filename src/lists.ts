/**
 * The methods of arrays as they were when this module was imported, see `captured.ts`.
 *
 * @module
 */

import { apply, Array } from "./captured.ts";

const { Array: RealArray } = globalThis;
const {
  every: realEvery,
  fill: realFill,
  filter: realFilter,
  find: realFind,
  findIndex: realFindIndex,
  flatMap: realFlatMap,
  indexOf: realIndexOf,
  includes: realIncludes,
  join: realJoin,
  map: realMap,
  pop: realPop,
  reduce: realReduce,
  shift: realShift,
  slice: realSlice,
  some: realSome,
  sort: realSort,
  splice: realSplice,
  unshift: realUnshift,
}: unknown[] = Array.prototype;

type Test<T> = (item: T, index: number) => boolean;

/** Adds an item; gives the new length. Written out, as a captured method takes ten times as long to call on Bun. */
export function push<T>(list: T[], item: T): number {
  const { length } = list;
  list[length] = item;
  return length + 1;
}

export function pop<T>(list: T[]): T | undefined {
  return list.length === 0 ? undefined : apply(realPop, list, []) as T;
}

export function shift<T>(list: T[]): T | undefined {
  return apply(realShift, list, []) as T | undefined;
}

export function unshift<T>(list: T[], item: T): void {
  apply(realUnshift, list, [item]);
}

export function splice<T>(list: T[], start: number, count: number = list.length - start): T[] {
  return apply(realSplice, list, [start, count]) as T[];
}

export function insert<T>(list: T[], place: number, item: T): void {
  apply(realSplice, list, [place, 0, item]);
}

export function slice<T>(list: readonly T[], start: number, end: number = list.length): T[] {
  return apply(realSlice, list, [start, end]) as T[];
}

export function map<T, R>(list: readonly T[], fn: (item: T, index: number) => R): R[] {
  return apply(realMap, list, [fn]) as R[];
}

export function flatMap<T, R>(list: readonly T[], fn: (item: T, index: number) => readonly R[]): R[] {
  return apply(realFlatMap, list, [fn]) as R[];
}

export function filter<T>(list: readonly T[], test: Test<T>): T[] {
  return apply(realFilter, list, [test]) as T[];
}

export function find<T>(list: readonly T[], test: Test<T>): T | undefined {
  return apply(realFind, list, [test]) as T | undefined;
}

export function findIndex<T>(list: readonly T[], test: Test<T>): number {
  return apply(realFindIndex, list, [test]);
}

export function some<T>(list: readonly T[], test: Test<T>): boolean {
  return apply(realSome, list, [test]);
}

export function every<T>(list: readonly T[], test: Test<T>): boolean {
  return apply(realEvery, list, [test]);
}

export function reduce<T>(list: readonly T[], combine: (a: T, b: T) => T): T {
  return apply(realReduce as (combine: unknown) => unknown, list, [combine]) as T;
}

export function indexOf<T>(list: readonly T[], item: T): number {
  return apply(realIndexOf, list, [item]);
}

export function includes<T>(list: readonly T[], item: T): boolean {
  return apply(realIncludes, list, [item]);
}

export function join(list: readonly unknown[], separator: string): string {
  return apply(realJoin, list, [separator]);
}

export function sort<T>(list: T[], compare: (a: T, b: T) => number): T[] {
  return apply(realSort, list, [compare]) as T[];
}

export function fill<T>(list: T[], item: T, start: number = 0, end: number = list.length): T[] {
  return apply(realFill, list, [item, start, end]) as T[];
}

/** A list of so many times the same. */
export function listOf<T>(length: number, item: T): T[] {
  return fill(new RealArray<T>(length), item);
}
