import { expect, type Work } from "../work.ts";

export const work: Work = {
  name: "cold_start",
  question: "How long does it take to the first result of a new pool of 2 workers, from the call that creates it " +
    "(`pool`: with the import of the library), and from the start of the process?",
  workers: [2],
  async measure({ create, spawned, report }) {
    const started = performance.now();
    const pool = await create();
    const value = await pool.run("addOne", 1);
    const ended = performance.now();
    expect(value === 2, "2", value);
    report("pool", "ms", ended - started);
    report("process", "ms", performance.timeOrigin + ended - spawned);
  },
};
