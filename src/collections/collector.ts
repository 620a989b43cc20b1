/**
 * Puts the outcomes of chunks in order, for whoever awaits them all or takes them one by one.
 *
 * @module
 */

import { SafeMap } from "../captured.ts";
import type { Chunk } from "./chunk_source.ts";

/** Values of one chunk, with what tells their indexes. */
export interface Batch {
  /** Index of the item of `values[0]`, where each item has one value. */
  readonly start: number;
  readonly values: readonly unknown[];
  /** Items, or units of a source that workers read, that it stands for. */
  readonly items: number;
  /** Index of the item of each value, where that is not `start` plus its position. */
  readonly indexes: readonly number[] | null;
}

/** Batches in the order of their chunks, or as they come. */
export class Collector {
  readonly #isOrdered: boolean;
  /** Batches that wait for one before them, by sequence. */
  readonly #early: Map<number, Batch> = new SafeMap();
  /** Batches that may be taken, from `#head` on. */
  #ready: Batch[] = [];
  #head = 0;
  #next = 0;
  /** Values that were added and not taken. */
  #held = 0;

  constructor(isOrdered: boolean) {
    this.#isOrdered = isOrdered;
  }

  /** Values that wait to be taken. */
  get held(): number {
    return this.#held;
  }

  /** Whether there is a batch to take. */
  get isReady(): boolean {
    return this.#head < this.#ready.length;
  }

  /** Takes in the values of a chunk. */
  add({ sequence }: Pick<Chunk, "sequence">, batch: Batch): void {
    this.#held += batch.values.length;
    if (!this.#isOrdered) {
      this.#ready.push(batch);
      return;
    }
    this.#early.set(sequence, batch);
    for (let next = this.#early.get(this.#next); next !== undefined; next = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      this.#ready.push(next);
    }
  }

  /** The next batch, or `undefined`. */
  take(): Batch | undefined {
    if (!this.isReady) return undefined;
    const batch = this.#ready[this.#head]!;
    this.#ready[this.#head++] = undefined as never;
    if (this.#head === this.#ready.length) {
      this.#ready = [];
      this.#head = 0;
    }
    this.#held -= batch.values.length;
    return batch;
  }
}
