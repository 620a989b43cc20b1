import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Pool } from "../../mod.ts";
import { SLOTS } from "../../src/transport/layout.ts";
import { add } from "../fixtures/basics.ts";
import { hold, raise as raiseFlag } from "../fixtures/latch.ts";
import { failure, fixture, type Flags, flags, raise, raised, settles, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

/** More broadcasts than a worker has slots. */
const MANY = SLOTS + 100;

/** Occupies every worker until flag 1 is raised. */
async function occupy(pool: Pool, shared: Flags): Promise<Promise<unknown>[]> {
  await settles(pool.ready());
  const held = Array.from({ length: pool.size }, () => pool.run(hold, shared, 0, 1));
  await raised(shared, 0, held.length);
  return held;
}

describe("more broadcasts than a worker can hold", () => {
  it("are all withdrawn by an abort: none runs", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      const held = await occupy(pool, shared);
      const controller = new AbortController();
      const runner = pool.with({ signal: controller.signal });
      const failures = Array.from({ length: MANY }, () => failure(runner.broadcast(raiseFlag, shared, 2)));
      assert.equal(pool.stats().queued, MANY);
      controller.abort(new Error("not wanted"));
      for (const error of await settles(Promise.all(failures))) assert.equal(error.message, "not wanted");
      assert.equal(pool.stats().queued, 0);
      raise(shared, 1);
      await settles(Promise.all(held));
      assert.deepEqual(await settles(pool.broadcast(add, 1, 2)), [3]);
      assert.equal(Atomics.load(shared, 2), 0);
    });
  });

  it("all run in the worker they were for, also when it is worn out meanwhile", async () => {
    await withPool({ workers: 1, modules, maxTasksPerWorker: 5 }, async (pool) => {
      const shared = flags();
      const held = await occupy(pool, shared); // or the worker may be worn out before all are submitted
      const all = Array.from({ length: MANY }, (_, i) => pool.broadcast(add, i, 0));
      raise(shared, 1);
      assert.deepEqual(await settles(Promise.all(all)), Array.from({ length: MANY }, (_, i) => [i]));
      await settles(Promise.all(held));
      await until(() => pool.stats().restarts === 1, "the worker is replaced");
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });

  it("all run in a worker that resize() takes away, and then it ends", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const shared = flags();
      const held = await occupy(pool, shared);
      const all = Array.from({ length: MANY }, (_, i) => pool.broadcast(add, i, 0));
      pool.resize(1);
      raise(shared, 1);
      assert.deepEqual(await settles(Promise.all(all)), Array.from({ length: MANY }, (_, i) => [i, i]));
      await settles(Promise.all(held));
      await settles(pool.close(), "close()");
    });
  });

  it("and an abort of them all leave nothing to do to a worker that resize() takes away: it ends", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const shared = flags();
      const held = await occupy(pool, shared);
      const controller = new AbortController();
      const runner = pool.with({ signal: controller.signal });
      const failures = Array.from({ length: MANY }, () => failure(runner.broadcast(raiseFlag, shared, 2)));
      pool.resize(1);
      controller.abort(new Error("not wanted"));
      await settles(Promise.all(failures));
      raise(shared, 1);
      await settles(Promise.all(held));
      await settles(pool.close(), "close()");
      assert.equal(Atomics.load(shared, 2), 0);
    });
  });
});
