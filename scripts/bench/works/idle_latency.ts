import { quantile } from "../stats.ts";
import { expect, sleep, timeCalls, warmUp, type Work } from "../work.ts";

export const work: Work = {
  name: "idle_latency",
  question: "How long does `await run(addOne, i)` take after 5 ms and after 100 ms without a call?",
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    const check = (value: unknown, i: number): void => expect(value === i + 1, `${i + 1}`, value);
    for (const [ms, count] of [[5, quick ? 30 : 150], [100, quick ? 5 : 20]] as const) {
      const budget = { ms: Infinity, most: count, before: () => sleep(ms) };
      const times = await timeCalls((i) => pool.run("addOne", i), check, budget);
      report(`after ${ms} ms, p50`, "us", quantile(times, 0.5));
    }
  },
};
