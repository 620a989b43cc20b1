/** Medians and their spread. */

/** A figure over several rounds. */
export interface Spread {
  median: number;
  /** The quartiles. */
  low: number;
  high: number;
  /** How many values it is of. */
  count: number;
}

/** The value below which that share of the values lies, between two of them if need be. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (at - below);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    count: values.length,
  };
}
