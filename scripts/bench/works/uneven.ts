import { quantile } from "../stats.ts";
import { expect, sleep, warmUp, type Work } from "../work.ts";

const SHORT = 1;
const LONG = 100;
/** One short task each so many ms, and one long task each so many short ones: half the load that 2 workers take. */
const EVERY = 5;
const RATIO = 50;

export const work: Work = {
  name: "uneven",
  question: "Tasks of 1 ms arrive every 5 ms, one of 100 ms among 50: how long do the short ones take? " +
    "And how long does a batch of 60 take with every tenth long?",
  workers: [2],
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    for (let i = 0; i < 100; i++) await pool.run("spin", SHORT);
    for (let i = 0; i < 4; i++) await pool.run("spin", LONG);

    const latencies: number[] = [];
    const pending: Promise<void>[] = [];
    const shorts = quick ? 150 : 600;
    const start = performance.now();
    for (let i = 0; i < shorts; i++) {
      if (i % RATIO === 0) pending.push(pool.run("spin", LONG).then((value) => expect(value === LONG, "100", value)));
      const submitted = performance.now();
      pending.push(
        pool.run("spin", SHORT).then((value) => {
          latencies.push(performance.now() - submitted);
          expect(value === SHORT, "1", value);
        }),
      );
      await sleep(Math.max(0, start + (i + 1) * EVERY - performance.now()));
    }
    await Promise.all(pending);
    expect(latencies.length === shorts, `${shorts} results`, latencies.length);
    report("stream, short p50", "ms", quantile(latencies, 0.5));
    report("stream, short p99", "ms", quantile(latencies, 0.99));

    const batch = Array.from({ length: 60 }, (_, i) => i % 10 === 0 ? LONG : SHORT);
    const batchTimes: number[] = [];
    for (let i = 0; i < (quick ? 1 : 3); i++) {
      const before = performance.now();
      const results = await pool.runMany("spin", batch);
      batchTimes.push(performance.now() - before);
      results.forEach((value, at) => expect(value === batch[at], `${batch[at]}`, value));
    }
    report("batch, total", "ms", quantile(batchTimes, 0.5));
  },
};
