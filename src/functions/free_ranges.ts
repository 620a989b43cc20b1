/**
 * Hands out ranges of a memory and takes them back; neighbours that are free become one range. The function memory
 * keeps its records in them.
 *
 * @module
 */

import { Math } from "../captured.ts";
import { findIndex, insert, pop, splice } from "../lists.ts";

/** Ranges start and end at multiples of this, in bytes. */
const UNIT = 64;

/** The free ranges of a memory that may grow up to a limit. */
export class FreeRanges {
  readonly #max: number;
  /** First byte that was never handed out, or that was given back with all behind it. */
  #end = 0;
  /** Free ranges below `#end`, by offset; no two touch. */
  readonly #ranges: { offset: number; size: number }[] = [];

  /** @param max bytes that may be handed out */
  constructor(max: number) {
    this.#max = max;
  }

  /** Bytes of the memory that are, or were, in use. */
  get end(): number {
    return this.#end;
  }

  /** The offset of a free range of at least `size` bytes, or -1: then there is none. */
  take(size: number): number {
    const wanted = rounded(size);
    const place = findIndex(this.#ranges, (range) => range.size >= wanted);
    if (place < 0) {
      if (this.#end + wanted > this.#max) return -1;
      const offset = this.#end;
      this.#end += wanted;
      return offset;
    }
    const range = this.#ranges[place]!;
    const { offset } = range;
    range.offset += wanted;
    range.size -= wanted;
    if (range.size === 0) splice(this.#ranges, place, 1);
    return offset;
  }

  /** Gives back the range that `take` gave for `size` bytes. */
  give(offset: number, size: number): void {
    const ranges = this.#ranges;
    let place = findIndex(ranges, (range) => range.offset > offset);
    if (place < 0) place = ranges.length;
    const given = { offset, size: rounded(size) };
    const next = ranges[place];
    if (next !== undefined && given.offset + given.size === next.offset) {
      given.size += next.size;
      splice(ranges, place, 1);
    }
    const previous = ranges[place - 1];
    if (previous !== undefined && previous.offset + previous.size === given.offset) {
      previous.size += given.size;
    } else {
      insert(ranges, place, given);
    }
    const last = ranges[ranges.length - 1]!;
    if (last.offset + last.size !== this.#end) return;
    this.#end = last.offset;
    pop(ranges);
  }
}

function rounded(size: number): number {
  return Math.max(UNIT, Math.ceil(size / UNIT) * UNIT);
}
