/**
 * Why a collection failed, and at which item.
 *
 * @module
 */

import { toNumber } from "../captured.ts";
import { SerializationError, WorkerExitError } from "../errors.ts";
import type { Chunk } from "./chunk_source.ts";

/** Why a collection failed. */
export interface CollectionFailure {
  /** Index of the item, or `undefined` where the failure is not that of one item. */
  readonly index: number | undefined;
  /** The item, where the caller has it. */
  readonly item: unknown;
  /** What it failed with. */
  readonly error: unknown;
}

/** What a whole chunk was rejected with, as what it means for its items. */
export function explainFailure(chunk: Chunk, isParted: boolean, error: unknown): CollectionFailure {
  const last = chunk.start + chunk.count - 1;
  if (error instanceof WorkerExitError && !isParted) {
    const isOne = chunk.count === 1;
    error.message = `${error.message} (${isOne ? `item ${chunk.start}` : `items ${chunk.start} to ${last}`})`;
    return { index: isOne ? chunk.start : undefined, item: isOne ? chunk.itemAt(0) : undefined, error };
  }
  const found = error instanceof SerializationError ? /^arguments\[2\]\[(\d+)\]/.exec(error.path)?.[1] : undefined;
  if (found !== undefined) {
    const position = toNumber(found);
    return { index: chunk.start + position, item: chunk.itemAt(position), error };
  }
  return { index: undefined, item: undefined, error };
}
