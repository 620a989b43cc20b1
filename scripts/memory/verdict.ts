/** Tells growth from noise. */

/** MiB that resident memory may differ by for reasons of its own: heaps, thread caches of the allocator. */
const SLACK_MIB = 64;
/** The same as a part of what it was. */
const SLACK_PART = 0.25;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** What samples of resident memory say. */
export interface Verdict {
  /** Median of the first third, in MiB, without the first sample: heaps take their time to find their size. */
  readonly early: number;
  /** Median of the last third, in MiB. */
  readonly late: number;
  readonly grows: boolean;
}

/** Compares the last third of the samples, in MiB, with the first. */
export function judge(samples: readonly number[]): Verdict {
  const third = Math.max(1, Math.ceil(samples.length / 3));
  const early = median(samples.slice(1, 1 + third));
  const late = median(samples.slice(-third));
  return { early, late, grows: late - early > Math.max(SLACK_MIB, early * SLACK_PART) };
}
