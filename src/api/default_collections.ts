/**
 * The verbs of collections on the default pool.
 *
 * @module
 */

import { Object } from "../captured.ts";
import type { CollectionRunner } from "./collection_runner.ts";
import { defaultRunner } from "./default_pool.ts";

type Verb = "map" | "filter" | "forEach" | "reduce" | "find" | "some" | "every" | "sort" | "stream";

/** A verb that asks for the default pool when it is called. */
function onDefault<V extends Verb>(verb: V): CollectionRunner[V] {
  const call = (...args: unknown[]): unknown => {
    const runner = defaultRunner();
    return (runner[verb] as (...args: unknown[]) => unknown).apply(runner, args);
  };
  return Object.defineProperty(call, "name", { value: verb }) as CollectionRunner[V];
}

/**
 * Applies a function to each item in the default pool: see {@linkcode CollectionRunner.map}.
 *
 * @example Usage
 * ```ts
 * import { isMain, map, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const squares = await map([1, 2, 3, 4], (x) => x * x);
 *   console.log(squares); // [1, 4, 9, 16]
 *   for await (const text of map(3, (i) => "row " + i)) console.log(text); // row 0
 *   await shutdown();
 * }
 * ```
 */
export const map: CollectionRunner["map"] = onDefault("map");

/**
 * Keeps the items for which a function gives a truthy value: see {@linkcode CollectionRunner.filter}.
 *
 * @example Usage
 * ```ts
 * import { isMain, filter, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   console.log(await filter([3, 10, 7, 12], (x) => x > 5)); // [10, 7, 12]
 *   await shutdown();
 * }
 * ```
 */
export const filter: CollectionRunner["filter"] = onDefault("filter");

/**
 * Calls a function for each item in the default pool: see {@linkcode CollectionRunner.forEach}.
 *
 * @example Usage
 * ```ts
 * import { isMain, forEach, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   await forEach(["a.txt", "b.txt"], (name) => {
 *     if (name === "") throw new Error("A file has no name");
 *   });
 *   console.log("done"); // done
 *   await shutdown();
 * }
 * ```
 */
export const forEach: CollectionRunner["forEach"] = onDefault("forEach");

/**
 * Folds the items in the default pool: see {@linkcode CollectionRunner.reduce}.
 *
 * @example Usage
 * ```ts
 * import { isMain, reduce, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const sum = await reduce([1, 2, 3, 4], (a, b) => a + b, 0);
 *   console.log(sum); // 10
 *   await shutdown();
 * }
 * ```
 */
export const reduce: CollectionRunner["reduce"] = onDefault("reduce");

/**
 * Finds an item in the default pool: see {@linkcode CollectionRunner.find}.
 *
 * @example Usage
 * ```ts
 * import { isMain, find, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   console.log(await find([4, 9, 15, 25], (x) => x % 5 === 0)); // 15
 *   await shutdown();
 * }
 * ```
 */
export const find: CollectionRunner["find"] = onDefault("find");

/**
 * Whether a function gives a truthy value for some item: see {@linkcode CollectionRunner.some}.
 *
 * @example Usage
 * ```ts
 * import { isMain, some, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   console.log(await some([1, 2, 3], (x) => x > 2)); // true
 *   await shutdown();
 * }
 * ```
 */
export const some: CollectionRunner["some"] = onDefault("some");

/**
 * Whether a function gives a truthy value for every item: see {@linkcode CollectionRunner.every}.
 *
 * @example Usage
 * ```ts
 * import { isMain, every, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   console.log(await every([1, 2, 3], (x) => x > 2)); // false
 *   await shutdown();
 * }
 * ```
 */
export const every: CollectionRunner["every"] = onDefault("every");

/**
 * Sorts in place in the default pool: see {@linkcode CollectionRunner.sort}.
 *
 * @example Usage
 * ```ts
 * import { isMain, sort, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const numbers = Float64Array.of(3, 1, 2);
 *   console.log([...await sort(numbers)]); // [1, 2, 3]
 *   console.log(await sort(["pear", "fig"], { key: (text) => text.length })); // ["fig", "pear"]
 *   await shutdown();
 * }
 * ```
 */
export const sort: CollectionRunner["sort"] = onDefault("sort");

/**
 * What a generator function yields in a worker of the default pool: see {@linkcode CollectionRunner.stream}.
 *
 * @example Usage
 * ```ts
 * import { isMain, stream, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const countTo = function* (n: number) {
 *     for (let i = 1; i <= n; i++) yield i;
 *   };
 *   let sum = 0;
 *   for await (const x of stream(countTo, 4)) sum += x;
 *   console.log(sum); // 10
 *   await shutdown();
 * }
 * ```
 */
export const stream: CollectionRunner["stream"] = onDefault("stream");
