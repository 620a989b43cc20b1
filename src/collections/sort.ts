/**
 * `sort`: parts are sorted by the workers and then merged; typed arrays by the workers, arrays by the caller.
 *
 * @module
 */

import {
  Array,
  ArrayBuffer,
  arrayFrom,
  DataView,
  isInstance,
  Math,
  Object,
  Promise,
  SharedArrayBuffer,
  Uint32Array,
} from "../captured.ts";
import { admit } from "../admission/load_guard.ts";
import { misuse } from "../errors.ts";
import type { Executor } from "../executor/executor.ts";
import { withFrames } from "../executor/stack_frames.ts";
import type { AnyFunction, LoopVerb } from "../functions/function_record.ts";
import { describe } from "../codec/describe.ts";
import { checkFunction } from "../functions/callable.ts";
import { LoopTarget } from "../functions/targets.ts";
import { type Compare, compareKeys, compareText, type Sortable } from "../functions/sorting.ts";
import type { CallOptions } from "../options.ts";

/** What an array is sorted by. */
export interface SortOptions<T> {
  /** Gives what an item is sorted by, a number or a string. Runs in workers, once an item. */
  readonly key?: (item: T) => number | string | bigint;
  /** Below 0 where the first stands before the second. Runs in workers and, to merge, in the caller. */
  readonly compare?: (a: T, b: T) => number;
}

/** Items below which one thread is faster. */
const FEW = 16_384;

/** Sorts in place, on an executor. */
export class Sorter {
  readonly #executor: Executor;
  readonly #options: CallOptions | null;

  constructor(executor: Executor, options: CallOptions | null) {
    this.#executor = admit(executor, options);
    this.#options = options;
  }

  /** Sorts an array or a typed array in place. */
  async sort<T>(array: T, by: SortOptions<unknown> | Compare | undefined): Promise<T> {
    const { compare, key } = checkSort(by);
    try {
      if (ArrayBuffer.isView(array) && !(array instanceof DataView)) {
        if (key !== undefined) {
          throw misuse(new TypeError("Option 'key' is for arrays: typed arrays take 'compare'"), "INVALID_OPTION");
        }
        await this.#sortNumbers(array as unknown as Sortable & ArrayBufferView, compare);
      } else if (Array.isArray(array)) await this.#sortItems(array, compare, key);
      else {
        throw misuse(
          new TypeError(`Cannot sort ${describe(array)}: give an array, a typed array or a sharedArray`),
          "INVALID_SOURCE",
        );
      }
    } catch (error) {
      throw withFrames(error);
    }
    return array;
  }

  /** Runs one of the library's own functions, with a function of the user's where there is one. */
  #run(verb: LoopVerb, fn: AnyFunction | undefined, ...args: unknown[]): Promise<unknown> {
    const kind = { verb, settles: false, isInto: false, hasInitial: false, reader: null };
    return new Promise((resolve, reject) => {
      const completion = {
        fulfilled: (_: unknown, value: unknown) => resolve(value),
        rejected: (_: unknown, error: unknown) => reject(error),
      };
      this.#executor.submit(new LoopTarget(kind, fn === undefined ? [] : [fn]), args, completion, 0, this.#options);
      this.#executor.start?.();
    });
  }

  async #sortNumbers(array: Sortable & ArrayBufferView, compare: Compare | undefined): Promise<void> {
    const { length } = array;
    const lanes = Math.max(1, this.#executor.slots);
    if (compare === undefined && (length < FEW || lanes === 1)) return void array.sort();
    const Type = array.constructor as new (buffer: ArrayBufferLike) => Sortable & ArrayBufferView;
    const isShared = !isInstance(array.buffer, ArrayBuffer);
    const bytes = length * (array as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
    let source = array;
    if (!isShared) {
      source = new Type(new SharedArrayBuffer(bytes));
      source.set(array as never);
    }
    let parts = 1;
    while (parts < lanes) parts *= 2;
    let borders = arrayFrom({ length: parts + 1 }, (_, i) => Math.floor((length * i) / parts));
    await Promise.all(
      borders.slice(1).map((to, i) => this.#run("sortRange", compare, source, borders[i]!, to)),
    );
    let target = parts > 1 ? new Type(new SharedArrayBuffer(bytes)) : source;
    const own = source;
    for (; borders.length > 2; borders = borders.filter((_, i) => i % 2 === 0)) {
      // Each pair of parts is merged by as many workers as there are for it.
      const pieces = Math.max(1, Math.round((2 * parts) / (borders.length - 1)));
      const merges: Promise<unknown>[] = [];
      for (let i = 0; i + 2 < borders.length; i += 2) {
        const first = [borders[i]!, borders[i + 1]!];
        const second = [borders[i + 1]!, borders[i + 2]!];
        const count = second[1]! - first[0]!;
        for (let piece = 0; piece < pieces; piece++) {
          const from = Math.floor((count * piece) / pieces);
          const to = Math.floor((count * (piece + 1)) / pieces);
          merges.push(this.#run("mergeRange", compare, source, target, first, second, from, to));
        }
      }
      await Promise.all(merges);
      [source, target] = [target, source];
    }
    if (!isShared) array.set(source as never);
    else if (source !== own) {
      const copies = arrayFrom(
        { length: parts },
        (_, i) =>
          this.#run(
            "copyRange",
            undefined,
            source,
            own,
            Math.floor((length * i) / parts),
            Math.floor((length * (i + 1)) / parts),
          ),
      );
      await Promise.all(copies);
    }
  }

  async #sortItems(array: unknown[], compare: Compare | undefined, key: AnyFunction | undefined): Promise<void> {
    const items = array.slice();
    const lanes = Math.max(1, this.#executor.slots);
    const parts = Math.max(1, Math.min(lanes, Math.ceil(items.length / 256)));
    let by: readonly unknown[] = items;
    const sorted = await Promise.all(arrayFrom({ length: parts }, async (_, i) => {
      const from = Math.floor((items.length * i) / parts);
      const to = Math.floor((items.length * (i + 1)) / parts);
      const [order, keys] = await this.#run(
        key === undefined ? "sortOrder" : "sortByKey",
        key ?? compare,
        items.slice(from, to),
      ) as [Uint32Array, unknown[] | null];
      return { positions: order.map((position) => position + from), keys };
    }));
    if (key !== undefined) by = sorted.flatMap(({ keys }) => keys!);
    const order = mergeOrders(
      sorted.map(({ positions }) => positions),
      by,
      key === undefined ? compare ?? compareText : compareKeys,
    );
    for (let i = 0; i < order.length; i++) array[i] = items[order[i]!];
  }
}

/** Merges sorted lists of positions, pair by pair; equal items stay in the order of their positions. */
function mergeOrders(orders: Uint32Array[], by: readonly unknown[], compare: Compare): Uint32Array {
  while (orders.length > 1) {
    const merged: Uint32Array[] = [];
    for (let i = 0; i < orders.length; i += 2) {
      const [first, second] = [orders[i]!, orders[i + 1]];
      merged.push(second === undefined ? first : mergeTwo(first, second, by, compare));
    }
    orders = merged;
  }
  return orders[0] ?? new Uint32Array(0);
}

function mergeTwo(first: Uint32Array, second: Uint32Array, by: readonly unknown[], compare: Compare): Uint32Array {
  const merged = new Uint32Array(first.length + second.length);
  let i = 0;
  let k = 0;
  for (let at = 0; at < merged.length; at++) {
    const isFirst = k === second.length || (i < first.length && compare(by[first[i]!], by[second[k]!]) <= 0);
    merged[at] = isFirst ? first[i++]! : second[k++]!;
  }
  return merged;
}

function checkSort(by: unknown): { compare: Compare | undefined; key: AnyFunction | undefined } {
  if (by === undefined) return { compare: undefined, key: undefined };
  if (typeof by === "function") {
    checkFunction(by);
    return { compare: by as Compare, key: undefined };
  }
  if (typeof by !== "object" || by === null) {
    throw misuse(
      new TypeError(`Cannot sort by ${describe(by)}: give a function, or { key } or { compare }`),
      "INVALID_OPTION",
    );
  }
  for (const name of Object.keys(by)) {
    if (name === "key" || name === "compare") continue;
    throw misuse(new TypeError(`Unknown option '${name}': known are key, compare`), "UNKNOWN_OPTION");
  }
  const { compare, key } = by as { compare?: unknown; key?: unknown };
  if (compare !== undefined && key !== undefined) {
    throw misuse(new TypeError("Cannot sort by 'key' and 'compare' at once: give one of them"), "INVALID_OPTION");
  }
  if (compare !== undefined) checkFunction(compare);
  if (key !== undefined) checkFunction(key);
  return { compare: compare as Compare | undefined, key: key as AnyFunction | undefined };
}
