/**
 * An append-only log in shared memory: the caller writes records, workers read the ones they do not
 * know yet. Functions travel through it, since a busy worker reads no messages.
 *
 * ```text
 * | length | JSON text | length | JSON text | ...   complete up to FUNCTIONS_LENGTH
 * ```
 *
 * @module
 */

import {
  Atomics,
  Int32Array,
  JSON,
  Math,
  SharedArrayBuffer,
  TextDecoder,
  TextEncoder,
  Uint8Array,
} from "../captured.ts";
import { FUNCTIONS_LENGTH } from "../transport/layout.ts";

/** Most bytes that a log may hold. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Creates the shared memory of a log. */
export function createLogBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(16 * 1024, { maxByteLength: MAX_BYTES });
}

/** The caller's end. */
export class LogWriter {
  readonly #buffer: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #encoder: TextEncoder = new TextEncoder();
  #end = 0;
  #count = 0;

  constructor(buffer: SharedArrayBuffer, control: Int32Array) {
    this.#buffer = buffer;
    this.#control = control;
  }

  /**
   * Appends a record.
   *
   * @returns its number, counted from 0
   * @throws {RangeError} If the log is full
   */
  append(record: unknown): number {
    const text = this.#encoder.encode(JSON.stringify(record));
    const end = (this.#end + 4 + text.length + 3) & ~3;
    if (end > MAX_BYTES) {
      throw new RangeError(
        `Cannot add function as the pool's function log is full: ${this.#count} functions in ${this.#end} bytes; run one function with arguments instead of making a new one for each call`,
      );
    }
    if (end > this.#buffer.byteLength) {
      this.#buffer.grow(Math.min(MAX_BYTES, Math.max(end, this.#buffer.byteLength * 2)));
    }
    new Int32Array(this.#buffer, this.#end, 1)[0] = text.length;
    new Uint8Array(this.#buffer, this.#end + 4, text.length).set(text);
    this.#end = end;
    Atomics.store(this.#control, FUNCTIONS_LENGTH, end); // partner: LogReader.get
    return this.#count++;
  }
}

/** A worker's end. */
export class LogReader {
  readonly #buffer: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #decoder: TextDecoder = new TextDecoder();
  readonly #records: unknown[] = [];
  #read = 0;

  constructor(buffer: SharedArrayBuffer, control: Int32Array) {
    this.#buffer = buffer;
    this.#control = control;
  }

  /** The record of a number that the caller has appended, or `undefined`. */
  get(number: number): unknown {
    if (number >= this.#records.length) this.#readOn();
    return this.#records[number];
  }

  /** The first record that passes a test. */
  find(test: (record: unknown) => boolean): unknown {
    this.#readOn();
    return this.#records.find(test);
  }

  #readOn(): void {
    const end = Atomics.load(this.#control, FUNCTIONS_LENGTH); // partner: LogWriter.append
    while (this.#read < end) {
      const length = new Int32Array(this.#buffer, this.#read, 1)[0]!;
      // Copied first: not every runtime's decoder takes shared memory.
      const text = this.#decoder.decode(new Uint8Array(this.#buffer, this.#read + 4, length).slice());
      this.#records.push(JSON.parse(text));
      this.#read = (this.#read + 4 + length + 3) & ~3;
    }
  }
}
