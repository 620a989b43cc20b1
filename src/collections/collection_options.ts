/**
 * The options of a collection's calls, and what may be given as its items.
 *
 * @module
 */

import type { PartedSource } from "./parted_source.ts";

/**
 * What gives the items of a collection: an array, a typed array, `sharedArray` (by reference), anything iterable,
 * synchronous or not, a stream, a number n for the indexes from 0 to n - 1, or a source that the workers read
 * themselves, such as `lines(path)`.
 *
 * @typeParam T the items
 */
export type Source<T = unknown> =
  | number
  | ArrayLike<T>
  | Iterable<T | PromiseLike<T>>
  | AsyncIterable<T>
  | ReadableStream<T>
  // deno-lint-ignore no-explicit-any -- what names a part is a matter of the source alone
  | PartedSource<T, any>;

/**
 * The items that a source gives.
 *
 * @typeParam S the source
 */
export type ItemOf<S> = S extends number ? number
  // deno-lint-ignore no-explicit-any -- as above
  : S extends PartedSource<infer T, any> ? T
  : S extends Iterable<infer T> ? Awaited<T>
  : S extends AsyncIterable<infer T> ? T
  : S extends ReadableStream<infer T> ? T
  : S extends ArrayLike<infer T> ? T
  : never;

/** What became of an item, where `errors` is `"settle"`. */
export type SettledItem<R> =
  | { readonly status: "fulfilled"; readonly index: number; readonly value: R }
  | { readonly status: "rejected"; readonly index: number; readonly reason: unknown };

/**
 * A result under certain options: an outcome where `errors` is `"settle"`.
 *
 * @typeParam O the options
 * @typeParam R the result
 */
export type Settled<O, R> = O extends { readonly errors: "settle" } ? SettledItem<R> : R;
