import { quantile } from "../stats.ts";
import { expect, timeCalls, warmUp, type Work } from "../work.ts";

export const work: Work = {
  name: "hot_latency",
  question: "How long does `await run(addOne, i)` take, one call after the other?",
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    const budget = { ms: quick ? 400 : 2000, most: quick ? 5000 : 50_000, least: 500 };
    const check = (value: unknown, i: number): void => expect(value === i + 1, `${i + 1}`, value);
    const times = await timeCalls((i) => pool.run("addOne", i), check, budget);
    report("p50", "us", quantile(times, 0.5));
    report("p99", "us", quantile(times, 0.99));
  },
};
