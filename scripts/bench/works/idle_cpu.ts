import process from "node:process";
import { median } from "../stats.ts";
import { sleep, warmUp, type Work } from "../work.ts";

/** CPU time of this process so far, in ms. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export const work: Work = {
  name: "idle_cpu",
  question: "How much CPU time a second does a program use whose pool is idle (median of ten 1 s samples)? " +
    "`bare` is the same program with as many workers that only wait for messages.",
  libraries: [
    "multicore",
    "postmessage",
    "piscina",
    "tinypool",
    "workerpool",
    "poolifier",
    "comlink",
    "bare",
    "python",
  ],
  rounds: 1,
  async measure({ create, quick, library, report }) {
    const pool = await create();
    if (library !== "bare") await warmUp(pool, quick);
    await sleep(500);
    const samples: number[] = [];
    for (let i = 0; i < (quick ? 3 : 10); i++) {
      const [from, started] = [cpu(), performance.now()];
      await sleep(1000);
      samples.push((cpu() - from) / (performance.now() - started) * 1000);
    }
    report("median", "ms/s", median(samples));
    report("most", "ms/s", Math.max(...samples));
  },
};
