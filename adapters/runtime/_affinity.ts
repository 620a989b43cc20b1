/**
 * The CPU affinity mask of this process, as Linux tells it in /proc. It limits how many workers are worth starting.
 *
 * @module
 */

import { Math, SafeSet } from "../../src/captured.ts";
import type { ReadFile } from "./_cgroup.ts";

/**
 * Counts the online cores that this process may run on.
 *
 * The mask alone would not do: on virtual machines it often names cores that could be plugged in
 * but are not there.
 *
 * @returns the count, or `undefined` where it cannot be read.
 */
export function affinityCores(readFile: ReadFile): number | undefined {
  const allowed = parseCpuList(/^Cpus_allowed_list:(.*)$/m.exec(readFile("/proc/self/status") ?? "")?.[1]);
  const online = parseCpuList(readFile("/sys/devices/system/cpu/online"));
  if (allowed === undefined || online === undefined) return undefined;
  const count = [...allowed].filter((core) => online.has(core)).length;
  return count > 0 ? count : undefined;
}

/** Reads a list of cores as Linux writes it: `0-3,8`; `undefined` where it is malformed. */
export function parseCpuList(text: string | undefined): Set<number> | undefined {
  const cores = new SafeSet<number>();
  for (const part of (text ?? "").trim().split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return undefined;
    const [, first, last = first] = match;
    for (let core = Number(first); core <= Math.min(Number(last), 65_535); core++) cores.add(core);
  }
  return cores;
}
