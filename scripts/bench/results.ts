/** What was measured, as JSON lines: one file a runtime, one line a figure and round. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Spread, spreadOf } from "./stats.ts";
import type { Unit } from "./work.ts";

/** One line: a figure of one round, or that the library failed. */
export interface Result {
  /** When the run began: lines of one run were measured side by side. */
  run: string;
  runtime: string;
  version: string;
  library: string;
  work: string;
  workers: number;
  round: number;
  /** Which of the work's figures it is. */
  name?: string;
  unit?: Unit;
  value?: number;
  /** Why there is no figure. */
  fails?: string;
}

/** All rounds of one figure. */
export interface Figure {
  work: string;
  name: string;
  unit: Unit;
  workers: number;
  library: string;
  spread: Spread;
  values: number[];
}

/** Whether two lines answer the same question, so that the newer replaces the older. */
function place({ library, work, workers }: Result): string {
  return `${work} ${workers} ${library}`;
}

/** The order of runtimes in the report; others follow. */
const ORDER = ["node20", "node22", "node24", "deno", "bun", "python3"];

function rank(file: string): number {
  const at = ORDER.indexOf(file.replace(/\.jsonl$/, ""));
  return at < 0 ? ORDER.length : at;
}

/** Reads the lines of a directory, by runtime. */
export function readResults(directory: string): Map<string, Result[]> {
  const results = new Map<string, Result[]>();
  if (!existsSync(directory)) return results;
  for (
    const file of readdirSync(directory).filter((name) => name.endsWith(".jsonl")).sort((a, b) => rank(a) - rank(b))
  ) {
    const lines = readFileSync(join(directory, file), "utf8").split("\n").filter((line) => line !== "");
    results.set(file.replace(/\.jsonl$/, ""), lines.map((line) => JSON.parse(line)));
  }
  return results;
}

/** Adds lines to those of a directory; each place belongs to the run that came last. */
export function writeResults(directory: string, added: readonly Result[]): void {
  mkdirSync(directory, { recursive: true });
  const before = readResults(directory);
  for (const runtime of new Set(added.map((result) => result.runtime))) {
    const fresh = added.filter((result) => result.runtime === runtime);
    const places = new Set(fresh.map(place));
    const kept = (before.get(runtime) ?? []).filter((result) => !places.has(place(result)));
    const lines = [...kept, ...fresh].map((result) => `${JSON.stringify(result)}\n`);
    writeFileSync(join(directory, `${runtime}.jsonl`), lines.join(""));
  }
}

/** The figures of those lines, in order of appearance. */
export function figuresOf(results: readonly Result[]): Figure[] {
  const figures = new Map<string, Figure>();
  for (const { work, name, unit, workers, library, value } of results) {
    if (name === undefined || unit === undefined || value === undefined) continue;
    const key = `${work} ${name} ${workers} ${library}`;
    const figure = figures.get(key);
    if (figure !== undefined) figure.values.push(value);
    else figures.set(key, { work, name, unit, workers, library, values: [value], spread: spreadOf([value]) });
  }
  return [...figures.values()].map((figure) => ({ ...figure, spread: spreadOf(figure.values) }));
}
