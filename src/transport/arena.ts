/**
 * Memory for payloads that do not fit a slot. One side allocates and frees, the other only reads.
 *
 * ```text
 *  0         bump                     size            maxByteLength
 *  |#..##.#...|........................|................|
 *   blocks     never used yet           grows by doubling
 *   # in use, . on the free list of its size class
 * ```
 *
 * Blocks are powers of two, so that a freed block serves the next payload of its class; when all
 * are free the arena starts over, so classes cannot starve one another for long.
 *
 * @module
 */

import { arrayFrom, Math, SharedArrayBuffer, Uint8Array, viewOf } from "../captured.ts";
import { pop, push } from "../lists.ts";
import { BufferPool } from "./buffer_pool.ts";

/** Smallest block, in bytes: a cache line pair, so that neighbours do not share one. */
const SMALLEST = 128;
/** Number of size classes: 128 bytes to 512 KiB. */
const CLASSES = 13;
/** Largest payload that an arena takes, in bytes; larger ones travel on the port. */
export const LARGEST_BLOCK: number = 256 * 1024;

/** Creates the shared memory of an arena. */
export function createArenaBuffer(initialBytes: number, maxBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(initialBytes, { maxByteLength: Math.max(initialBytes, maxBytes) });
}

/** The writer's end: allocates blocks and grows the memory. */
export class ArenaWriter {
  /** Growable; its length is what was committed so far. */
  readonly buffer: SharedArrayBuffer;
  /** Memory for payloads that are too large. */
  readonly spare: BufferPool = new BufferPool();
  /** Fixed-length view: length-tracking ones are many times slower on V8. */
  #bytes: Uint8Array;
  /** Offset of the first byte that no block ever used. */
  #bump = 0;
  /** Free blocks' offsets by class. */
  readonly #free: number[][] = arrayFrom({ length: CLASSES }, () => []);
  /** Bytes in blocks that are in use. */
  #used = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#bytes = new Uint8Array(buffer, 0, buffer.byteLength);
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  /** View of the committed memory; valid until the next `allocate`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * Takes a block.
   *
   * @param length bytes wanted, at most `LARGEST_BLOCK`
   * @returns the block's offset, or -1 when the memory may not grow further
   */
  allocate(length: number): number {
    const at = classOf(length);
    const size = SMALLEST << at;
    const reused = pop(this.#free[at]!);
    if (reused !== undefined) {
      this.#used += size;
      return reused;
    }
    const offset = this.#bump;
    if (offset + size > this.#bytes.length && !this.#grow(offset + size)) return -1;
    this.#bump = offset + size;
    this.#used += size;
    return offset;
  }

  /** Gives back the block at `offset` that was allocated for `length` bytes. */
  free(offset: number, length: number): void {
    const at = classOf(length);
    this.#used -= SMALLEST << at;
    if (this.#used === 0) {
      this.#bump = 0;
      for (const list of this.#free) list.length = 0;
    } else {
      push(this.#free[at]!, offset);
    }
  }

  #grow(needed: number): boolean {
    const max = this.buffer.maxByteLength;
    if (needed > max) return false;
    const wanted = Math.min(max, Math.max(needed, this.#bytes.length * 2));
    try {
      this.buffer.grow(wanted);
    } catch {
      return false;
    }
    this.#bytes = new Uint8Array(this.buffer, 0, wanted);
    return true;
  }
}

/** The reader's end: bounds-checked views. */
export class ArenaReader {
  #buffer: SharedArrayBuffer;
  #bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer, 0, buffer.byteLength);
  }

  /** Bytes that the writer has committed. */
  get byteLength(): number {
    return this.#buffer.byteLength;
  }

  /**
   * A view of a payload.
   *
   * @throws {RangeError} If the range is not inside the arena
   */
  view(offset: number, length: number): Uint8Array {
    if (offset < 0 || length < 0 || offset + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(this.#buffer, 0, this.#buffer.byteLength);
      if (offset < 0 || length < 0 || offset + length > this.#bytes.length) {
        throw new RangeError(`Cannot read payload as it ends outside its arena: offset ${offset}, length ${length}`);
      }
    }
    return viewOf(this.#bytes, offset, length);
  }
}

function classOf(length: number): number {
  return length <= SMALLEST ? 0 : 25 - Math.clz32(length - 1);
}
