/** The command line of the bench. */
import { parseArgs } from "node:util";
import { resolve } from "node:path";
import { root } from "../process.ts";
import { thisRuntime } from "../runtimes.ts";

/** What a run is to do. */
export interface Flags {
  runtimes: string[];
  only: string[] | undefined;
  libraries: string[] | undefined;
  workers: number[];
  quick: boolean;
  rounds: number | undefined;
  compare: string | undefined;
  local: string | undefined;
  out: string;
  source: boolean;
  report: boolean;
}

export const USAGE = `npm run bench -- [options]

  --runtimes LIST   node20,node24,deno,bun,python3 or all (default: the runtime that runs this;
                    \`npm run bench -- --runtime NAME\` chooses that one)
  --only LIST       works, such as hot_latency,burst (default: all)
  --library LIST    multicore,postmessage,piscina,tinypool,workerpool,poolifier,comlink,bare,python (default: all)
  --workers LIST    numbers of workers (default: 1,2)
  --quick           3 short rounds, for a look; kept in results/quick/
  --rounds N        rounds (default: 5, or what the work says)
  --compare REV     this tree against a revision, in turn: ratios with their spread (7 rounds)
  --local PATH      also a checkout of another library: a package that an adapter is for, or a module
                    that exports a \`library\` as scripts/bench/library.ts says
  --source          run the TypeScript sources, not a JavaScript snapshot
  --report          only write the report again from the JSON lines
  --out DIR         where results go (default: scripts/bench/results)`;

const strings = ["runtime", "runtimes", "only", "library", "workers", "rounds", "compare", "local", "out"] as const;
const booleans = ["quick", "source", "report", "help"] as const;

function list(text: string | undefined): string[] | undefined {
  return text?.split(",").map((item) => item.trim()).filter((item) => item !== "");
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`Cannot use --${option} as it must be a positive integer: received ${text}`);
  }
  return value;
}

/** Reads the command line; `undefined` when it asks for help. */
export function parseFlags(args: readonly string[]): Flags | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries([
      ...strings.map((name) => [name, { type: "string" as const }]),
      ...booleans.map((name) => [name, { type: "boolean" as const }]),
    ]),
  });
  const text = values as Partial<Record<typeof strings[number], string>>;
  const on = values as Partial<Record<typeof booleans[number], boolean>>;
  if (on.help) return undefined;
  const results = resolve(text.out ?? `${root}/scripts/bench/results`);
  return {
    runtimes: list(text.runtimes ?? text.runtime) ?? [thisRuntime().name],
    only: list(text.only),
    libraries: list(text.library),
    workers: (list(text.workers) ?? ["1", "2"]).map((item) => positive("workers", item)),
    quick: on.quick ?? false,
    rounds: text.rounds === undefined ? undefined : positive("rounds", text.rounds),
    compare: text.compare,
    local: text.local,
    out: on.quick && text.out === undefined ? `${results}/quick` : results,
    source: on.source ?? false,
    report: on.report ?? false,
  };
}
