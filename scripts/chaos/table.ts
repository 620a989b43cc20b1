/** The table that chaos prints. */
import type { Report } from "./seed.ts";

const columns = [
  "seed",
  "tasks",
  "deaths",
  "aborts",
  "timeouts",
  "throws",
  "restarts",
  "MiB",
  "slowest",
  "s",
  "lost",
  "wrong",
];

function line(cells: readonly (string | number)[], last: string): string {
  return `${cells.map((cell, i) => String(cell).padStart(columns[i]!.length + 1)).join(" ")}  ${last}`;
}

/** The first line. */
export const heading: string = line(columns, "pool");

/** The line of a seed. */
export function rowOf({ seed, result, ms, plan, ok }: Report): string {
  const time = (ms / 1000).toFixed(1);
  if (result === undefined) {
    return line([seed, "?", "?", "?", "?", "?", "?", "?", "?", time, "?", "?"], `${plan} FAILED`);
  }
  const { tasks, deaths, aborts, timeouts, throws } = result.counts;
  const cells = [
    seed,
    tasks,
    deaths,
    aborts,
    timeouts,
    throws,
    result.restarts,
    Math.round(result.rss),
    result.slowest.ms,
    time,
  ];
  return line([...cells, result.lost, result.wrong.length], ok ? plan : `${plan} FAILED`);
}
