/** Which cells a run has. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { findRuntime, findRuntimes } from "../runtimes.ts";
import type { Cell, Entrant, Host } from "./cell.ts";
import type { Flags } from "./flags.ts";
import { libraries } from "./libraries/mod.ts";
import type { Work } from "./work.ts";
import { works } from "./works/mod.ts";

/** The works that the Python pool takes part in. */
const PYTHON_WORKS = ["cold_start", "hot_latency", "idle_latency", "burst", "strings", "fib", "idle_cpu"];

function python(): Host | undefined {
  const { status, stdout } = spawnSync("python3", ["--version"], { encoding: "utf8", timeout: 30_000 });
  if (status !== 0) return undefined;
  return { name: "python3", kind: "python", version: stdout.trim().split(" ")[1]!, executable: "python3" };
}

/** The hosts of a run. */
export function findHosts(names: readonly string[]): Host[] {
  if (names.includes("all")) {
    const found = python();
    return [...findRuntimes(), ...found === undefined ? [] : [found]];
  }
  return names.map((name) => {
    if (name !== "python3") return findRuntime(name);
    const found = python();
    if (found === undefined) throw new Error("Cannot find python3 on the PATH");
    return found;
  });
}

function known<T>(kind: string, names: readonly string[] | undefined, all: Record<string, T>): T[] {
  for (const name of names ?? []) {
    if (!(name in all)) {
      throw new RangeError(`Cannot find ${kind}: expected one of ${Object.keys(all).join(", ")}: received ${name}`);
    }
  }
  return Object.entries(all).filter(([name]) => names?.includes(name) ?? true).map(([, value]) => value);
}

/** The works of a run. */
export function findWorks({ only }: Flags): Work[] {
  return known("work", only, Object.fromEntries(works.map((work) => [work.name, work])));
}

/** The libraries of a run. */
export function findEntrants({ libraries: names, local }: Flags): Entrant[] {
  const all = [...Object.keys(libraries).filter((name) => name !== "local"), "python"];
  const entrants = known(
    "library",
    names,
    Object.fromEntries(all.map((name) => [name, { label: name, adapter: name }])),
  );
  return local === undefined ? entrants : [...entrants, localEntrant(resolve(local))];
}

/** The checkout of another library. */
export function localEntrant(path: string): Entrant {
  if (!existsSync(path)) throw new Error(`Cannot find the local library: received ${path}`);
  if (statSync(path).isFile()) return { label: "local", adapter: "local", local: path };
  const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  const adapter = String(manifest.name).split("/").at(-1)!;
  if (!(adapter in libraries)) {
    throw new Error(
      `Cannot run ${manifest.name} as there is no adapter for it: give --local a module that exports a 'library'`,
    );
  }
  const main = [manifest.exports?.["."] ?? manifest.exports, manifest.main, "index.js"].map(entryOf)
    .find((entry) => entry !== undefined && existsSync(join(path, entry)));
  if (main === undefined) throw new Error(`Cannot find the entry of ${path}: is it built?`);
  return { label: `${adapter} (local)`, adapter, local: join(path, main) };
}

/** The file that a value of package.json's `exports` names for an import. */
function entryOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const conditions = value as Record<string, unknown>;
  return entryOf(conditions.import ?? conditions.default ?? conditions.require);
}

/** Every cell of one round; what belongs side by side runs one after the other. */
export function planRound(flags: Flags, hosts: readonly Host[], entrants: readonly Entrant[]): Cell[] {
  const cells: Cell[] = [];
  for (const host of hosts) {
    for (const work of findWorks(flags)) {
      for (const workers of flags.workers) {
        if (!(work.workers ?? flags.workers).includes(workers)) continue;
        for (const entrant of entrants) {
          if (takesPart(host, entrant, work)) cells.push({ host, entrant, work, workers });
        }
      }
    }
  }
  return cells;
}

function takesPart(host: Host, { adapter }: Entrant, work: Work): boolean {
  if ((host.kind === "python") !== (adapter === "python")) return false;
  if (adapter === "python" && !PYTHON_WORKS.includes(work.name)) return false;
  if (adapter === "bare" && !work.libraries?.includes("bare")) return false;
  return work.libraries === undefined || work.libraries.includes(adapter) || adapter === "local";
}
