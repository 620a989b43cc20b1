/**
 * Full load for some time: `npm run chaos -- soak [--seconds 600] [--workers N]`. Prints how memory grows, and fails if
 * a task does.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { createPool, type Pool } from "../../mod.ts";
import { thisRuntime } from "../runtimes.ts";
import { textOf } from "./ledger.ts";
import { collect, rss } from "./machine.ts";
import { checksum, randomText, randomView } from "./payload.ts";
import { Random } from "./random.ts";
import { slopeOf } from "./slope.ts";
import * as tasks from "./tasks.ts";

/** Promises under way for each worker. */
const DEPTH = 8;
/** Between two looks at the memory, in ms. */
const SAMPLE_MS = 5000;

/** One task of random kind; throws if its result is another's. */
async function once(pool: Pool, random: Random): Promise<void> {
  const id = random.bits();
  const right = tasks.answer(id);
  let answer: number;
  switch (random.int(0, 5)) {
    case 0: {
      const view = randomView(random);
      const sum = checksum(view);
      const result = await pool.run(tasks.flip, id, view, 5);
      answer = result.sum === sum && checksum(result.view, 5) === sum ? result.id : -1;
      break;
    }
    case 1: {
      const text = randomText(random);
      const result = await pool.run(tasks.echo, id, text);
      answer = result.value === text ? result.id : -1;
      break;
    }
    case 2:
      answer = await pool.run(tasks.nap, id, 1);
      break;
    case 3:
      answer = await pool.with({ timeout: 60_000, signal: new AbortController().signal }).run(tasks.burn, id, 1);
      break;
    default:
      answer = await pool.run(tasks.quick, id);
  }
  if (answer !== right) throw new Error(`Task ${id} has another's result`);
}

/** Returns the exit code. */
export async function soak(args: readonly string[]): Promise<number> {
  const string = { type: "string" } as const;
  const { values } = parseArgs({ args: [...args], options: { seconds: string, workers: string } });
  const seconds = Number(values.seconds ?? 600);
  const workers = Number(values.workers ?? availableParallelism());
  const { name, version } = thisRuntime();
  const pool = createPool({ workers, modules: [new URL("./tasks.ts", import.meta.url)] });
  await pool.ready();
  const started = performance.now();
  const end = started + seconds * 1000;
  const points: [number, number][] = [];
  const errors: string[] = [];
  let done = 0;
  const sample = (): void => {
    collect();
    const minute = (performance.now() - started) / 60_000;
    points.push([minute, rss()]);
    const { memory } = pool.stats();
    console.log(`${minute.toFixed(2)} min  ${done} tasks  RSS ${rss().toFixed(0)} MiB  shared ${memory >> 10} KiB`);
  };
  const timer = setInterval(sample, Math.min(SAMPLE_MS, seconds * 100));
  const feed = async (seed: number): Promise<void> => {
    const random = new Random(seed);
    while (performance.now() < end) {
      try {
        await once(pool, random);
      } catch (error) {
        errors.push(textOf(error));
      }
      done++;
    }
  };
  await Promise.all(Array.from({ length: workers * DEPTH }, (_, i) => feed(i)));
  clearInterval(timer);
  sample();
  const { completed, failed, restarts } = pool.stats();
  await pool.close();
  // Heaps take their time to find their size.
  const settled = points.filter(([minute]) => minute >= points.at(-1)![0] / 3);
  const slope = slopeOf(settled).toFixed(2);
  console.log(
    `${name} ${version}: ${done} tasks in ${seconds} s on ${workers} workers, ${completed} completed, ${failed} failed, ` +
      `${restarts} restarts, ${errors.length} errors, RSS slope ${slope} MiB/min after the first third`,
  );
  for (const error of errors.slice(0, 10)) console.log(error);
  return errors.length === 0 && failed === 0 && restarts === 0 && completed === done ? 0 : 1;
}
