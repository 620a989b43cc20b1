/**
 * How many cores this process may use: the least of what the runtime says, the affinity mask and the CPU quota allow.
 * It is the default number of workers.
 *
 * @module
 */

import { Math } from "../../src/captured.ts";
import { availableParallelism } from "node:os";
import process from "./_process.ts";
import { affinityCores } from "./_affinity.ts";
import { cpuQuota, type ReadFile } from "./_cgroup.ts";

/**
 * Counts the cores that this process may use: those in its affinity mask, but not more than its
 * CPU quota, rounded up. Reads anew at each call, since both may change.
 *
 * The runtimes' own counts differ: Node 20 ignores a quota, Deno and Bun round it down. They stand
 * in where the system's files cannot be read.
 *
 * @param readFile Reads the system's files; it gives `undefined` where that is not allowed.
 */
export function usableCores(readFile: ReadFile): number {
  if (process.platform !== "linux") return availableParallelism();
  return coresWithin(affinityCores(readFile) ?? availableParallelism(), cpuQuota(readFile));
}

/** Limits a count of cores to a quota, which rounds up; at least 1. */
export function coresWithin(cores: number, quota: number | undefined): number {
  return Math.max(1, Math.min(cores, Math.ceil(quota ?? Infinity)));
}
