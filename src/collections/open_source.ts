/**
 * Makes chunks of whatever is given as a source.
 *
 * @module
 */

import { Array, ArrayBuffer, DataView, isPromise, Math, Number, promiseThen } from "../captured.ts";
import { type ChunkSource, IndexedSource, PartSource } from "./chunk_source.ts";
import { IteratorSource } from "./iterator_source.ts";
import { isPartedSource } from "./parted_source.ts";

/** The clock and the timers of the thread. */
export interface Clock {
  now(): number;
  delay(fn: () => void, ms: number): () => void;
}

/** Items of an array that are looked at for promises, if it is longer. */
const LOOKS = 16;
/** Length up to which all of them are. */
const SHORT = 1000;

/** Whether some item is a promise; of a long array only if objects are seen among a few items. */
function hasPromises(items: readonly unknown[]): boolean {
  if (items.length > SHORT) {
    let hasObjects = false;
    for (let i = 0; i < LOOKS; i++) {
      const item = items[Math.floor((i * (items.length - 1)) / (LOOKS - 1))];
      hasObjects ||= typeof item === "object" && item !== null;
    }
    if (!hasObjects) return false;
  }
  let found = false;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as { readonly then?: unknown } | null;
    if (typeof item !== "object" || item === null || typeof item.then !== "function") continue;
    found = true;
    // One that rejects before its turn has come is not unhandled.
    if (isPromise(item)) promiseThen(item, undefined, () => {});
  }
  return found;
}

/** What may be given as a source: see {@linkcode Source}. */
export function openSource(source: unknown, clock: Clock, onReady: () => void): ChunkSource | undefined {
  if (typeof source === "number") {
    return Number.isSafeInteger(source) && source >= 0 ? new IndexedSource(undefined, source) : undefined;
  }
  if (typeof source !== "object" || source === null) {
    return typeof source === "string"
      ? new IteratorSource(source[Symbol.iterator](), false, clock, onReady)
      : undefined;
  }
  if (isPartedSource(source)) return new PartSource(source);
  if (ArrayBuffer.isView(source) && !(source instanceof DataView)) {
    return new IndexedSource(source as unknown as ArrayLike<unknown>, (source as unknown as Uint8Array).length);
  }
  if (Array.isArray(source) && !hasPromises(source)) {
    return new IndexedSource(source, source.length);
  }
  const { [Symbol.asyncIterator]: openAsync, [Symbol.iterator]: open, getReader } = source as
    & Partial<AsyncIterable<unknown> & Iterable<unknown>>
    & { getReader?: unknown };
  if (typeof openAsync === "function") return new IteratorSource(openAsync.call(source), true, clock, onReady);
  if (typeof open === "function") return new IteratorSource(open.call(source), false, clock, onReady);
  if (typeof getReader === "function") return new IteratorSource(readStream(source as Readable), true, clock, onReady);
  return undefined;
}

/** A stream without an iterator of its own. */
interface Readable {
  getReader(): { read(): Promise<IteratorResult<unknown>>; cancel(): Promise<void>; releaseLock(): void };
}

async function* readStream(stream: Readable): AsyncGenerator<unknown> {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    isDone = true;
  } finally {
    if (!isDone) await reader.cancel();
    reader.releaseLock();
  }
}
