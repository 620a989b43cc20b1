/**
 * Functions in shared memory, by number: the caller writes their records, workers read those of the tasks that they are
 * given. They do not travel by message, since a busy worker reads none.
 *
 * ```text
 * index    | id (64-bit float) | offset | length |   by number; id 0: no record
 * records  | JSON text | free | JSON text | ...
 * ```
 *
 * A number is used again once no task that a worker may hold names it; then the record gets a new id. See "Functions" in
 * ../transport/README.md.
 *
 * @module
 */

import {
  Float64Array,
  Int32Array,
  JSON,
  Math,
  SharedArrayBuffer,
  TextDecoder,
  TextEncoder,
  Uint8Array,
} from "../captured.ts";
import { pop, push } from "../lists.ts";
import { firstCounts } from "../transport/first_counts.ts";
import { MAX_FORMAT } from "../codec/formats.ts";
import type { FunctionMemory } from "../transport/messages.ts";
import { FreeRanges } from "./free_ranges.ts";

/** Most bytes of all records. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Most records. */
const MAX_RECORDS = 2 ** 20;
/** Bytes of an index entry. */
const ENTRY_BYTES = 16;
/** The first number of a function; lower ones are those of the formats. */
export const FIRST_FUNCTION: number = MAX_FORMAT + 1;

function createMemory(maxBytes: number): FunctionMemory {
  return {
    index: new SharedArrayBuffer(256 * ENTRY_BYTES, { maxByteLength: MAX_RECORDS * ENTRY_BYTES }),
    records: new SharedArrayBuffer(16 * 1024, { maxByteLength: maxBytes }),
  };
}

/** Fixed-length views of the memory as it is now: length-tracking ones are many times slower on V8. */
interface Views {
  readonly ids: Float64Array;
  readonly places: Int32Array;
  readonly bytes: Uint8Array;
}

function view({ index, records }: FunctionMemory): Views {
  const [indexBytes, recordBytes] = [index.byteLength, records.byteLength];
  return {
    ids: new Float64Array(index, 0, indexBytes / 8),
    places: new Int32Array(index, 0, indexBytes / 4),
    bytes: new Uint8Array(records, 0, recordBytes),
  };
}

/** The caller's end. */
export class FunctionWriter {
  readonly memory: FunctionMemory;
  readonly #encoder: TextEncoder = new TextEncoder();
  readonly #ranges: FreeRanges;
  /** Numbers that no record has, the last freed one on top: workers drop what they keep of it the sooner. */
  readonly #freeNumbers: number[] = [];
  /** The lowest number that was never used. */
  #unused = FIRST_FUNCTION;
  /** Ids are doubles, which are exact up to 2^53: they never come round. */
  #lastId: number = firstCounts.functionId;
  #views: Views;

  /** @param maxBytes most bytes of all records */
  constructor(maxBytes: number = MAX_BYTES) {
    this.memory = createMemory(maxBytes);
    this.#ranges = new FreeRanges(maxBytes);
    this.#views = view(this.memory);
  }

  /** Bytes that the records and their index take. */
  get byteLength(): number {
    return this.memory.index.byteLength + this.memory.records.byteLength;
  }

  /**
   * Writes a record. The push of a task that names its number publishes it.
   *
   * @param record its JSON text
   * @param fixed the number that it is to have, below `FIRST_FUNCTION`
   * @returns its number, or -1 where there is no room
   */
  place(record: string, fixed: number = -1): number {
    const text = this.#encoder.encode(record);
    const isFull = fixed < 0 && this.#freeNumbers.length === 0 && this.#unused >= MAX_RECORDS;
    const offset = isFull ? -1 : this.#ranges.take(text.length);
    if (offset < 0) return -1;
    const number = fixed >= 0 ? fixed : pop(this.#freeNumbers) ?? this.#unused++;
    this.#grow(number);
    const { ids, places, bytes } = this.#views;
    bytes.set(text, offset);
    places[4 * number + 2] = offset;
    places[4 * number + 3] = text.length;
    ids[2 * number] = ++this.#lastId;
    return number;
  }

  /** Frees a number; no task that a worker may hold names it. */
  free(number: number): void {
    const { ids, places } = this.#views;
    this.#ranges.give(places[4 * number + 2]!, places[4 * number + 3]!);
    ids[2 * number] = 0;
    push(this.#freeNumbers, number);
  }

  #grow(number: number): void {
    const { index, records } = this.memory;
    let grown = false;
    if ((number + 1) * ENTRY_BYTES > index.byteLength) {
      index.grow(Math.min(index.maxByteLength, index.byteLength * 2));
      grown = true;
    }
    if (this.#ranges.end > records.byteLength) {
      records.grow(Math.min(records.maxByteLength, Math.max(this.#ranges.end, records.byteLength * 2)));
      grown = true;
    }
    if (grown) this.#views = view(this.memory);
  }
}

/** A worker's end. Numbers are read during a task that names them; then no one writes there. */
export class FunctionReader {
  readonly #memory: FunctionMemory;
  readonly #decoder: TextDecoder = new TextDecoder();
  #views: Views;

  constructor(memory: FunctionMemory) {
    this.#memory = memory;
    this.#views = view(memory);
  }

  /** The id of a number's record: another one once the number was used again, 0 for none. */
  id(number: number): number {
    const id = this.#views.ids[2 * number];
    if (id !== undefined) return id;
    this.#views = view(this.#memory);
    return this.#views.ids[2 * number] ?? 0;
  }

  /** The record of a number, or `undefined`. */
  get(number: number): unknown {
    if (this.id(number) === 0) return undefined;
    const offset = this.#views.places[4 * number + 2]!;
    const end = offset + this.#views.places[4 * number + 3]!;
    if (end > this.#views.bytes.length) this.#views = view(this.#memory);
    // Copied first: not every runtime's decoder takes shared memory.
    return JSON.parse(this.#decoder.decode(this.#views.bytes.slice(offset, end)));
  }
}
