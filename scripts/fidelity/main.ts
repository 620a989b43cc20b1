/** `npm run fidelity`: which values and errors come back as they were, on every runtime. See `USAGE`. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { libraries } from "../bench/libraries/mod.ts";
import { root } from "../process.ts";
import { findRuntime, findRuntimes, type Runtime } from "../runtimes.ts";
import { cases } from "./cases/mod.ts";
import { type Cell, countOf, runCell } from "./cell.ts";
import { type Finding, RIGHT } from "./protocol.ts";
import { pageOf } from "./report.ts";

const USAGE = `npm run fidelity -- [options]

  --runtimes LIST   node20,node24,deno,bun (default: all)
  --library LIST    multicore,piscina,tinypool,workerpool,poolifier,comlink (default: all)
  --only TEXT       only values whose title contains it
  --save FILE       also append what was found to a file, a line a library and runtime
  --from FILE       run nothing: write docs/fidelity.md of such a file, in which later lines count
  --jobs N          how many processes at a time (default: 3)

A run of everything writes docs/fidelity.md; any other prints what is not right.`;

const list = (text: string): string[] => text.split(",").map((item) => item.trim()).filter((item) => item !== "");

/** The libraries that take part: pools that anybody can install. */
const ENTRANTS = Object.keys(libraries).filter((name) => !["postmessage", "bare", "local"].includes(name));

async function runCells(
  wanted: [Runtime, string][],
  titles: readonly string[],
  jobs: number,
  save?: string,
): Promise<Cell[]> {
  const done = new Array<Cell>(wanted.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < wanted.length; i = next++) {
      const cell = done[i] = await runCell(...wanted[i]!, titles);
      if (save !== undefined) appendFileSync(save, `${JSON.stringify({ ...cell, findings: [...cell.findings] })}\n`);
      const { right, of } = countOf(cell, titles);
      console.error(`${cell.runtime.name} ${cell.library}: ${cell.fails ?? `${right} of ${of} right`}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return done;
}

/** What runs with `--save` have found, in the order of the tables. */
function readCells(file: string): Cell[] {
  const found = new Map<string, Cell>();
  const titles = new Set(cases.map(({ title }) => title));
  for (const line of readFileSync(file, "utf8").split("\n").filter((text) => text !== "")) {
    const cell = JSON.parse(line) as Omit<Cell, "findings"> & { findings: [string, Finding][] };
    const key = `${cell.library} ${cell.runtime.name}`;
    const fresh = cell.findings.filter(([title]) => titles.has(title));
    const findings = new Map([...found.get(key)?.findings ?? [], ...fresh]);
    found.set(key, { ...cell, findings: cell.fails === undefined ? findings : new Map() });
  }
  const names = findRuntimes().map(({ name }) => name);
  return ENTRANTS.flatMap((library) => names.flatMap((name) => found.get(`${library} ${name}`) ?? []));
}

function printWrong(cells: readonly Cell[]): void {
  for (const { runtime, library, findings } of cells) {
    for (const [title, { verdict, note = "" }] of findings) {
      if (RIGHT.includes(verdict) || verdict === "none") continue;
      console.log(`${runtime.name} ${library}: ${title}: ${verdict} ${note}`);
    }
  }
}

async function main(args: string[]): Promise<number> {
  const string = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: {
      runtimes: string,
      library: string,
      only: string,
      save: string,
      from: string,
      jobs: string,
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const page = join(root, "docs/fidelity.md");
  if (values.from !== undefined) {
    writeFileSync(page, pageOf(readCells(values.from)));
    return 0;
  }
  const runtimes = values.runtimes === undefined ? findRuntimes() : list(values.runtimes).map(findRuntime);
  const names = values.library === undefined ? ENTRANTS : list(values.library);
  const unknown = names.find((name) => !ENTRANTS.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`Cannot find library: expected one of ${ENTRANTS.join(", ")}: received ${unknown}`);
  }
  const titles = cases.map(({ title }) => title).filter((title) => title.includes(values.only ?? ""));
  const wanted = names.flatMap((name) => runtimes.map((runtime): [Runtime, string] => [runtime, name]));
  const cells = await runCells(wanted, titles, Number(values.jobs ?? 3), values.save);
  printWrong(cells);
  const isWhole = values.runtimes === undefined && values.library === undefined && values.only === undefined;
  if (isWhole) writeFileSync(page, pageOf(cells));
  const own = cells.filter(({ library }) => library === "multicore");
  return own.every((cell) => countOf(cell, titles).right === countOf(cell, titles).of) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
