/**
 * How long a function's tasks take, learned from those that ran. The scheduler decides by it how many tasks may wait
 * in a worker's lane.
 *
 * @module
 */

import { Math } from "../../captured.ts";
import type { Cost } from "../../functions/function_table.ts";

/** Samples below which nothing is known: the first one mostly measures the compiler. */
const ENOUGH = 2;
/** Longest that a collection, or the system putting the thread aside, makes a short task seem to take, in microseconds. */
const HICCUP_US = 20_000;
/** Weight of a new sample. */
const WEIGHT = 1 / 8;

/** Takes in what one task took, and how much of that its worker spent, in microseconds. */
export function learn(cost: Cost, time: number, spent: number): void {
  if (cost.samples < ENOUGH) {
    cost.samples++;
    cost.mean = time;
    cost.deviation = time / 2;
    cost.spent = spent;
    return;
  }
  const surprise = time - cost.mean;
  const isOutlier = surprise > 4 * (cost.mean + cost.deviation) + 5;
  // A single one says little about the next task; two in a row do.
  const isHiccup = isOutlier && !cost.hadOutlier && time < HICCUP_US;
  cost.hadOutlier = isOutlier;
  if (isHiccup) return;
  cost.mean += surprise * WEIGHT;
  cost.deviation += (Math.abs(surprise) - cost.deviation) * WEIGHT;
  cost.spent += (spent - cost.spent) * WEIGHT;
}

/**
 * How much later a worker is free for each such task that it has, in microseconds; `Infinity` while unknown. A task that
 * waits shares that time with the others that the worker has at once.
 *
 * @param together how many tasks a worker may have at once
 */
export function expected(cost: Cost, together: number): number {
  if (cost.samples < ENOUGH) return Infinity;
  const longest = cost.mean + 2 * cost.deviation;
  return together === 1 ? longest : Math.max(cost.spent, longest / together);
}

/**
 * Whether one worker can keep up with a caller that submits a task each `time` microseconds.
 *
 * @param together how many tasks a worker may have at once
 */
export function isShorter(cost: Cost, time: number, together: number): boolean {
  return cost.samples >= ENOUGH && cost.spent < time && cost.mean < time * together;
}

/** Whether tasks of a function take about the same time each. */
export function isSteady(cost: Cost): boolean {
  return cost.samples >= ENOUGH && cost.deviation * 2 <= cost.mean;
}
