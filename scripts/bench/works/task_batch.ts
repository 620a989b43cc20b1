import { median } from "../stats.ts";
import { expect, warmUp, type Work } from "../work.ts";

const COUNT = 100_000;

export const work: Work = {
  name: "task_batch",
  question: "How many tasks a second does one `Task` of 100,000 x `run` and one `get` reach?",
  libraries: ["multicore"],
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    const args = Array.from({ length: COUNT }, (_, i) => i);
    const rates: number[] = [];
    const warming = quick ? 1 : 3;
    for (let batch = 0; batch < warming + (quick ? 2 : 7); batch++) {
      const started = performance.now();
      const results = await pool.runBatch!("addOne", args);
      const ms = performance.now() - started;
      expect(results.length === COUNT, `${COUNT} results`, results.length);
      for (let i = 0; i < COUNT; i++) expect(results[i] === i + 1, `${i + 1}`, results[i]);
      if (batch >= warming) rates.push(COUNT / ms * 1000);
    }
    report("100,000 x run + get", "tasks/s", median(rates));
  },
};
