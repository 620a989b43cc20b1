import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { add, addLater, workerMark } from "../fixtures/basics.ts";
import { hold, meet, note } from "../fixtures/latch.ts";
import { failure, fixture, flags, raise, raised, settles, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

describe("Pool.resize()", () => {
  it("adds workers that run at the same time", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      await settles(pool.run(add, 1, 1));
      const shared = flags();
      const together = [1, 2, 3].map(() => pool.run(meet, shared, 0, 3));
      pool.resize(3);
      assert.equal(pool.size, 3);
      assert.deepEqual(await settles(Promise.all(together)), [3, 3, 3]);
      await until(() => pool.stats().workers === 3, "there are 3 workers");
    });
  });

  it("takes workers away when they have finished what they run", async () => {
    await withPool({ workers: 3, modules }, async (pool) => {
      const shared = flags();
      const held = [1, 2, 3].map((i) => pool.run(hold, shared, 0, 1, i));
      await raised(shared, 0, 3);
      pool.resize(1);
      assert.equal(pool.size, 1);
      const more = Array.from({ length: 20 }, (_, i) => pool.run(add, i, 0));
      raise(shared, 1);
      assert.deepEqual(await settles(Promise.all(held)), [1, 2, 3]);
      assert.deepEqual(await settles(Promise.all(more)), Array.from({ length: 20 }, (_, i) => i));
      await until(() => pool.stats().workers === 1, "there is 1 worker");
      const marks = await settles(Promise.all(Array.from({ length: 20 }, () => pool.run(workerMark))));
      assert.equal(new Set(marks).size, 1);
      assert.equal((await settles(pool.broadcast(workerMark))).length, 1);
    });
  });

  it("takes back a worker that ready() waits for: ready() no longer does", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      await settles(pool.ready());
      pool.resize(2);
      const ready = pool.ready();
      pool.resize(1);
      await settles(ready, "ready()");
      assert.equal(await settles(pool.run(add, 1, 1)), 2);
    });
  });

  it("up and down at once loses no task", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const results: Promise<number>[] = [];
      for (let round = 0; round < 10; round++) {
        for (let i = 0; i < 20; i++) results.push(pool.run(i % 2 === 0 ? add : addLater, round, i));
        pool.resize(1 + round % 3);
        await settles(results.at(-20));
      }
      const expected = Array.from({ length: 200 }, (_, n) => Math.floor(n / 20) + n % 20);
      assert.deepEqual(await settles(Promise.all(results)), expected);
    });
  });
});

describe("Pool.stats()", () => {
  it("counts what was done, and what is going on", async () => {
    const [shared, order] = [flags(), flags()];
    await withPool({ workers: 1, modules }, async (pool) => {
      await settles(pool.ready());
      for (let i = 0; i < 5; i++) await settles(pool.run(add, i, i));
      await failure(pool.run(() => {
        throw new Error("counted");
      }));
      await until(() => pool.stats().idle === 1, "the worker is idle");
      const { memory, utilisation, ...counts } = pool.stats();
      assert.deepEqual(counts, {
        workers: 1,
        idle: 1,
        running: 0,
        queued: 0,
        completed: 5,
        failed: 1,
        restarts: 0,
        abandoned: 0,
      });
      assert.ok(utilisation >= 0 && utilisation <= 1, String(utilisation));
      assert.ok(Number.isSafeInteger(memory) && memory > 0, String(memory));
      const held = pool.run(hold, shared, 0, 1);
      const queued = [pool.run(note, order, 1), pool.run(note, order, 2)];
      await raised(shared, 0);
      const { idle, running, queued: waiting } = pool.stats();
      assert.deepEqual({ idle, running, waiting }, { idle: 0, running: 1, waiting: 2 });
      raise(shared, 1);
      await settles(Promise.all([held, ...queued]));
      assert.equal(pool.stats().completed, 8);
    });
  });
});
