/**
 * What the items of a function cost, learned from the chunks that ran, and what follows from it: how many items make a
 * chunk, and whether workers are worth it. The README beside this file derives the numbers.
 *
 * @module
 */

import { Math, SafeMap, SafeWeakMap } from "../captured.ts";
import type { Executor, Target } from "../executor/executor.ts";
import { ModuleExport } from "../executor/executor.ts";

/** What a chunk shall take, in microseconds: long enough to hide its cost, short enough for others to wait for it. */
const CHUNK_US = 2000;
/** Least work of a chunk, in microseconds: less is not worth its way. */
const LEAST_US = 50;
/** Sending a chunk and taking its result, in microseconds of the caller. */
const SEND_US = 5;
/** Waking a worker and hearing of its first result, in microseconds. */
const WAKE_US = 60;
/** How much faster workers must be by the estimate for the caller not to run the items itself. */
const GAIN = 0.8;
/** Share of a core that each worker has, on machines whose cores are shared. */
const EFFICIENCY = 0.85;
/** Longest item that the caller runs itself, in microseconds: its event loop stands still meanwhile. */
const LONGEST_HERE_US = 500;
/** Weight of a new chunk. */
const WEIGHT = 0.4;
/** Moving an item to a worker and its result back, in microseconds of the caller, until it was measured. */
const MOVE_US = 0.06;
/** How much larger than the last a chunk may be, while little is known. */
const GROWTH = 16;

/** Learned costs of one function. */
export class ItemCost {
  /** Microseconds an item, without its way. */
  mean = 0;
  /** Items measured. */
  items = 0;
  /** Chunks measured. */
  samples = 0;
  /** Whether it gives promises; `undefined` while unknown. */
  isAsync: boolean | undefined = undefined;
  /** Microseconds of the caller that an item costs on its way out and back. */
  move: number = MOVE_US;
  /** Whether `move` was measured. */
  #hasMove = false;
  /** Items of the largest chunk that was measured. */
  largest = 0;

  /** Takes in a chunk of `items` that took so many microseconds. */
  learn(items: number, micros: number, isAsync: boolean): void {
    if (items <= 0) return;
    if (this.isAsync === undefined || isAsync) this.isAsync = isAsync;
    const mean = micros / items;
    // The first chunks mostly measure compilers: each of them counts for more than all before.
    const weight = this.samples < 4 || items > 4 * this.items ? 0.8 : WEIGHT;
    this.mean = this.samples === 0 ? mean : this.mean + (mean - this.mean) * weight;
    this.samples++;
    this.items += items;
    if (items > this.largest) this.largest = items;
  }

  /** Takes in what the caller spent on sending and receiving a chunk. */
  learnMove(items: number, micros: number): void {
    if (items < 64) return; // mostly the chunk's own cost
    const mean = Math.max(0, micros - SEND_US) / items;
    this.move = this.#hasMove ? this.move + (mean - this.move) * WEIGHT : mean;
    this.#hasMove = true;
  }
}

/** Costs by function, for each executor. */
const costs: WeakMap<Executor, { values: WeakMap<object, ItemCost>; exports: Map<string, ItemCost> }> =
  new SafeWeakMap();

/** What is known of a function's items. */
export function costOf(executor: Executor, target: Target): ItemCost {
  let known = costs.get(executor);
  if (known === undefined) costs.set(executor, known = { values: new WeakMap(), exports: new SafeMap() });
  const key = target instanceof ModuleExport ? `${target.name} ${target.url}` : undefined;
  let cost = key === undefined ? known.values.get(target) : known.exports.get(key);
  if (cost === undefined) {
    cost = new ItemCost();
    if (key === undefined) known.values.set(target, cost);
    else known.exports.set(key, cost);
  }
  return cost;
}

/**
 * Items of the next chunk.
 *
 * @param left items that are left, `Infinity` where nobody knows
 * @param lanes chunks that may run at once
 */
export function chunkSize(cost: ItemCost, left: number, lanes: number): number {
  if (cost.samples === 0) return 1;
  const mean = Math.max(cost.mean, 0.0005);
  let size = CHUNK_US / mean;
  // Guided: towards the end chunks get smaller, so that all workers end at about the same time.
  if (left !== Infinity) size = Math.min(size, Math.max(left / (2 * lanes), LEAST_US / mean));
  if (cost.samples < 32) size = Math.min(size, cost.largest * GROWTH);
  return Math.max(1, Math.floor(Math.min(size, left)));
}

/** Whether the caller had better run `left` items itself. */
export function isFasterHere(cost: ItemCost, left: number, lanes: number, moves: boolean): boolean {
  if (cost.samples === 0 || cost.isAsync !== false || cost.mean > LONGEST_HERE_US) return false;
  const here = left * cost.mean;
  const chunks = Math.max(1, here / CHUNK_US);
  const sending = chunks * SEND_US + (moves ? left * cost.move : 0);
  const there = WAKE_US + Math.max(here / (Math.min(lanes, left) * EFFICIENCY), sending);
  return there > here * GAIN;
}
