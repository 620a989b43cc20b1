/**
 * The tasks that no worker holds yet: higher priority first, first submitted first among equals.
 * Lower priorities starve while there are higher ones; that is what a priority is for.
 *
 * @module
 */

import type { TaskRecord } from "./record.ts";

/** So many withdrawn records may stay until they are passed over. */
const KEPT = 32;

/** First in, first out, with a way back to the front. Amortised constant time. */
class Fifo {
  /** Records from `#head` on are waiting, or withdrawn. */
  #items: (TaskRecord | undefined)[] = [];
  #head = 0;
  /** Withdrawn records from `#head` on. */
  #withdrawn = 0;

  get isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  push(record: TaskRecord): void {
    this.#items.push(record);
  }

  unshift(record: TaskRecord): void {
    if (this.#head > 0) this.#items[--this.#head] = record;
    else this.#items.unshift(record);
  }

  first(): TaskRecord | undefined {
    return this.#items[this.#head];
  }

  shift(): void {
    if (!this.#items[this.#head]!.isQueued) this.#withdrawn--;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  /** A record in it is no longer queued: lets such records go once they are the larger part. */
  withdraw(): void {
    const waiting = this.#items.length - this.#head - ++this.#withdrawn;
    if (waiting > 0 && (this.#withdrawn <= KEPT || this.#withdrawn < waiting)) return;
    this.#items = waiting === 0 ? [] : this.#items.slice(this.#head).filter((record) => record!.isQueued);
    this.#head = this.#withdrawn = 0;
  }
}

/** A priority queue of records; records that are withdrawn are passed over. */
export class TaskQueue {
  /** Levels by falling priority; there is always level 0. */
  readonly #levels: { readonly priority: number; readonly fifo: Fifo }[] = [{ priority: 0, fifo: new Fifo() }];
  #size = 0;

  /** Records that wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a record behind its equals. */
  push(record: TaskRecord): void {
    this.#level(record.has.priority).push(record);
    record.isQueued = true;
    this.#size++;
  }

  /** Puts a record back before its equals. */
  unshift(record: TaskRecord): void {
    this.#level(record.has.priority).unshift(record);
    record.isQueued = true;
    this.#size++;
  }

  /** The record that is next, or `undefined`. */
  peek(): TaskRecord | undefined {
    if (this.#size === 0) return undefined;
    for (const { fifo } of this.#levels) {
      for (let record = fifo.first(); record !== undefined; record = fifo.first()) {
        if (record.isQueued) return record;
        fifo.shift(); // withdrawn
      }
    }
    return undefined;
  }

  /** Takes the record that `peek` gave. */
  take(record: TaskRecord): void {
    this.#level(record.has.priority).shift();
    record.isQueued = false;
    this.#size--;
  }

  /** Takes a record out of turn, wherever it stands. */
  withdraw(record: TaskRecord): void {
    if (!record.isQueued) return;
    record.isQueued = false;
    this.#size--;
    this.#level(record.has.priority).withdraw();
  }

  /** All waiting records, in order. The queue is empty afterwards. */
  clear(): TaskRecord[] {
    const all: TaskRecord[] = [];
    for (let record = this.peek(); record !== undefined; record = this.peek()) {
      this.take(record);
      all.push(record);
    }
    return all;
  }

  #level(priority: number): Fifo {
    const levels = this.#levels;
    if (levels.length === 1 && priority === 0) return levels[0]!.fifo;
    let i = 0;
    while (i < levels.length && levels[i]!.priority > priority) i++;
    if (levels[i]?.priority !== priority) levels.splice(i, 0, { priority, fifo: new Fifo() });
    return levels[i]!.fifo;
  }
}
