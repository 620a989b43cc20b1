import { median } from "../stats.ts";
import { expect, warmUp, type Work } from "../work.ts";

const COUNT = 10_000;
/** Bursts that are reported apart: the runtimes' compilers are at work meanwhile, on Bun until about the twentieth. */
const FIRST = 5;

export const work: Work = {
  name: "burst",
  question:
    "How many tasks a second does a burst of 10,000 `run(addOne, i)` in one turn reach: the first five, and from " +
    "the 26th on? (`--quick`: from the third on.)",
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    const args = Array.from({ length: COUNT }, (_, i) => i);
    const rates: number[] = [];
    const warming = quick ? 2 : 25;
    const bursts = quick ? 5 : 25;
    const end = performance.now() + (quick ? 2000 : 15_000);
    while (rates.length < warming + bursts) {
      const started = performance.now();
      const results = await pool.runMany("addOne", args);
      const ms = performance.now() - started;
      for (let i = 0; i < COUNT; i++) expect(results[i] === i + 1, `${i + 1}`, results[i]);
      rates.push(COUNT / ms * 1000);
      if (performance.now() > end) break;
    }
    if (!quick) report("first bursts of 10,000", "tasks/s", median(rates.slice(0, FIRST)));
    // Of a slow library a single burst counts.
    report("burst of 10,000", "tasks/s", median(rates.slice(Math.min(warming, rates.length - 1))));
  },
};
