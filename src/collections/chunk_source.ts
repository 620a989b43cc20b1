/**
 * Where the items of a collection come from, cut into chunks.
 *
 * @module
 */

import { Array, ArrayBuffer, isInstance, Math, Promise } from "../captured.ts";
import type { PartedSource } from "./parted_source.ts";

/** Some items in a row, as a worker is told of them. */
export interface Chunk {
  /** Counts the chunks of a source from 0. */
  readonly sequence: number;
  /** Index of its first item. */
  readonly start: number;
  /** Items, or units of a source that workers read themselves. */
  readonly count: number;
  /** Arguments of the chunk's loop: see `ChunkLoop.call`. */
  readonly args: readonly unknown[];
  /** An item of it, where the caller has them. */
  itemAt(position: number): unknown;
}

/** Gives chunks, one after the other. */
export interface ChunkSource {
  /** Items, or units, that were not given yet; `Infinity` while nobody knows. */
  readonly left: number;
  /** Whether there is no further chunk. */
  readonly isEnded: boolean;
  /** Whether items travel: not where workers know them by their index, or find them in shared memory. */
  readonly moves: boolean;
  /** The items as the caller can run them itself: an array, or `null` where the index is the item. */
  readonly here?: ArrayLike<unknown> | null;
  /** Unit of `count`: a chunk of parts does not know how many items it has. */
  readonly isParted: boolean;
  /** Index of the next item of `here`. */
  readonly at?: number;
  /** Takes items that the caller runs itself; `args` of what it gives is empty. */
  takeHere?(count: number): Chunk;
  /**
   * The next chunk, of `most` items or fewer; `undefined` if there is none now.
   *
   * @throws what the source throws
   */
  take(most: number): Chunk | undefined;
  /** Ends the source early; resolves when its `return` has. */
  close(): Promise<void>;
}

const NO_ITEM = (): unknown => undefined;

/** Items that have an index: an array, a typed array, shared memory, or the indexes themselves. */
export class IndexedSource implements ChunkSource {
  readonly #input: ArrayLike<unknown> | undefined;
  readonly #length: number;
  readonly #isShared: boolean;
  readonly isParted: boolean = false;
  #at = 0;
  #sequence = 0;

  constructor(input: ArrayLike<unknown> | undefined, length: number) {
    this.#input = input;
    this.#length = length;
    this.#isShared = ArrayBuffer.isView(input) && !isInstance(input.buffer, ArrayBuffer);
  }

  get left(): number {
    return this.#length - this.#at;
  }

  get isEnded(): boolean {
    return this.#at >= this.#length;
  }

  get moves(): boolean {
    return this.#input !== undefined && !this.#isShared;
  }

  get here(): ArrayLike<unknown> | null {
    return this.#input ?? null;
  }

  get at(): number {
    return this.#at;
  }

  takeHere(count: number): Chunk {
    const start = this.#at;
    this.#at += count;
    return { sequence: this.#sequence++, start, count, args: [], itemAt: this.#itemsFrom(start) };
  }

  #itemsFrom(start: number): (position: number) => unknown {
    const input = this.#input;
    return (position) => input === undefined ? start + position : input[start + position];
  }

  take(most: number): Chunk | undefined {
    const start = this.#at;
    const count = Math.min(most, this.#length - start);
    if (count <= 0) return undefined;
    const end = this.#at = start + count;
    const input = this.#input;
    let args: unknown[];
    if (input === undefined) args = [start, end];
    else if (this.#isShared) args = [start, end, input, 0];
    else if (ArrayBuffer.isView(input)) args = [start, end, (input as unknown as Uint8Array).subarray(start, end)];
    else args = [start, end, Array.prototype.slice.call(input, start, end)];
    return { sequence: this.#sequence++, start, count, args, itemAt: this.#itemsFrom(start) };
  }

  close(): Promise<void> {
    this.#at = this.#length;
    return Promise.resolve();
  }
}

/** Parts that workers read themselves. */
export class PartSource implements ChunkSource {
  readonly #source: PartedSource<unknown, unknown>;
  readonly isParted: boolean = true;
  readonly moves: boolean = false;
  /** Index of the first item of each part, where it was counted, with the borders that go with it. */
  readonly #starts: readonly (readonly [end: number, first: number])[] | undefined;
  #at = 0;
  #sequence = 0;

  constructor(source: PartedSource<unknown, unknown>, starts?: readonly (readonly [end: number, first: number])[]) {
    this.#source = source;
    this.#starts = starts;
  }

  get left(): number {
    return this.#source.size - this.#at;
  }

  get isEnded(): boolean {
    return this.#at >= this.#source.size;
  }

  take(most: number): Chunk | undefined {
    const from = this.#at;
    const [border, first] = this.#starts?.[this.#sequence] ?? [from + Math.max(1, most), 0];
    const to = this.#at = Math.min(border, this.#source.size);
    if (to <= from) return undefined;
    const part = this.#source.part(from, to);
    return {
      sequence: this.#sequence++,
      start: first,
      count: to - from,
      args: [first, first, part],
      itemAt: NO_ITEM,
    };
  }

  close(): Promise<void> {
    this.#at = this.#source.size;
    return Promise.resolve();
  }
}
