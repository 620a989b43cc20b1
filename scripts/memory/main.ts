/**
 * `npm run memory -- [--runtime NAME] [--scale 1] [--only small,large,random,medium] [--seed 1] [--workers 2]`: does
 * resident memory stay flat? Prints it at each tenth of each phase, after a collection in every thread; exits with 1 if
 * the last third of a phase has clearly more than its first, or a result was wrong.
 *
 * On Linux it runs with an allocator that gives large blocks back at once: glibc else keeps freed ones of up to 32 MiB
 * and cuts them up, so that resident memory creeps on Node and Deno although nothing holds it. V8's heap for new objects
 * stays small for the same reason: it doubles every so often for as long as a million tasks take, in each thread, though
 * all that is in use stays what it was.
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createPool, type Pool } from "../../mod.ts";
import { programCommand, thisRuntime } from "../runtimes.ts";
import { collect, rss } from "../chaos/machine.ts";
import { Random } from "../chaos/random.ts";
import { type Phase, phases } from "./phases.ts";
import * as tasks from "./tasks.ts";
import { judge } from "./verdict.ts";

/** Samples a phase. */
const TENTHS = 10;

/** Resident memory once every thread has collected its garbage, in MiB. */
async function settled(pool: Pool): Promise<number> {
  for (let i = 0; i < 2; i++) {
    collect();
    await pool.broadcast(tasks.tidy);
  }
  collect();
  return rss();
}

/** Runs a phase and gives the memory at each tenth. */
async function measure(pool: Pool, phase: Phase, seed: number): Promise<number[]> {
  const samples: number[] = [];
  const random = new Random(seed);
  let next = 0;
  const feed = async (end: number): Promise<void> => {
    while (next < end) await phase.run(pool, random, next++);
  };
  for (let tenth = 1; tenth <= TENTHS; tenth++) {
    const end = Math.round(phase.count * tenth / TENTHS);
    await Promise.all(Array.from({ length: phase.depth }, () => feed(end)));
    samples.push(await settled(pool));
  }
  return samples;
}

/** The allocator's settings, and V8's heap for new objects; both are read at the start of a process. */
const SETTINGS = {
  MALLOC_MMAP_THRESHOLD_: "262144",
  MALLOC_ARENA_MAX: "2",
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --max-semi-space-size=4`.trim(),
  DENO_V8_FLAGS: "--max-semi-space-size=4",
};

/** Runs this program with those settings. */
function runAgain(args: string[]): number {
  const [command, ...rest] = programCommand(thisRuntime(), fileURLToPath(import.meta.url), args);
  return spawnSync(command!, rest, { stdio: "inherit", env: { ...process.env, ...SETTINGS } }).status ?? 1;
}

async function main(args: string[]): Promise<number> {
  if (process.platform === "linux" && process.env.MALLOC_MMAP_THRESHOLD_ === undefined) return runAgain(args);
  const string = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { scale: string, only: string, seed: string, workers: string } });
  const only = values.only?.split(",");
  const seed = Number(values.seed ?? 1);
  const { name, version } = thisRuntime();
  const pool = createPool({
    workers: Number(values.workers ?? 2),
    modules: [new URL("./tasks.ts", import.meta.url)],
  });
  await pool.ready();
  console.log(`${name} ${version}, seed ${seed}: RSS ${(await settled(pool)).toFixed(0)} MiB with an idle pool`);
  let failed = 0;
  for (const phase of phases(Number(values.scale ?? 1))) {
    if (only !== undefined && !only.includes(phase.name)) continue;
    const started = performance.now();
    const samples = await measure(pool, phase, seed);
    const { early, late, grows } = judge(samples);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(
      `${phase.name.padEnd(7)}${phase.count} tasks (${phase.what}) in ${seconds} s\n` +
        `       RSS in MiB at each tenth: ${samples.map((sample) => sample.toFixed(0)).join(" ")}\n` +
        `       first third ${early.toFixed(0)}, last third ${late.toFixed(0)}: ${grows ? "GROWS" : "flat"}` +
        `; shared ${(pool.stats().memory / 2 ** 20).toFixed(1)} MiB`,
    );
    if (grows) failed++;
  }
  const { failed: errors, restarts } = pool.stats();
  await pool.close();
  console.log(failed + errors + restarts === 0 ? "all flat" : `${failed} grow, ${errors} failed, ${restarts} restarts`);
  return failed + errors + restarts === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
