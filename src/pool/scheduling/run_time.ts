/**
 * How long a function's tasks take, learned from those that ran.
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

/** Takes in the run time of one task, in microseconds. */
export function learn(cost: Cost, time: number): void {
  if (cost.samples < ENOUGH) {
    cost.samples++;
    cost.mean = time;
    cost.deviation = time / 2;
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
}

/** Run time to reckon with, in microseconds; `Infinity` while unknown. */
export function expected(cost: Cost): number {
  return cost.samples < ENOUGH ? Infinity : cost.mean + 2 * cost.deviation;
}

/** Whether tasks of a function take about the same time each. */
export function isSteady(cost: Cost): boolean {
  return cost.samples >= ENOUGH && cost.deviation * 2 <= cost.mean;
}
