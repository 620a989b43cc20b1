/** `--compare REV`: this tree against another revision of it, both in turn in one run. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../process.ts";
import type { Cell, Entrant, Host } from "./cell.ts";
import type { Flags } from "./flags.ts";
import { planRound } from "./plan.ts";
import type { Result } from "./results.ts";
import { takeSnapshot } from "./snapshot.ts";
import { type Spread, spreadOf } from "./stats.ts";
import { formatValue, inOrder, isRate } from "./table.ts";
import type { Unit } from "./work.ts";

type MeasureAll = (cells: readonly Cell[], flags: Flags, base: string) => Promise<Result[]>;

/** Rounds unless `--rounds` says otherwise: a ratio needs more of them than a table. */
const ROUNDS = 7;

/** A ratio of this tree to the other revision. */
interface Ratio {
  runtime: string;
  work: string;
  name: string;
  workers: number;
  unit: Unit;
  here: Spread;
  there: Spread;
  /** Round by round. */
  ratio: Spread;
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** Takes the JavaScript of another revision. */
async function snapshotOf(revision: string, directory: string): Promise<string> {
  const tree = join(directory, "tree");
  git("worktree", "add", "--detach", "--force", tree, revision);
  try {
    return await takeSnapshot(tree, join(directory, "that"), false);
  } finally {
    git("worktree", "remove", "--force", tree);
  }
}

function ratiosOf(results: readonly Result[], that: string): Ratio[] {
  const pairs = new Map<string, { example: Result; here: number[]; there: number[] }>();
  for (const result of results) {
    const { runtime, work, name, workers, round, library, value } = result;
    if (name === undefined || value === undefined) continue;
    const key = `${runtime} ${work} ${name} ${workers}`;
    let pair = pairs.get(key);
    if (pair === undefined) pairs.set(key, pair = { example: result, here: [], there: [] });
    (library === that ? pair.there : pair.here)[round] = value;
  }
  const ratios: Ratio[] = [];
  for (const { example: { runtime, work, name, workers, unit }, here, there } of pairs.values()) {
    const rounds = [...here.keys()].filter((round) => here[round] !== undefined && there[round] !== undefined);
    if (rounds.length === 0) continue;
    ratios.push({
      runtime,
      work,
      name: name!,
      workers,
      unit: unit!,
      here: spreadOf(rounds.map((round) => here[round]!)),
      there: spreadOf(rounds.map((round) => there[round]!)),
      ratio: spreadOf(rounds.map((round) => here[round]! / there[round]!)),
    });
  }
  return ratios;
}

/** Says which way a ratio points, if its quartiles agree on one that is more than noise. */
function verdict({ ratio, unit }: Ratio): string {
  if (ratio.count < 3) return "";
  if (ratio.low <= 1.05 && ratio.high >= 0.95) return "";
  return (ratio.median > 1) === isRate(unit) ? "better" : "worse";
}

function tableOf(ratios: readonly Ratio[], revision: string): string {
  const lines = [
    `| runtime | work | figure | unit | workers | this tree | ${revision} | ratio (quartiles) | |`,
    "| --- | --- | --- | --- | --: | --: | --: | --: | --- |",
  ];
  for (const item of inOrder(ratios)) {
    const { runtime, work, name, unit, workers, here, there, ratio } = item;
    const spread = `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`;
    const values = `${formatValue(here.median)} | ${formatValue(there.median)}`;
    lines.push(`| ${runtime} | ${work} | ${name} | ${unit} | ${workers} | ${values} | ${spread} | ${verdict(item)} |`);
  }
  return lines.join("\n");
}

/** Runs the comparison; 1 if either side failed at a work. */
export async function compare(
  flags: Flags,
  hosts: readonly Host[],
  base: string,
  directory: string,
  measureAll: MeasureAll,
): Promise<number> {
  const revision = git("rev-parse", "--short", `${flags.compare}^{commit}`);
  const entrants: Entrant[] = [
    { label: "multicore", adapter: "multicore" },
    { label: revision, adapter: "multicore", local: await snapshotOf(revision, directory) },
  ];
  const rounds = flags.rounds ?? ROUNDS;
  const results = await measureAll(planRound(flags, hosts, entrants), { ...flags, rounds }, base);
  console.log(`\n${tableOf(ratiosOf(results, revision), revision)}`);
  const failures = results.filter(({ fails }) => fails !== undefined);
  for (const { runtime, work, library, workers, fails } of failures) {
    console.log(`- ${library} fails at ${work} on ${runtime} with ${workers} workers: ${fails}`);
  }
  return failures.length === 0 ? 0 : 1;
}
