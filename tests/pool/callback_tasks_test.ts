/** Callbacks that give tasks to the pool that calls them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxy, TaskTimeoutError } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import { callBack } from "../fixtures/calling.ts";
import { failure, fixture, settles, until, withPool } from "./_support.ts";

const modules = ["basics", "calling"].map(fixture);

describe("a callback that awaits a task of the pool it is called from", { timeout: 120_000 }, () => {
  for (const options of [{ workers: 2 }, { workers: 1, tasksPerWorker: 2 }]) {
    it(`has its result where another task may run beside: ${JSON.stringify(options)}`, () =>
      withPool({ ...options, modules }, async (pool) => {
        const nested = proxy((x: number) => pool.run(add, x, 1));
        assert.equal(await settles(pool.run(callBack, nested, 41)), 42);
      }));
  }

  it("waits for its own caller in a pool of one worker, until the outer task's timeout ends that", () =>
    withPool({ workers: 1, modules, abortGrace: 0 }, async (pool) => {
      await settles(pool.run(add, 1, 1));
      let inner: Promise<number> | undefined;
      const nested = proxy((x: number) => inner = pool.run(add, x, 1));
      const controller = new AbortController();
      const outer = failure(pool.with({ signal: controller.signal }).run(callBack, nested, 41));
      await until(() => inner !== undefined, "the callback runs");
      assert.deepEqual([pool.stats().running, pool.stats().queued], [1, 1], "each waits for the other");
      controller.abort(new Error("enough"));
      assert.equal((await outer).message, "enough");
      assert.equal(await settles(inner!), 42);
      const late = await failure(pool.with({ timeout: 1 }).run(callBack, proxy((x: number) => pool.run(add, x, 1)), 1));
      assert.ok(late instanceof TaskTimeoutError, String(late));
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    }));

  it("does not wait where it blocks: the caller runs the function itself", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const nested = proxy((x: number) => pool.runSync(add, x, 1));
      assert.equal(await settles(pool.run(callBack, nested, 41)), 42);
    }));
});
