/**
 * `npm test -- [--runtime node20,deno] [--filter pool] [--repeat 50] [--load] [--limit 120] [--jobs 2] [--slowest 10]`
 *
 * Runs every tests/**\/*_test.ts on every runtime, one runtime after another and each file in a process of its own (so
 * that a hang, a crash and a file without tests have a name), two files at a time where there are two cores; prints
 * what failed in full, a table, and as its last line the totals.
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, sep } from "node:path";
import { parseArgs } from "node:util";
import { isCurrent, main as generateWorker } from "./generate_worker.ts";
import { startLoad } from "./load.ts";
import { capture, root } from "./process.ts";
import { findRuntime, findRuntimes, nodeOptions, type Runtime } from "./runtimes.ts";
import { addTotals, parseTotals, type Totals } from "./test_totals.ts";

/** The command that runs one test file; `limit` in ms holds for the whole file. */
function testCommand(runtime: Runtime, file: string, limit: number): string[] {
  const { kind, executable } = runtime;
  switch (kind) {
    case "node":
      // Never --test-force-exit: a leaked worker must hang its file.
      return [executable, ...nodeOptions(runtime), "--test", "--test-reporter=spec", `--test-timeout=${limit}`, file];
    case "deno": {
      const map = isForDeno(file) ? ["--import-map=tests/std/offline.json"] : [];
      return [executable, "test", "--no-check", "-A", "--no-remote", ...map, file];
    }
    case "bun":
      return [executable, "test", `--timeout=${limit}`, `./${file}`];
  }
}

/** tests/std uses the `@std` packages, which only Deno loads. */
function isForDeno(file: string): boolean {
  return file.startsWith("tests/std/");
}

/** tests/chaos works for 20 seconds, and has to wait for all that it has begun; on a busy machine that takes a while. */
function isLong(file: string): boolean {
  return file.startsWith("tests/chaos/");
}

function testFiles(filter: string): string[] {
  return readdirSync(join(root, "tests"), { recursive: true, encoding: "utf8" })
    .map((path) => `tests/${path.replaceAll(sep, "/")}`)
    .filter((file) => file.endsWith("_test.ts") && file.includes(filter))
    .sort();
}

/** Spares Node 24 from stripping the types of the same sources in each process and worker anew. */
const env = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/node-compile") };

/** Runs one file on one runtime; a file that fails prints all its output. */
async function runFile(runtime: Runtime, file: string, limit: number): Promise<Totals> {
  // Node's own limit comes first, since it names the test; then ours.
  const outcome = await capture(testCommand(runtime, file, limit), { limit: limit + 5000, env });
  const totals = parseTotals(runtime.kind, outcome.output, file);
  let reason = "";
  if (outcome.timedOut) reason = `still running after ${(limit + 5000) / 1000} s, killed`;
  else if (totals.failed > 0) reason = `${totals.failed} failed`;
  else if (outcome.code !== 0) reason = `ended with ${outcome.signal ?? `exit code ${outcome.code}`}`;
  else if (totals.passed + totals.skipped === 0) reason = "ran no tests";
  if (reason === "") return totals;
  console.log(`\n----- ${runtime.name} ${file}: ${reason}\n${outcome.output.trimEnd()}\n-----`);
  return { ...totals, failed: Math.max(totals.failed, 1) };
}

function describe({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** What a call of this script asks for, besides runtimes and files. */
interface Limits {
  /** For one file, in ms. */
  readonly file: number;
  /** Files at a time. */
  readonly jobs: number;
  /** How many of the slowest files to name. */
  readonly slowest: number;
}

async function runOn(runtime: Runtime, files: string[], limits: Limits): Promise<Totals> {
  let totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const times: { file: string; seconds: number }[] = [];
  const waiting = files.filter((file) => !isForDeno(file) || runtime.kind === "deno");
  const runSome = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const started = performance.now();
      const outcome = await runFile(runtime, file, isLong(file) ? 3 * limits.file : limits.file);
      times.push({ file, seconds: (performance.now() - started) / 1000 });
      totals = addTotals(totals, outcome);
    }
  };
  await Promise.all(Array.from({ length: limits.jobs }, runSome));
  times.sort((a, b) => b.seconds - a.seconds);
  for (const { file, seconds } of times.slice(0, limits.slowest)) {
    console.log(`${runtime.name} ${file}: ${seconds.toFixed(1)} s`);
  }
  return totals;
}

async function runAll(runtimes: Runtime[], files: string[], limits: Limits): Promise<Totals> {
  let all: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const runtime of runtimes) {
    const started = performance.now();
    const totals = await runOn(runtime, files, limits);
    if (totals.passed + totals.failed === 0 && !files.every(isForDeno)) {
      console.log(`\n----- ${runtime.name}: ran no tests\n-----`);
      totals.failed = 1;
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${runtime.name.padEnd(7)}${runtime.version.padEnd(9)} ${describe(totals)} (${seconds} s)`);
    all = addTotals(all, totals);
  }
  return all;
}

/** Returns the exit code. */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      runtime: { type: "string", multiple: true, default: [] },
      filter: { type: "string", default: "" },
      repeat: { type: "string", default: "1" },
      limit: { type: "string", default: "120" },
      jobs: { type: "string", default: `${Math.min(2, availableParallelism())}` },
      slowest: { type: "string", default: "0" },
      load: { type: "boolean", default: false },
    },
  });
  const names = values.runtime.flatMap((list) => list.split(","));
  const runtimes = names.length > 0 ? names.map(findRuntime) : findRuntimes();
  const files = testFiles(values.filter);
  if (files.length === 0) throw new Error(`Cannot find a test file whose path contains '${values.filter}'`);
  // Workers run the inlined source: it has to be that of the sources under test.
  if (!await isCurrent()) await generateWorker();
  const repeat = Number(values.repeat);
  const limits = { file: Number(values.limit) * 1000, jobs: Number(values.jobs), slowest: Number(values.slowest) };
  const stopLoad = values.load ? startLoad() : () => {};
  let all: Totals = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (let round = 1; round <= repeat; round++) {
      if (repeat > 1) console.log(`round ${round} of ${repeat}`);
      all = addTotals(all, await runAll(runtimes, files, limits));
    }
  } finally {
    stopLoad();
  }
  console.log(`${all.passed} passed, ${all.failed} failed`);
  return all.failed === 0 && all.passed > 0 ? 0 : 1;
}
