/** What this process takes of the machine. */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Resident memory in MiB. */
export function rss(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

/** Names of the threads of this process, sorted; none where Linux does not tell. */
export function threads(): string[] {
  try {
    return readdirSync("/proc/self/task").map((id) => {
      try {
        return readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim();
      } catch {
        return "";
      }
    }).filter((name) => name !== "").sort();
  } catch {
    return [];
  }
}

let gc: (() => void) | undefined;

/** Collects garbage, in this thread. */
export function collect(): void {
  gc ??= collector();
  gc();
}

function collector(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun !== undefined) return () => Bun.gc(true);
  // V8 takes the flag at run time, too; a new context then has the function.
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
