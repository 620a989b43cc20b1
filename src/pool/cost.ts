/**
 * How long a function's tasks take, learned from those that ran.
 *
 * @module
 */

import type { Cost } from "../functions/identity.ts";

/** Samples below which nothing is known: the first one mostly measures the compiler. */
const ENOUGH = 2;
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
  // A garbage collection in the middle of a short task says little about the next one.
  const surprise = Math.min(time - cost.mean, 4 * (cost.mean + cost.deviation) + 50);
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
