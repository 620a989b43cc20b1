/** `npm run bench`: how fast this library and others are on each runtime. See flags.ts for the options. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "../process.ts";
import { type Cell, measure } from "./cell.ts";
import { compare } from "./compare.ts";
import { type Flags, parseFlags, USAGE } from "./flags.ts";
import { findEntrants, findHosts, planRound } from "./plan.ts";
import { writeReport } from "./report.ts";
import { readResults, type Result, writeResults } from "./results.ts";
import { takeSnapshot } from "./snapshot.ts";
import { tableOf } from "./table.ts";

function roundsOf({ work }: Cell, { rounds, quick }: Flags): number {
  return Math.min(rounds ?? (quick ? 3 : 5), work.rounds ?? Infinity);
}

/** Measures all cells in rounds, so that a noisy minute hits every library alike. */
export async function measureAll(cells: readonly Cell[], flags: Flags, base: string): Promise<Result[]> {
  const run = new Date().toISOString();
  const results: Result[] = [];
  const failed = new Set<Cell>();
  const rounds = Math.max(0, ...cells.map((cell) => roundsOf(cell, flags)));
  for (let round = 1; round <= rounds; round++) {
    for (const cell of round % 2 === 1 ? cells : cells.toReversed()) { // whoever came first comes last
      if (round > roundsOf(cell, flags) || failed.has(cell)) continue;
      const measured = await measure(cell, { base, quick: flags.quick, run, round });
      results.push(...measured);
      const { host, work, workers, entrant } = cell;
      const said = measured.map(({ name, value, unit, fails }) =>
        fails === undefined ? `${name} ${value!.toPrecision(3)} ${unit}` : `FAILS: ${fails}`
      );
      console.error(`${round}/${rounds} ${host.name} ${work.name} ${workers} ${entrant.label}: ${said.join(", ")}`);
      if (measured.some(({ fails }) => fails !== undefined)) failed.add(cell);
    }
  }
  return results;
}

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args);
  if (flags === undefined) {
    console.log(USAGE);
    return 0;
  }
  if (flags.report) {
    writeReport(flags.out, readResults(flags.out));
    return 0;
  }
  const hosts = findHosts(flags.runtimes);
  const directory = mkdtempSync(join(tmpdir(), "multicore-bench-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  const base = flags.source ? root : join(directory, "this");
  if (!flags.source) await takeSnapshot(root, base, true);
  if (flags.compare !== undefined) return await compare(flags, hosts, base, directory, measureAll);

  const cells = planRound(flags, hosts, findEntrants(flags));
  if (cells.length === 0) throw new RangeError("Cannot measure anything: no library takes part in these works there");
  const results = await measureAll(cells, flags, base);
  for (const host of hosts) {
    const own = results.filter(({ runtime }) => runtime === host.name);
    if (own.length > 0) console.log(`\n## ${host.name} (${host.version})\n\n${tableOf(own)}`);
  }
  writeResults(flags.out, results);
  writeReport(flags.out, readResults(flags.out));
  return results.some(({ library, fails }) => library === "multicore" && fails !== undefined) ? 1 : 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  const isMistake = error instanceof RangeError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  console.error(isMistake ? (error as Error).message : error);
  process.exit(2);
}
