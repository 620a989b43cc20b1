/** Starts and ends workers many times: `npm run chaos -- spawn [--count 1000]`. Prints how memory grows. */
import { parseArgs } from "node:util";
import { createPool } from "../../mod.ts";
import { thisRuntime } from "../runtimes.ts";
import { collect, rss, threads } from "./machine.ts";
import { slopeOf } from "./slope.ts";
import * as tasks from "./tasks.ts";

/** Pools that are closed, terminated, whose worker ends by itself, or is aborted. */
const ends = ["close", "terminate", "die", "abort"] as const;

/** A pool of one worker from start to end. */
async function once(end: typeof ends[number], id: number): Promise<void> {
  const pool = createPool({ workers: 1, abortGrace: 0, modules: [new URL("./tasks.ts", import.meta.url)] });
  if (await pool.run(tasks.quick, id) !== tasks.answer(id)) throw new Error(`Task ${id} has another's result`);
  switch (end) {
    case "close":
      return await pool.close();
    case "terminate":
      return await pool.terminate();
    case "die":
      await pool.run(tasks.die, id, "exit").catch(() => {});
      return await pool.terminate();
    case "abort": {
      const running = pool.with({ signal: AbortSignal.timeout(1) }).run(tasks.oversleep, id, 60_000);
      await running.catch(() => {});
      return await pool.terminate();
    }
  }
}

/** Returns the exit code. */
export async function spawn(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { count: { type: "string" } } });
  const count = Number(values.count ?? 1000);
  const { name, version } = thisRuntime();
  const points: [number, number][] = [];
  const started = performance.now();
  let most = 0;
  for (let i = 0; i < count; i++) {
    await once(ends[i % ends.length]!, i);
    if (i % Math.max(1, Math.floor(count / 20)) !== 0 && i !== count - 1) continue;
    collect();
    points.push([i, rss()]);
    most = Math.max(most, threads().length);
    console.log(`${i} pools  RSS ${rss().toFixed(0)} MiB  ${threads().length} threads`);
  }
  const rest = points.slice(Math.floor(points.length / 4));
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const growth = rest.at(-1)![1] - rest[0]![1];
  console.log(
    `${name} ${version}: ${count} pools of a worker started and ended in ${seconds} s, at most ${most} threads, RSS ` +
      `${points[0]![1].toFixed(0)} MiB at first, ${points.at(-1)![1].toFixed(0)} MiB at last, growth after the first ` +
      `quarter ${growth.toFixed(0)} MiB, ${(slopeOf(rest) * 1024).toFixed(1)} KiB a worker`,
  );
  return 0;
}
