import process from "node:process";
import { expect, sleep, type Work } from "../work.ts";

const QUEUED = 100_000;

/** Memory of this process, in bytes, after a collection where the runtime lets us ask for one. */
async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    (globalThis as { Bun?: { gc(force: boolean): void } }).Bun?.gc(true);
    await sleep(50);
  }
  return process.memoryUsage().rss;
}

export const work: Work = {
  name: "memory",
  question:
    "How much resident memory does a worker take, and how much do 100,000 tasks that wait (all workers asleep " +
    "in a task)? `bare` is a worker that only waits for messages.",
  libraries: ["multicore", "postmessage", "piscina", "tinypool", "workerpool", "poolifier", "comlink", "bare"],
  async measure({ create, workers, library, report }) {
    const before = await memory();
    const pool = await create();
    if (library !== "bare") {
      const results = await pool.runMany("addOne", Array.from({ length: 10 * workers }, (_, i) => i));
      results.forEach((value, i) => expect(value === i + 1, `${i + 1}`, value));
    }
    report("a worker", "KiB", (await memory() - before) / workers / 1024);
    if (library === "bare") return;

    const args = Array.from({ length: QUEUED }, (_, i) => i);
    const empty = await memory();
    const sleepers = pool.runMany("block", new Array(workers).fill(1000));
    const queued = pool.runMany("addOne", args);
    report("100,000 tasks queued", "KiB", (process.memoryUsage().rss - empty) / 1024);
    await sleepers;
    const results = await queued;
    for (let i = 0; i < QUEUED; i++) expect(results[i] === i + 1, `${i + 1}`, results[i]);
  },
};
