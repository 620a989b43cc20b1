/** What this process takes of the machine. */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

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

/** Collects garbage where the runtime lets us. */
export function collect(): void {
  // deno-lint-ignore no-explicit-any
  const scope = globalThis as any;
  if (scope.Bun !== undefined) scope.Bun.gc(true);
  else scope.gc?.();
}
