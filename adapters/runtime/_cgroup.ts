/**
 * The CPU quota of Linux control groups, versions 1 and 2.
 *
 * A quota on any group from the process's own up to the root limits the process, so the whole path
 * is read and the smallest wins. See cgroups(7) and proc_pid_mountinfo(5).
 *
 * @module
 */

import { fromCharCode, Number, toNumber } from "../../src/captured.ts";
import { SafeSet } from "../../src/captured.ts";

/** Reads a whole text file, or gives `undefined` where that fails or is not allowed. */
export type ReadFile = (path: string) => string | undefined;

/** A mounted hierarchy that may hold CPU limits. */
interface Mount {
  readonly version: 1 | 2;
  /** The group, as the reader's namespace sees it, that is mounted. */
  readonly root: string;
  /** Where it is mounted. */
  readonly point: string;
}

/**
 * Reads the CPU quota of this process.
 *
 * @returns CPUs that the process may use at once, as a fraction above 0; `undefined` without limit.
 */
export function cpuQuota(readFile: ReadFile): number | undefined {
  const mounts = parseMounts(readFile("/proc/self/mountinfo") ?? "");
  const groups = parseGroups(readFile("/proc/self/cgroup") ?? "");
  let smallest: number | undefined;
  for (const version of [1, 2] as const) {
    const group = groups[version];
    if (group === undefined) continue;
    for (const directory of directories(mounts.filter((mount) => mount.version === version), group)) {
      const limit = version === 2 ? readLimit2(directory, readFile) : readLimit1(directory, readFile);
      if (limit !== undefined && !(limit >= (smallest ?? Infinity))) smallest = limit;
    }
  }
  return smallest;
}

/** Finds the process's group in each version of hierarchy: lines of `id:controllers:path`. */
function parseGroups(text: string): { 1?: string; 2?: string } {
  const groups: { 1?: string; 2?: string } = {};
  for (const line of text.split("\n")) {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    const [, id, controllers = "", path = "/"] = match;
    if (id === "0" && controllers === "") groups[2] = path;
    else if (controllers.split(",").includes("cpu")) groups[1] = path;
  }
  return groups;
}

/** Finds the mounted hierarchies: `id parent device root point options ... - type source options`. */
function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const [, , , root, point] = left.split(" ");
    const [type, , options = ""] = right.split(" ");
    if (root === undefined || point === undefined) continue;
    const place = { root: unescape(root), point: unescape(point) };
    if (type === "cgroup2") mounts.push({ version: 2, ...place });
    else if (type === "cgroup" && options.split(",").includes("cpu")) mounts.push({ version: 1, ...place });
  }
  return mounts;
}

/** Undoes the octal escapes of mountinfo, as in `\040` for a space. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => fromCharCode(parseInt(octal, 8)));
}

/**
 * Lists the directories of a group and its ancestors, as far as they are mounted.
 *
 * Where the group lies in no mount (a container that sees the host's path, or a group outside the
 * namespace's root, `/../..`) the mount point itself is the best guess: it is what a container sees
 * as its own group.
 */
function directories(mounts: readonly Mount[], group: string): Set<string> {
  const found = new SafeSet<string>();
  const holding = mounts.filter((mount) => relativeTo(mount.root, group) !== undefined);
  for (const mount of holding.length > 0 ? holding : mounts) {
    const names = (relativeTo(mount.root, group) ?? "").split("/").filter((name) => name !== "");
    const base = mount.point === "/" ? "" : mount.point;
    for (let depth = names.length; depth >= 0; depth--) {
      found.add([base, ...names.slice(0, depth)].join("/"));
    }
  }
  return found;
}

/** Gives the group's path below the mounted group, or `undefined` where it lies elsewhere. */
function relativeTo(root: string, group: string): string | undefined {
  if (group.split("/").includes("..")) return undefined;
  if (root === "/") return group;
  return group === root || group.startsWith(`${root}/`) ? group.slice(root.length) : undefined;
}

/** Version 1: `cpu.cfs_quota_us` (-1 for none) per `cpu.cfs_period_us`. */
function readLimit1(directory: string, readFile: ReadFile): number | undefined {
  const quota = readFile(`${directory}/cpu.cfs_quota_us`);
  return quota === undefined ? undefined : divide(quota, readFile(`${directory}/cpu.cfs_period_us`));
}

/** Version 2: `cpu.max` holds `quota period`, with `max` for none. */
function readLimit2(directory: string, readFile: ReadFile): number | undefined {
  const [quota, period] = readFile(`${directory}/cpu.max`)?.trim().split(/\s+/) ?? [];
  return quota === undefined ? undefined : divide(quota, period);
}

/** Divides quota by period (100 ms where it is missing); `undefined` for what is no limit. */
function divide(quota: string, period = "100000"): number | undefined {
  if (!/^\d+$/.test(quota.trim()) || !/^\d+$/.test(period.trim())) return undefined;
  const limit = toNumber(quota) / toNumber(period);
  return limit > 0 && Number.isFinite(limit) ? limit : undefined;
}
