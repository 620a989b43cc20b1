import { quantile } from "../stats.ts";
import { expect, sleep, warmUp, type Work } from "../work.ts";

export const work: Work = {
  name: "run_sync",
  question: "How long does `runSync(addOne, i)` take, one call after the other?",
  libraries: ["multicore"],
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    const times: number[] = [];
    const warming = quick ? 1000 : 5000;
    const end = performance.now() + (quick ? 600 : 3000);
    for (let i = 0; i < warming + (quick ? 5000 : 50_000); i++) {
      const started = performance.now();
      const value = pool.runSync!("addOne", i);
      const ended = performance.now();
      expect(value === i + 1, `${i + 1}`, value);
      if (i >= warming) times.push((ended - started) * 1000);
      if (ended > end && times.length >= 100) break;
      if (i % 1000 === 999) await sleep(0);
    }
    report("p50", "us", quantile(times, 0.5));
    report("p99", "us", quantile(times, 0.99));
  },
};
