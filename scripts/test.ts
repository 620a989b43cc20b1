/**
 * `npm test -- [--runtime node20,deno] [--filter pool] [--repeat 50] [--load] [--limit 120]`
 *
 * Runs every tests/**\/*_test.ts on every runtime, one runtime after another and each file in a process of its own (so
 * that a hang, a crash and a file without tests have a name), prints what failed in full, a table, and as its last
 * line the totals.
 */
import { readdirSync } from "node:fs";
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

function testFiles(filter: string): string[] {
  return readdirSync(join(root, "tests"), { recursive: true, encoding: "utf8" })
    .map((path) => `tests/${path.replaceAll(sep, "/")}`)
    .filter((file) => file.endsWith("_test.ts") && file.includes(filter))
    .sort();
}

/** Runs one file on one runtime; a file that fails prints all its output. */
async function runFile(runtime: Runtime, file: string, limit: number): Promise<Totals> {
  // Node's own limit comes first, since it names the test; then ours.
  const outcome = await capture(testCommand(runtime, file, limit), { limit: limit + 5000 });
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

async function runAll(runtimes: Runtime[], files: string[], limit: number): Promise<Totals> {
  let all: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const runtime of runtimes) {
    const started = performance.now();
    let totals: Totals = { passed: 0, failed: 0, skipped: 0 };
    for (const file of files) {
      if (isForDeno(file) && runtime.kind !== "deno") continue;
      totals = addTotals(totals, await runFile(runtime, file, limit));
    }
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
  const stopLoad = values.load ? startLoad() : () => {};
  let all: Totals = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (let round = 1; round <= repeat; round++) {
      if (repeat > 1) console.log(`round ${round} of ${repeat}`);
      all = addTotals(all, await runAll(runtimes, files, Number(values.limit) * 1000));
    }
  } finally {
    stopLoad();
  }
  console.log(describe(all));
  return all.failed === 0 && all.passed > 0 ? 0 : 1;
}
