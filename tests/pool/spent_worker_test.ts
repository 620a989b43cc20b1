/** A worker in which a late watchdog may hit whatever runs next is given up, after what it has begun. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PoolOptions } from "../../mod.ts";
import { echo } from "../fixtures/basics.ts";
import { holdAsync } from "../fixtures/latch.ts";
import { fixture, flags, raise, raised, settles, until, withPool } from "./_support.ts";

const options: PoolOptions = {
  workers: 1,
  worker: fixture("spent_entry"),
  modules: [fixture("basics"), fixture("latch")],
};

describe("a worker that may be hit by a late watchdog", { timeout: 110_000 }, () => {
  it("gives its result, and is replaced before the next task", () =>
    withPool(options, async (pool) => {
      const mark =
        (): number => ((globalThis as { marks?: number }).marks = ((globalThis as { marks?: number }).marks ?? 0) + 1);
      assert.deepEqual([await settles(pool.run(mark)), await settles(pool.run(mark))], [1, 2]);
      const results = [pool.with({ timeout: 60_000 }).run(echo, "late"), ...[0, 1, 2].map((i) => pool.run(echo, i))];
      assert.deepEqual(await settles(Promise.all(results)), ["late", 0, 1, 2]);
      assert.equal(await settles(pool.run(mark)), 1, "in a new thread");
      assert.equal(pool.stats().restarts, 1);
      assert.equal(await settles(pool.with({ timeout: 60_000 }).run(echo, "in time")), "in time");
      assert.equal(await settles(pool.run(mark)), 2);
      assert.equal(pool.stats().restarts, 1);
    }));

  it("finishes the async tasks that it has begun, and begins no more", () =>
    withPool({ ...options, tasksPerWorker: 2 }, async (pool) => {
      const shared = flags();
      const held = pool.run(holdAsync, shared, 0, 1, "held");
      await raised(shared, 0);
      assert.equal(await settles(pool.with({ timeout: 60_000 }).run(echo, "late")), "late");
      let isDone = false;
      const next = pool.run(echo, "next").then((value) => {
        isDone = true;
        return value;
      });
      assert.deepEqual([isDone, pool.stats().restarts], [false, 0]);
      raise(shared, 1);
      assert.deepEqual(await settles(Promise.all([held, next])), ["held", "next"]);
      await until(() => pool.stats().restarts === 1, "the worker was replaced");
    }));
});
