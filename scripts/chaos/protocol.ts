/** What the child process of a seed tells. */
import type { Counts } from "./ledger.ts";

/** Begins each line that is an answer. */
export const MARK = "@chaos ";

/** The result of one seed. */
export interface Result {
  counts: Counts;
  /** What went wrong. */
  wrong: string[];
  /** How many promises never settled. */
  lost: number;
  /** Shared memory of the pool at the end, in bytes. */
  memory: number;
  restarts: number;
  /** What took longest. */
  slowest: { kind: string; ms: number };
  /** Resident memory at the end, in MiB. */
  rss: number;
}

/** One line. */
export type Answer = { stage: string; plan?: string } & Partial<Result>;
