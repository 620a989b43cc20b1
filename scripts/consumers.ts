/**
 * `npm run consumers -- [--only bundled] [--jobs 2] [--keep]`
 *
 * Packs the package, installs the tarball in projects of many kinds in a temporary folder, runs each on every runtime
 * and checks what it prints. Writes the results to docs/consumers.md, unless `--only` chose some of them.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Case, type Chapter, Lab } from "./consumers/_lab.ts";
import { type Entry, table } from "./consumers/_report.ts";
import { bundled } from "./consumers/bundled.ts";
import { executables } from "./consumers/executables.ts";
import { hosts } from "./consumers/hosts.ts";
import { installed } from "./consumers/installed.ts";
import { metadata } from "./consumers/metadata.ts";
import { permissions } from "./consumers/permissions.ts";
import { types } from "./consumers/types.ts";
import { capture, root } from "./process.ts";
import { findRuntime, findRuntimes } from "./runtimes.ts";

const chapters: readonly ((lab: Lab) => Chapter)[] = [
  installed,
  hosts,
  bundled,
  executables,
  types,
  metadata,
  permissions,
];

async function runCase({ consumer, column, run }: Case): Promise<Entry> {
  const started = performance.now();
  const result = await Promise.resolve().then(run).catch((error) => {
    console.log(error);
    return { state: "FAILED", note: String(error.message ?? error).split("\n")[0]! } as const;
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${result.state.padEnd(14)} ${consumer}, ${column} (${seconds} s) ${result.note}`);
  return { consumer, column, result };
}

async function runCases(cases: readonly Case[], jobs: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  let next = 0;
  const some = async (): Promise<void> => {
    for (let index = next++; index < cases.length; index = next++) entries[index] = await runCase(cases[index]!);
  };
  await Promise.all(Array.from({ length: jobs }, some));
  return entries;
}

/** The page; the same results give the same text. */
function page(tables: readonly string[]): string {
  const versions = findRuntimes().map(({ name, version }) => `${name} is ${version}`).join(", ");
  const intro =
    `What was tried with the packed package, and how it went. \`npm run consumers\` writes this page: do not \
edit. Each program checks its results; "ok" means that it ended by itself, with exit code 0 and the right output. Here \
${versions}.`;
  return `# Consumers\n\n${intro}\n\n${tables.join("\n\n")}\n`;
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: "" },
      jobs: { type: "string", default: `${Math.min(2, availableParallelism())}` },
      keep: { type: "boolean", default: false },
    },
  });
  const lab = new Lab();
  const tables: string[] = [];
  let failed = 0;
  let tried = 0;
  try {
    await lab.prepare();
    for (const make of chapters) {
      const { title, intro, cases } = make(lab);
      const chosen = cases.filter(({ consumer, column }) =>
        `${title}: ${consumer}, ${column}`.toLowerCase().includes(values.only.toLowerCase())
      );
      if (chosen.length === 0) continue;
      console.log(`\n${title}`);
      const entries = await runCases(chosen, Number(values.jobs));
      tried += entries.length;
      failed += entries.filter(({ result }) => result.state === "FAILED").length;
      tables.push(`## ${title}\n\n${intro}\n\n${table(entries)}`);
    }
  } finally {
    if (values.keep) console.log(`The projects are in ${lab.home}`);
    else lab.remove();
  }
  console.log(`\n${tables.join("\n\n")}\n`);
  if (values.only === "") {
    const file = join(root, "docs/consumers.md");
    writeFileSync(file, page(tables));
    await capture([findRuntime("deno").executable, "fmt", "-q", file]);
  }
  console.log(`${tried} tried, ${failed} failed`);
  return failed === 0 && tried > 0 ? 0 : 1;
}
