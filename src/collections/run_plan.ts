/**
 * What a verb tells its run, and what follows for its chunks.
 *
 * @module
 */

import { Math } from "../captured.ts";
import type { Executor } from "../executor/executor.ts";
import type { ChunkOutcome } from "../functions/chunk_outcome.ts";
import type { LoopTarget } from "../functions/targets.ts";
import type { CallOptions } from "../options.ts";
import type { Chunk, ChunkSource } from "./chunk_source.ts";
import type { CollectionFailure } from "./failure.ts";
import { chunkSize, type ItemCost } from "./item_cost.ts";

/** Runs items in this thread: from where the source stands, for about `SLICE_MS`. */
export type RunHere = (source: ChunkSource) => void;

/** What a verb tells its run. */
export interface RunPlan {
  readonly executor: Executor;
  readonly target: LoopTarget;
  readonly cost: ItemCost;
  /** The call options of each chunk. */
  readonly options: CallOptions | null;
  /** Items of a chunk, 0 for automatic. */
  readonly chunk: number;
  /** Items, or calls of an async function, that may run at once. */
  readonly concurrency: number;
  /** Whether a result of each item travels to the caller. */
  readonly returnsValues: boolean;
  /** Whether items that fail do not end the run. */
  readonly settles: boolean;
  /** Further arguments of each chunk's loop, behind `offset`. */
  readonly extras: Readonly<Record<string, unknown>> | undefined;
  /** Runs items in this thread; left out where the caller may not. */
  readonly runHere?: RunHere;
  /** A size of chunks that does not depend on time, for borders that are to be the same each time. */
  readonly fixed?: number;
  /** How many chunks may wait to be consumed, and how many items; asked before each chunk is taken. */
  room(): number;
  /** A chunk was taken and is about to be sent; throws to fail the run. */
  onTaken?(chunk: Chunk): void;
  /** Whether all that came was consumed; left out where that does not matter. Until then an abort still fails the run. */
  isConsumed?(): boolean;
  /** A chunk is done; throws to fail the run. */
  accept(chunk: Chunk, outcome: ChunkOutcome): void;
  /** An item failed; gives whether the run goes on. */
  onFailure?(failure: CollectionFailure): boolean;
}

/** First part of a source that workers read, in units (bytes of a file), and the most of one. */
const FIRST_PART = 64 * 1024;
const MOST_PART = 64 * 1024 * 1024;
/** About the most bytes of a chunk's items, and of its results. */
const CHUNK_BYTES = 256 * 1024;

/** How many chunks may run at once. */
export function lanesOf({ concurrency, executor }: RunPlan): number {
  return Math.max(1, Math.min(concurrency, executor.slots));
}

/** Whether a chunk has several items unsettled: those of an async function, of which more are to run than workers. */
export function isWide({ concurrency, cost, executor }: RunPlan): boolean {
  return concurrency > executor.slots && cost.isAsync !== false;
}

/** Whether each item is a task of its own: a timeout, and what is run again, is a matter of one item. */
export function isSingle({ options }: RunPlan): boolean {
  const { retries, timeout } = options ?? {};
  return (timeout !== undefined && timeout !== Infinity) || (retries !== undefined && retries !== 0);
}

/**
 * Items, or units, of the next chunk.
 *
 * @param width items of it that are to run at once
 * @param bytes about how many bytes an item, or its result, takes; 0 while unknown
 */
export function nextSize(plan: RunPlan, source: ChunkSource, width: number, bytes: number): number {
  const { chunk, cost, fixed } = plan;
  if (fixed !== undefined) return fixed;
  if (isSingle(plan)) return width;
  if (chunk > 0) return Math.max(chunk, width);
  const lanes = lanesOf(plan);
  if (source.isParted) {
    return Math.max(1, Math.min(cost.samples === 0 ? FIRST_PART : chunkSize(cost, source.left, lanes), MOST_PART));
  }
  const size = Math.max(chunkSize(cost, source.left, lanes), width);
  return bytes > 0 ? Math.max(width, Math.min(size, Math.floor(CHUNK_BYTES / bytes))) : size;
}

/** The result of one item as its chunk's values. */
export function valuesOf({ executor, target }: RunPlan, value: unknown): unknown {
  switch (target.kind.verb) {
    case "filter":
      return [value ? true : false];
    case "find":
      return value ? 0 : -1;
    case "findFalse":
      return value ? -1 : 0;
    case "reduce":
      return value;
    default:
      return [executor.copy(value)];
  }
}
