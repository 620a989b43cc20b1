import { median } from "../stats.ts";
import { expect, warmUp, type Work } from "../work.ts";

const COUNT = 10_000;

export const work: Work = {
  name: "burst",
  question: "How many tasks a second does a burst of 10,000 `run(addOne, i)` in one turn reach?",
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    const args = Array.from({ length: COUNT }, (_, i) => i);
    const rates: number[] = [];
    const bursts = quick ? 5 : 15;
    const warming = quick ? 2 : 5;
    const end = performance.now() + (quick ? 2000 : 15_000);
    for (let burst = 0; burst < warming + bursts; burst++) {
      const started = performance.now();
      const results = await pool.runMany("addOne", args);
      const ms = performance.now() - started;
      for (let i = 0; i < COUNT; i++) expect(results[i] === i + 1, `${i + 1}`, results[i]);
      const isLate = performance.now() > end; // of a slow library a single burst counts
      if (burst >= warming || isLate) rates.push(COUNT / ms * 1000);
      if (isLate) break;
    }
    report("burst of 10,000", "tasks/s", median(rates));
  },
};
