/** Time from a worker's death to the rejection of its task: `npm run chaos -- deaths [--count 50]`. */
import { parseArgs } from "node:util";
import { createPool, sharedArray, WorkerExitError } from "../../mod.ts";
import { thisRuntime } from "../runtimes.ts";
import { kind } from "./plan.ts";
import type { Way } from "./tasks.ts";
import * as tasks from "./tasks.ts";

const ways: readonly Way[] = kind === "deno"
  ? ["exit", "denoExit", "close", "throw", "reject"]
  : ["exit", "throw", "reject"];

/** Returns the exit code. */
export async function deaths(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { count: { type: "string" } } });
  const count = Number(values.count ?? 50);
  const { name, version } = thisRuntime();
  const clock = sharedArray(Float64Array, 1);
  const pool = createPool({ workers: 1, modules: [new URL("./tasks.ts", import.meta.url)] });
  let failed = 0;
  for (const way of ways) {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      await pool.run(tasks.quick, i); // the worker is up
      try {
        await pool.run(tasks.dieNoting, i, way, clock);
      } catch (error) {
        times.push(performance.timeOrigin + performance.now() - clock[0]!);
        if (!(error instanceof WorkerExitError)) failed++;
      }
    }
    times.sort((a, b) => a - b);
    const [median, most] = [times[times.length >> 1]!, times.at(-1)!];
    console.log(
      `${name} ${version} ${way.padEnd(8)} ${times.length} deaths, ms to the rejection: median ${median.toFixed(1)}, ` +
        `max ${most.toFixed(1)}`,
    );
    if (times.length !== count) failed++;
  }
  await pool.close();
  return failed === 0 ? 0 : 1;
}
