/**
 * The tasks that no worker holds yet: higher priority first, first submitted first among equals.
 * Lower priorities starve while there are higher ones; that is what a priority is for.
 *
 * @module
 */

import type { TaskRecord } from "./task.ts";

/** So many withdrawn records may stay until they are passed over. */
const KEPT = 32;

/** Up to this length an array is used again once it is empty. */
const REUSED = 65_536;

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
      // A new array is of another kind until something stands in it, to JavaScriptCore, which then compiles anew.
      if (this.#head > REUSED) this.#items = [];
      else this.#items.length = 0;
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
  /** Levels by rising priority, so that the next task stands at the end: level 0, and those where records wait. */
  readonly #levels: { readonly priority: number; readonly fifo: Fifo }[] = [{ priority: 0, fifo: new Fifo() }];
  #size = 0;

  /** Records that wait. */
  get size(): number {
    return this.#size;
  }

  /** Priorities that it keeps apart. */
  get levels(): number {
    return this.#levels.length;
  }

  /** Adds a record behind its equals. */
  push(record: TaskRecord): void {
    this.#levelOf(record).push(record);
    record.queue = this;
    this.#size++;
  }

  /** Puts a record back before its equals. */
  unshift(record: TaskRecord): void {
    this.#levelOf(record).unshift(record);
    record.queue = this;
    this.#size++;
  }

  /** The record that is next, or `undefined`. */
  peek(): TaskRecord | undefined {
    if (this.#size === 0) return undefined;
    const levels = this.#levels;
    for (let i = levels.length - 1; i >= 0; i--) {
      const { fifo } = levels[i]!;
      for (let record = fifo.first(); record !== undefined; record = fifo.first()) {
        if (record.isQueued) return record;
        fifo.shift(); // withdrawn
      }
    }
    return undefined;
  }

  /** Takes the record that `peek` gave. */
  take(record: TaskRecord): void {
    const fifo = this.#levelOf(record);
    fifo.shift();
    this.#left(record, fifo);
  }

  /** Takes a record out of turn, wherever it stands. */
  withdraw(record: TaskRecord): void {
    if (record.queue !== this) return;
    const fifo = this.#levelOf(record);
    record.queue = null;
    fifo.withdraw();
    this.#left(record, fifo);
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

  /** A record is out of its level, which goes with its last record: priorities may be deadlines, all different. */
  #left(record: TaskRecord, fifo: Fifo): void {
    record.queue = null;
    this.#size--;
    const { priority } = record.has;
    if (priority !== 0 && fifo.isEmpty) this.#levels.splice(this.#find(priority), 1);
  }

  /** The level of a record, made if there is none. */
  #levelOf(record: TaskRecord): Fifo {
    const levels = this.#levels;
    const { priority } = record.has;
    if (levels.length === 1 && priority === 0) return levels[0]!.fifo;
    const i = this.#find(priority);
    if (levels[i]?.priority !== priority) levels.splice(i, 0, { priority, fifo: new Fifo() });
    return levels[i]!.fifo;
  }

  /** Where the level of a priority stands, or would. */
  #find(priority: number): number {
    const levels = this.#levels;
    let from = 0;
    let to = levels.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (levels[middle]!.priority < priority) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
