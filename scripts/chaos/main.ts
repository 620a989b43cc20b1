/** `npm run chaos`: random tasks, failures and changes of a pool, by seed. See `USAGE`. */
import process from "node:process";
import { parseArgs } from "node:util";
import { thisRuntime } from "../runtimes.ts";
import { deaths } from "./deaths.ts";
import { type Report, runSeed } from "./seed.ts";
import { soak } from "./soak.ts";
import { spawn } from "./spawn.ts";
import { heading, rowOf } from "./table.ts";

const USAGE = `npm run chaos -- [--runtime NAME] [options]

  --seed N          one seed
  --seeds A..B      several (default: 1..10)
  --seconds S       how long each works (default: 10)
  --workers N       most workers of a pool (default: 4)
  --only LIST       kinds of actions, such as quick,die
  --without LIST    kinds of actions to leave out

npm run chaos -- [--runtime NAME] soak [--seconds 600] [--workers N]   full load, and how memory grows
npm run chaos -- [--runtime NAME] spawn [--count 1000]                 workers started and ended, the same
npm run chaos -- [--runtime NAME] deaths [--count 50]                  how soon a death is known`;

function whole(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0) {
    throw new RangeError(`Cannot use --${option} as it must be a whole number: received ${text}`);
  }
  return value;
}

function seedsOf(text: string): number[] {
  const [from = "", to = from] = text.split("..");
  const first = whole("seeds", from);
  return Array.from({ length: whole("seeds", to) - first + 1 }, (_, i) => first + i);
}

const list = (text: string): string[] => text.split(",").filter((item) => item !== "");

async function main(args: string[]): Promise<number> {
  if (args[0] === "soak") return await soak(args.slice(1));
  if (args[0] === "spawn") return await spawn(args.slice(1));
  if (args[0] === "deaths") return await deaths(args.slice(1));
  const string = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: {
      seed: string,
      seeds: string,
      seconds: string,
      workers: string,
      only: string,
      without: string,
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { name, version } = thisRuntime();
  console.log(`${name} ${version}\n${heading}`);
  const failed: Report[] = [];
  for (const seed of seedsOf(values.seed ?? values.seeds ?? "1..10")) {
    const report = await runSeed({
      seed,
      seconds: Number(values.seconds ?? 10),
      workers: whole("workers", values.workers?.split("..").at(-1) ?? "4"),
      only: list(values.only ?? ""),
      without: list(values.without ?? ""),
    });
    console.log(rowOf(report));
    for (const problem of report.problems) console.log(`      ${problem.replaceAll("\n", "\n      ")}`);
    if (!report.ok) failed.push(report);
  }
  console.log(failed.length === 0 ? "all well" : `failed: ${failed.map(({ seed }) => seed).join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
