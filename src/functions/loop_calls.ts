/**
 * What a loop's verb does: the function that runs when its task does.
 *
 * @module
 */

import { ChunkLoop } from "./chunk_loop.ts";
import type { LoopHost } from "./chunk_outcome.ts";
import type { AnyFunction, LoopKind } from "./function_record.ts";
import { type Compare, copyRange, mergeRange, type Sortable, sortByKey, sortOrder, sortRange } from "./sorting.ts";
import { type Push, streamValues } from "./streaming.ts";

/** A loop that can be called. */
export interface LoopCall {
  readonly call: AnyFunction;
  /** See `ResolvedFunction`. */
  readonly repair?: (result: unknown, error: unknown) => unknown;
}

type Range = readonly [from: number, to: number];

/** Makes the call of a loop, from its functions in their order. */
export function createLoopCall(
  kind: LoopKind,
  functions: readonly AnyFunction[],
  host: LoopHost,
  explain: (error: unknown) => unknown,
): LoopCall {
  const fn = functions[0];
  const compare = fn as Compare | undefined;
  switch (kind.verb) {
    case "stream":
      return {
        call: (push: Push, ...args: unknown[]) =>
          streamValues(fn!, push, args, host).catch((e) => {
            throw explain(e);
          }),
      };
    case "sortRange":
      return { call: (array: Sortable, from: number, to: number) => sortRange(array, from, to, compare) };
    case "mergeRange":
      return {
        call: (source: Sortable, target: Sortable, first: Range, second: Range, from: number, to: number) =>
          mergeRange(source, target, first, second, from, to, compare),
      };
    case "copyRange":
      return { call: copyRange };
    case "sortOrder":
      return { call: (items: unknown[]) => [sortOrder(items, compare), null] };
    case "sortByKey":
      return { call: (items: unknown[]) => sortByKey(items, fn!) };
    default: {
      const { call, repair } = new ChunkLoop(kind, functions, host, explain);
      return { call: call as AnyFunction, repair };
    }
  }
}
