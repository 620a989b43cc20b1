/** Calls that run in the caller's thread as the machine is busy: what blocks, and what listens to signals. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MulticoreError, PoolClosedError, taskSignal } from "../../mod.ts";
import { add, addLater, failWith } from "../fixtures/basics.ts";
import { countListeners, withLoad } from "./_load.ts";
import { failure, settles, thrown, until } from "./_support.ts";

const scope = globalThis as Record<string, unknown>;
const busy = { maxLoadAverage: 1 };

/** Leaves its signal where the test finds it, and never ends. */
function hang(): Promise<never> {
  (globalThis as Record<string, unknown>)["multicore.test.signal"] = taskSignal();
  return new Promise(() => {});
}

describe("a blocking call on a busy machine", () => {
  it("fails when its function returns a promise, and tells that function by its signal", async () => {
    await withLoad(2, async (pool) => {
      const error = thrown(() => pool.with(busy).runSync(hang));
      assert.ok(error instanceof MulticoreError, `got ${error}`);
      assert.match(error.message, /'hang' returned a promise.*use get\(\)/);
      const signal = scope["multicore.test.signal"] as AbortSignal;
      assert.equal(signal.aborted, true);
      assert.equal(signal.reason, error);
      delete scope["multicore.test.signal"];
      assert.equal(pool.with(busy).runSync(add, 1, 2), 3);
      assert.equal(await settles(pool.run(add, 1, 2)), 3, "the pool is usable");
    });
  });

  it("fails a whole Task then, also one that has a timeout", async () => {
    await withLoad(2, async (pool) => {
      const task = pool.task<number>(busy).run(add, 1, 2).run(addLater, 1, 2).run(addLater, 3, 4);
      const error = thrown(() => task.getSync({ timeout: 30_000 }));
      assert.ok(error instanceof MulticoreError, `got ${error}`);
      assert.deepEqual(task.failure, { index: 1, error });
      assert.deepEqual(await settles(pool.task<number>(busy).run(addLater, 1, 2).get()), [3]);
    });
  });
});

describe("calls that run in the caller", () => {
  it("share one listener a signal, and leave none", async () => {
    await withLoad(2, async (pool) => {
      const { signal } = new AbortController();
      const listeners = countListeners(signal);
      const runner = pool.with({ ...busy, signal });
      await settles(Promise.all(Array.from({ length: 100 }, (_, i) => runner.run(addLater, i, 1))));
      assert.deepEqual([listeners.now, listeners.most], [0, 1]);
      assert.equal(await settles(runner.run(addLater, 1, 2)), 3);
      assert.deepEqual([listeners.now, listeners.most], [0, 1]);
    });
  });

  it("leave no listener when they are dropped", async () => {
    await withLoad(2, async (pool) => {
      const { signal } = new AbortController();
      const listeners = countListeners(signal);
      const task = pool.task<number>({ ...busy, signal }).run(hang).run(failWith, "first");
      assert.equal((await failure(task.get())).message, "first");
      assert.deepEqual([listeners.now, listeners.most], [0, 1]);
    });
  });

  it("all end when their signal aborts", async () => {
    await withLoad(2, async (pool) => {
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      const runner = pool.with({ ...busy, signal: controller.signal });
      const errors = [failure(runner.run(hang)), failure(runner.run(hang))];
      await until(() => listeners.now === 1, "both run");
      const reason = new Error("enough");
      controller.abort(reason);
      assert.deepEqual(await settles(Promise.all(errors)), [reason, reason]);
      assert.equal(listeners.now, 0);
    });
  });

  it("are refused by a closed pool as on a machine that is not busy", async () => {
    await withLoad(2, async (pool) => {
      const early = pool.task<number>(busy);
      await settles(pool.close());
      for (const options of [busy, { ...busy, whenBusy: "wait" } as const]) {
        assert.ok(await failure(pool.with(options).run(add, 1, 2)) instanceof PoolClosedError);
        assert.ok(thrown(() => pool.with(options).runSync(add, 1, 2)) instanceof PoolClosedError);
        assert.ok(thrown(() => pool.task<number>(options).run(add, 1, 2)) instanceof PoolClosedError);
      }
      assert.ok(thrown(() => early.run(add, 1, 2)) instanceof PoolClosedError);
    });
  });
});
