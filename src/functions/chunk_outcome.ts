/**
 * What a chunk is told, what it may ask of its thread, and what it gives back.
 *
 * @module
 */

import type { AnyFunction } from "./function_record.ts";

/** What a chunk may ask of the thread that it runs in. */
export interface LoopHost {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `fn` after `ms`; gives a function that cancels it. */
  delay(fn: () => void, ms: number): () => void;
  /** Makes the check whether the chunk that begins now is to end at its next item. */
  stopCheck(): () => boolean;
  /** An error as bytes that `decodeError` of the caller takes; never throws. */
  encodeError(error: unknown): Uint8Array;
  /** Reads a part of a source that the worker reads itself: gives its items in batches. */
  read(reader: string | AnyFunction, part: unknown): Iterable<unknown[]> | AsyncIterable<unknown[]>;
}

/** What a chunk is told beside its items. */
export interface ChunkExtras {
  /** Where results go in place. */
  readonly into?: { [index: number]: unknown; readonly length: number };
  /** How many items of an async function may be unsettled at once. */
  readonly width?: number;
  /** How long each of them may take, in ms. */
  readonly timeout?: number;
}

/** An item that failed: its position in the chunk, and its error as bytes. */
export type ChunkFailure = readonly [position: number, error: Uint8Array];

/**
 * What a chunk gives back:
 * - `done`: items that were processed, from the first on, the one that failed included
 * - `micros`: what they took, in microseconds
 * - `isAsync`: 1 if the function returned a promise
 * - `values`: results by position for `map` and `filter`, the total for `reduce`, for `find` the position of the item
 *   found or -1
 * - `failures`: items that failed; without `settles` at most one
 * - `counts`: for `flatMap` the number of values of each item; for `filter` in a source that the caller does not read the
 *   positions of the items kept
 * - `found`: for `find` in a source that the caller does not read, the item, in a box
 */
export type ChunkOutcome = readonly [
  done: number,
  micros: number,
  isAsync: number,
  values: unknown,
  failures: readonly ChunkFailure[] | null,
  counts: readonly number[] | null,
  found?: readonly [unknown],
];
