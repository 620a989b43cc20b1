/**
 * The tasks that no worker holds yet: higher priority first, first submitted first among equals.
 * Lower priorities starve while there are higher ones; that is what a priority is for.
 *
 * @module
 */

import { filter, insert, push, slice, splice, unshift } from "../../lists.ts";
import type { PoolTask } from "./task.ts";

/** So many withdrawn tasks may stay until they are passed over. */
const KEPT = 32;

/** Up to this length an array is used again once it is empty. */
const REUSED = 65_536;

/** First in, first out, with a way back to the front. Amortised constant time. */
class Fifo {
  /** Records from `#head` on are waiting, or withdrawn. */
  #items: (PoolTask | undefined)[] = [];
  #head = 0;
  /** Withdrawn tasks from `#head` on. */
  #withdrawn = 0;

  get isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  push(task: PoolTask): void {
    push(this.#items, task);
  }

  unshift(task: PoolTask): void {
    if (this.#head > 0) this.#items[--this.#head] = task;
    else unshift(this.#items, task);
  }

  first(): PoolTask | undefined {
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
      this.#items = slice(this.#items, this.#head);
      this.#head = 0;
    }
  }

  /** A task in it is no longer queued: lets such tasks go once they are the larger part. */
  withdraw(): void {
    const waiting = this.#items.length - this.#head - ++this.#withdrawn;
    if (waiting > 0 && (this.#withdrawn <= KEPT || this.#withdrawn < waiting)) return;
    this.#items = waiting === 0 ? [] : filter(slice(this.#items, this.#head), (task) => task!.isQueued);
    this.#head = this.#withdrawn = 0;
  }
}

/** A priority queue of tasks; tasks that are withdrawn are passed over. */
export class TaskQueue {
  /** Levels by rising priority, so that the next task stands at the end: level 0, and those where tasks wait. */
  readonly #levels: { readonly priority: number; readonly fifo: Fifo }[] = [{ priority: 0, fifo: new Fifo() }];
  #size = 0;

  /** Records that wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a task behind its equals. */
  push(task: PoolTask): void {
    this.#levelOf(task).push(task);
    task.queue = this;
    this.#size++;
  }

  /** Puts a task back before its equals. */
  unshift(task: PoolTask): void {
    this.#levelOf(task).unshift(task);
    task.queue = this;
    this.#size++;
  }

  /** The task that is next, or `undefined`. */
  peek(): PoolTask | undefined {
    if (this.#size === 0) return undefined;
    const levels = this.#levels;
    for (let i = levels.length - 1; i >= 0; i--) {
      const { fifo } = levels[i]!;
      for (let task = fifo.first(); task !== undefined; task = fifo.first()) {
        if (task.isQueued) return task;
        fifo.shift(); // withdrawn
      }
    }
    return undefined;
  }

  /** Takes the task that `peek` gave. */
  take(task: PoolTask): void {
    const fifo = this.#levelOf(task);
    fifo.shift();
    this.#left(task, fifo);
  }

  /** Takes a task out of turn, wherever it stands. */
  withdraw(task: PoolTask): void {
    if (task.queue !== this) return;
    const fifo = this.#levelOf(task);
    task.queue = null;
    fifo.withdraw();
    this.#left(task, fifo);
  }

  /** All waiting tasks, in order. The queue is empty afterwards. */
  clear(): PoolTask[] {
    const all: PoolTask[] = [];
    for (let task = this.peek(); task !== undefined; task = this.peek()) {
      this.take(task);
      push(all, task);
    }
    return all;
  }

  /** A task is out of its level, which goes with its last task: priorities may be deadlines, all different. */
  #left(task: PoolTask, fifo: Fifo): void {
    task.queue = null;
    this.#size--;
    const { priority } = task.has;
    if (priority !== 0 && fifo.isEmpty) splice(this.#levels, this.#find(priority), 1);
  }

  /** The level of a task, made if there is none. */
  #levelOf(task: PoolTask): Fifo {
    const levels = this.#levels;
    const { priority } = task.has;
    if (levels.length === 1 && priority === 0) return levels[0]!.fifo;
    const i = this.#find(priority);
    if (levels[i]?.priority !== priority) insert(levels, i, { priority, fifo: new Fifo() });
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
