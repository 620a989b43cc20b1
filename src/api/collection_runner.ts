/**
 * The verbs of collections: a function applied to many items in the workers.
 *
 * @module
 */

import { Collection } from "../collections/collection.ts";
import type { ItemOf, Settled, SettledItem, Source } from "../collections/collection_options.ts";
import type { CollectionOptions } from "../options.ts";
import { mapping } from "../collections/mapping.ts";
import { checkReducer, type Reducer, Reduction } from "../collections/reduce.ts";
import type { CollectionResults } from "../collections/results.ts";
import { find, forEach, refuseOptions } from "../collections/scanning.ts";
import { Sorter, type SortOptions } from "../collections/sort.ts";
import { GeneratorStream } from "../collections/stream.ts";
import { misuse } from "../errors.ts";
import type { Executor } from "../executor/executor.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import { describe } from "../codec/describe.ts";
import { checkFunction, isGenerator } from "../functions/callable.ts";
import type { Compare } from "../functions/sorting.ts";
import type { CallOptions } from "../options.ts";

/** What a function gives for an item: what it returns or resolves to, or each value that it yields. */
export type ResultOf<R> = R extends Generator<infer Y> | AsyncGenerator<infer Y> ? Y : Awaited<R>;

/** Options of `reduce`. */
export interface ReduceOptions extends Omit<CollectionOptions, "ordered" | "errors" | "into"> {
  /**
   * Whether chunks depend on the length alone, so that a sum of floats is the same each time, on each machine.
   *
   * @default false
   */
  readonly deterministic?: boolean;
}

/** Options of `find`, `some` and `every`. */
export type FindOptions = Omit<CollectionOptions, "errors" | "into">;
/** Options of `forEach`. */
export type ForEachOptions = Omit<CollectionOptions, "ordered" | "into">;

/** Applies functions to collections, on an executor. */
export class CollectionRunner {
  readonly #executor: Executor;
  readonly #options: CallOptions | null;

  /** @internal Pools make runners. */
  constructor(executor: Executor, options: CallOptions | null) {
    this.#executor = executor;
    this.#options = options;
  }

  #open(
    source: unknown,
    fn: unknown,
    options: CollectionOptions = {},
    mayGenerate = false,
    places = 1,
  ): Collection {
    return new Collection(this.#executor, this.#options, source, fn as AnyFunction, options, mayGenerate, places);
  }

  /**
   * Applies a function to each item. Nothing begins before the results are awaited, which gives them in an array, or
   * iterated, which gives them one by one as they come, and reads the source no further ahead than `buffer`.
   *
   * @param source see {@linkcode Source}
   * @param fn runs in the workers, as that of `run` does; of a generator function each value is a result
   * @param options see {@linkcode CollectionOptions}
   * @returns the results, in the order of the items unless `ordered` is `false`
   * @throws {TypeError} If the source, the function or an option is not one
   * @throws {RangeError} If a number among the options is out of range
   */
  map<S extends Source, R, O extends CollectionOptions = CollectionOptions>(
    source: S,
    fn: (item: ItemOf<S>, index: number) => R,
    options?: O,
  ): CollectionResults<Settled<O, ResultOf<R>>> {
    return mapping(this.#open(source, fn, options, true), false);
  }

  /**
   * Keeps the items for which a function gives a truthy value. Like `map` it begins when it is awaited or iterated.
   *
   * @returns the items themselves, not copies, where the caller has them
   * @throws as `map` does
   */
  filter<S extends Source, O extends CollectionOptions = CollectionOptions>(
    source: S,
    fn: (item: ItemOf<S>, index: number) => unknown,
    options?: O,
  ): CollectionResults<Settled<O, ItemOf<S>>> {
    return mapping(this.#open(source, fn, options), true);
  }

  /**
   * Calls a function for each item, and begins at once.
   *
   * @returns nothing; with `errors: "settle"` the items that failed
   * @throws what the function throws, as soon as it does
   */
  // deno-lint-ignore require-await -- what is wrong with the arguments rejects, too
  async forEach<S extends Source, O extends ForEachOptions = ForEachOptions>(
    source: S,
    fn: (item: ItemOf<S>, index: number) => unknown,
    options?: O,
  ): Promise<O extends { readonly errors: "settle" } ? SettledItem<never>[] : void> {
    return forEach(this.#open(source, fn, options)) as Promise<never>;
  }

  /**
   * Folds the items: each chunk in a worker, then the chunks' totals in the caller, in order.
   *
   * @param source see {@linkcode Source}
   * @param reducer see {@linkcode Reducer}
   * @returns what all items come to; `initial()` where there are none
   * @throws what `initial`, `step` or `combine` throws
   */
  reduce<S extends Source, A>(source: S, reducer: Reducer<ItemOf<S>, A>, options?: ReduceOptions): Promise<A>;
  /**
   * Folds the items by a function that is associative, from a value on. The function runs in the workers, and in the
   * caller where it joins what they give.
   */
  reduce<S extends Source>(
    source: S,
    fn: (earlier: ItemOf<S>, later: ItemOf<S>) => ItemOf<S>,
    value: ItemOf<S>,
    options?: ReduceOptions,
  ): Promise<ItemOf<S>>;
  /** What both have in common. */
  async reduce(source: unknown, by: unknown, ...rest: unknown[]): Promise<unknown> {
    const isPlain = typeof by === "function";
    if (isPlain && rest.length === 0) {
      throw misuse(
        new TypeError("Cannot reduce by a function without a value to begin with: pass it as the third argument"),
        "INVALID_REDUCER",
      );
    }
    const given = (isPlain ? rest[1] : rest[0]) === undefined ? {} : isPlain ? rest[1] : rest[0];
    if (typeof given !== "object" || given === null) {
      throw misuse(new TypeError(`Options must be an object: received ${describe(given)}`), "INVALID_OPTION");
    }
    const { deterministic = false, ...options } = given as ReduceOptions;
    if (typeof deterministic !== "boolean") {
      throw misuse(
        new TypeError(`Option 'deterministic' must be true or false: received ${describe(deterministic)}`),
        "INVALID_OPTION",
      );
    }
    if (!isPlain) checkReducer(by);
    const step = isPlain ? by as AnyFunction : (by as Reducer<unknown, unknown>).step;
    const collection = this.#open(source, step, options, false, 2);
    refuseOptions(collection, "reduce", "into", "errors", "ordered");
    const reduction = isPlain
      ? new Reduction(collection, undefined, by as (a: unknown, b: unknown) => unknown, [rest[0]], deterministic)
      : new Reduction(
        collection,
        (by as Reducer<unknown, unknown>).initial,
        (by as Reducer<unknown, unknown>).combine,
        undefined,
        deterministic,
      );
    return await reduction.result();
  }

  /**
   * Finds the first item for which a function gives a truthy value, and then ends all work. With `ordered: false` it is
   * whichever is found first.
   *
   * @returns the item, or `undefined`
   */
  async find<S extends Source>(
    source: S,
    fn: (item: ItemOf<S>, index: number) => unknown,
    options?: FindOptions,
  ): Promise<ItemOf<S> | undefined> {
    return (await find(this.#open(source, fn, options)))?.item as ItemOf<S> | undefined;
  }

  /** Whether a function gives a truthy value for some item; the first that is found ends all work. */
  async some<S extends Source>(
    source: S,
    fn: (item: ItemOf<S>, index: number) => unknown,
    options?: FindOptions,
  ): Promise<boolean> {
    return await find(this.#open(source, fn, options), "some") !== undefined;
  }

  /** Whether a function gives a truthy value for every item; the first other one ends all work. */
  async every<S extends Source>(
    source: S,
    fn: (item: ItemOf<S>, index: number) => unknown,
    options?: FindOptions,
  ): Promise<boolean> {
    return await find(this.#open(source, fn, options), "every") === undefined;
  }

  /**
   * Sorts in place: a `sharedArray` without any copy, another typed array, or an array, which is sorted stably.
   *
   * @param array what is sorted
   * @param by a comparator; or `{ compare }`, or for an array `{ key }`, a function that gives a number or a string
   * @returns the same array
   */
  sort<T>(array: T[], by?: ((a: T, b: T) => number) | SortOptions<T>): Promise<T[]>;
  /** The same for a typed array, by the order of its own `sort` unless a comparator is given. */
  sort<A extends ArrayBufferView>(
    array: A,
    // deno-lint-ignore no-explicit-any
    by?: ((a: any, b: any) => number) | { readonly compare?: (a: any, b: any) => number },
  ): Promise<A>;
  /** What both have in common. */
  sort(array: unknown, by?: unknown): Promise<unknown> {
    return new Sorter(this.#executor, this.#options).sort(array, by as SortOptions<unknown> | Compare);
  }

  /**
   * What a generator function yields, one by one, while it runs in a worker. The worker waits when the consumer is
   * behind; leaving the loop runs the generator's `finally`.
   *
   * @param fn a generator function, sync or async, or one that returns something to iterate over
   * @param args its arguments
   * @returns an iterator; the generator begins with the first `next`
   */
  stream<A extends unknown[], Y>(
    fn: (...args: A) => Iterable<Y> | AsyncIterable<Y> | Promise<Iterable<Y>>,
    ...args: A
  ): AsyncIterableIterator<Y> {
    if (!isGenerator(fn)) checkFunction(fn);
    return new GeneratorStream(this.#executor, this.#options, fn as AnyFunction, args) as AsyncIterableIterator<Y>;
  }
}
