import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import * as recycled from "../fixtures/recycled.ts";
import { fixture, flags, raised, settles, until, withPool } from "./_support.ts";

const modules = [fixture("recycled")];
const { setup, teardown } = recycled;

/** How many tasks each worker ran. */
function countByWorker(results: [mark: string, count: number][]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [mark] of results) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  return counts;
}

describe("maxTasksPerWorker", () => {
  it("replaces a worker after so many tasks, and none fails", async () => {
    await withPool({ workers: 1, modules, maxTasksPerWorker: 5 }, async (pool) => {
      const results = await settles(Promise.all(Array.from({ length: 23 }, () => pool.run(recycled.tick))));
      assert.deepEqual([...countByWorker(results).values()], [5, 5, 5, 5, 3]);
      assert.deepEqual(results.map(([, count]) => count), Array.from({ length: 23 }, (_, i) => i % 5 + 1));
      const { completed, failed, workers, abandoned } = pool.stats();
      assert.deepEqual({ completed, failed, workers, abandoned }, {
        completed: 23,
        failed: 0,
        workers: 1,
        abandoned: 0,
      });
    });
  });

  it("settles the task although its worker's replacement cannot be started, which is tried again", async () => {
    let failures = 0;
    const channel: typeof adapter.channel = () => {
      if (failures > 0 && failures-- > 0) throw new RangeError("no memory left");
      return adapter.channel();
    };
    const pool = createPoolOn({ ...adapter, channel }, { workers: 1, modules, maxTasksPerWorker: 1 });
    try {
      await settles(pool.ready());
      failures = 1;
      const results = [pool.run(recycled.tick), pool.run(recycled.tick)];
      assert.equal((await settles(results[0]!))[1], 1);
      assert.equal((await settles(results[1]!))[1], 1, "in another worker");
      assert.equal(failures, 0);
    } finally {
      await settles(pool.close());
    }
  });

  it("may be 1", async () => {
    await withPool({ workers: 1, modules, maxTasksPerWorker: 1 }, async (pool) => {
      const results: [string, number][] = [];
      for (let i = 0; i < 4; i++) results.push(await settles(pool.run(recycled.tick)));
      assert.equal(countByWorker(results).size, 4);
    });
  });

  it("lets async tasks end that run in the worker to be replaced", async () => {
    await withPool({ workers: 2, modules, maxTasksPerWorker: 4, tasksPerWorker: 3 }, async (pool) => {
      const results = await settles(
        Promise.all(Array.from({ length: 60 }, (_, i) => pool.run(recycled.tickLater, i % 7))),
      );
      const counts = [...countByWorker(results).values()];
      // Two more may run already when the fourth one ends.
      assert.ok(counts.every((count) => count <= 6), String(counts));
      assert.equal(pool.stats().failed, 0);
    });
  });

  it("runs teardown in each worker, and setup in the next", async () => {
    const shared = flags();
    await withPool({ workers: 1, modules, setup, teardown, maxTasksPerWorker: 3 }, async (pool) => {
      const results = await settles(Promise.all(Array.from({ length: 9 }, () => pool.run(recycled.tick, shared))));
      assert.equal(countByWorker(results).size, 3);
      await raised(shared, 0, 2);
      await settles(pool.close());
      assert.equal(shared[0], 3);
    });
  });
});

describe("maxWorkerBytes", () => {
  it("replaces a worker whose heap is above it, between tasks", async () => {
    const shared = flags();
    await withPool({ workers: 1, modules, setup, teardown, maxWorkerBytes: 200_000_000 }, async (pool) => {
      const [first] = await settles(pool.run(recycled.tick, shared));
      for (let i = 0; i < 5; i++) {
        assert.equal((await settles(pool.run(recycled.tick)))[0], first, "a small heap is kept");
      }
      assert.equal(await settles(pool.run(recycled.hoard, 300_000_000)), first);
      // While Bun collects garbage, it tells of the heap as it was before: the check after a later task sees the rest.
      const end = performance.now() + 20_000;
      while ((await settles(pool.run(recycled.tick)))[0] === first) {
        assert.ok(performance.now() < end, "the worker is replaced in the end");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await until(() => shared[0] === 1, "teardown has run");
      assert.equal(pool.stats().failed, 0);
    });
  });
});
