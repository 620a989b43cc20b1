/**
 * What the loops of collections may ask of a worker.
 *
 * @module
 */

import { Array, Error, isInstance, toObject } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import { encodeThrown, withoutWorkerSource } from "../codec/mod.ts";
import type { Codec } from "../codec/types.ts";
import type { LoopHost } from "../functions/chunk_outcome.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import { type LinePart, readLines } from "../functions/line_reader.ts";

/** Items of one batch of a user's own reader. */
const BATCH = 256;

/** Makes the host of this thread's loops. */
export function createLoopHost(adapter: Adapter, codec: Codec, stopCheck: () => () => boolean): LoopHost {
  return {
    now: () => adapter.now(),
    delay: (fn, ms) => adapter.delay(fn, ms),
    stopCheck,
    encodeError: (error) => encodeError(codec, error),
    read: (reader, part) => {
      if (typeof reader === "function") return inBatches(reader, part);
      return readLines(adapter, part as LinePart, reader as "text" | "json" | "count");
    },
  };
}

/** An error as bytes alone. */
function encodeError(codec: Codec, error: unknown): Uint8Array {
  let encoded = encodeThrown(codec, error);
  if (encoded.attachments !== null) {
    const text = isInstance(error, Error) ? `${error.name}: ${error.message}` : String(error);
    encoded = encodeThrown(
      codec,
      new Error(`${withoutWorkerSource(text)} (the error itself holds what cannot be copied)`),
    );
  }
  return encoded.bytes.slice(0, encoded.length);
}

/** What a user's reader gives, in batches; items that are promises are waited for. */
function inBatches(reader: AnyFunction, part: unknown): Iterable<unknown[]> | AsyncIterable<unknown[]> {
  const items = reader(part) as Iterable<unknown> | AsyncIterable<unknown>;
  if (Array.isArray(items)) return [items];
  if (Symbol.iterator in toObject(items)) return batches(items as Iterable<unknown>);
  return laterBatches(items as AsyncIterable<unknown>);
}

function* batches(items: Iterable<unknown>): Generator<unknown[]> {
  let batch: unknown[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* laterBatches(items: AsyncIterable<unknown>): AsyncGenerator<unknown[]> {
  let batch: unknown[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
