import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Pool, type PoolOptions, taskSignal } from "../../mod.ts";
import * as aborts from "../fixtures/aborts.ts";
import { add, addLater } from "../fixtures/basics.ts";
import { hold, holdAsync, note, spin } from "../fixtures/latch.ts";
import { failure, fixture, type Flags, flags, raise, raised, settles, until, withPool } from "./_support.ts";

const modules = [fixture("aborts"), fixture("basics"), fixture("latch")];

/** A grace that passes only where a test waits for it. */
const LONG = 30_000;

/** A pool whose flag 7 ends what a test left spinning. */
async function withFlags(options: PoolOptions, body: (pool: Pool, shared: Flags) => Promise<void>): Promise<void> {
  const shared = flags();
  try {
    await withPool({ workers: 1, modules, ...options }, (pool) => body(pool, shared));
  } finally {
    raise(shared, 7);
  }
}

describe("a signal", () => {
  it("that is aborted already: the task never runs", async () => {
    await withFlags({}, async (pool, shared) => {
      const reason = { any: "value" };
      assert.equal(await failure(pool.with({ signal: AbortSignal.abort(reason) }).run(note, shared, 1)), reason);
      assert.equal(await settles(pool.run(add, 1, 1)), 2);
      assert.equal(shared[0], 0);
    });
  });

  it("aborted while the task is queued: rejects at once, and the task never runs", async () => {
    await withFlags({}, async (pool, shared) => {
      const order = flags();
      const held = pool.run(hold, shared, 0, 1, "held");
      await raised(shared, 0);
      const controller = new AbortController();
      const queued = [1, 2, 3].map((i) => failure(pool.with({ signal: controller.signal }).run(note, order, i)));
      const kept = pool.run(note, order, 4);
      controller.abort(new Error("no more"));
      for (const error of await Promise.all(queued)) assert.equal(error, controller.signal.reason);
      assert.equal(shared[1], 0, "the worker was still held");
      raise(shared, 1);
      assert.equal(await settles(held), "held");
      await settles(kept);
      assert.deepEqual([order[0], order[1]], [1, 4]);
    });
  });

  for (const name of ["loopUntilAborted", "throwIfAborted", "waitForAbort"] as const) {
    it(`aborted while the task runs is seen by it: ${name}`, async () => {
      await withFlags({ abortGrace: LONG }, async (pool, shared) => {
        const controller = new AbortController();
        const outcome = failure(pool.with({ signal: controller.signal }).run<[Flags], unknown>(aborts[name], shared));
        await raised(shared, 0);
        controller.abort(new Error("no more"));
        assert.equal(await outcome, controller.signal.reason);
        await raised(shared, 2);
        assert.equal(shared[2], 1);
        assert.equal(await settles(pool.run(aborts.isAborted)), false, "the next task has a signal of its own");
        assert.equal(pool.stats().restarts, 0, "the worker lives on");
      });
    });
  }

  it("rejects after the grace what does not heed it, and replaces the worker", async () => {
    await withFlags({ abortGrace: 5 }, async (pool, shared) => {
      const controller = new AbortController();
      const runner = pool.with({ signal: controller.signal });
      const outcome = failure(runner.run(spin, shared, 0, 7));
      await raised(shared, 0);
      const behind = pool.run(add, 1, 2);
      controller.abort(new Error("no more"));
      assert.equal(await outcome, controller.signal.reason);
      assert.equal(await settles(behind), 3);
      assert.equal(shared[7], 0);
      await until(() => pool.stats().workers === 1, "there is a worker");
      assert.equal(pool.stats().restarts, 1);
    });
  });

  it("rejects after the grace an async task that does not heed it", async () => {
    await withFlags({ abortGrace: 5 }, async (pool, shared) => {
      const controller = new AbortController();
      const outcome = failure(pool.with({ signal: controller.signal }).run(holdAsync, shared, 0, 7));
      await raised(shared, 0);
      controller.abort();
      const error = await outcome;
      assert.equal(error, controller.signal.reason);
      assert.equal(error.name, "AbortError");
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });

  it("harms no other task", async () => {
    await withFlags({ workers: 2, abortGrace: 5 }, async (pool, shared) => {
      const controller = new AbortController();
      const held = pool.run(hold, shared, 1, 2, "held");
      await raised(shared, 1);
      const outcome = failure(pool.with({ signal: controller.signal }).run(spin, shared, 0, 7));
      await raised(shared, 0);
      const results = Array.from({ length: 50 }, (_, i) => pool.run(i % 2 === 0 ? add : addLater, i, i));
      controller.abort(new Error("no more"));
      assert.equal(await outcome, controller.signal.reason);
      assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: 50 }, (_, i) => i * 2));
      raise(shared, 2);
      assert.equal(await settles(held), "held");
    });
  });

  it("harms no async task in the same worker", async () => {
    await withFlags({ tasksPerWorker: 2, abortGrace: 5 }, async (pool, shared) => {
      const controller = new AbortController();
      const held = pool.run(holdAsync, shared, 1, 2, "held");
      const outcome = failure(pool.with({ signal: controller.signal }).run(holdAsync, shared, 0, 7));
      await Promise.all([raised(shared, 0), raised(shared, 1)]);
      controller.abort(new Error("no more"));
      assert.equal(await outcome, controller.signal.reason);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      raise(shared, 2);
      assert.equal(await settles(held), "held");
    });
  });

  it("ends a Task with its reason", async () => {
    await withFlags({ abortGrace: 5 }, async (pool, shared) => {
      const controller = new AbortController();
      const task = pool.task<unknown>({ signal: controller.signal }).run(holdAsync, shared, 0, 7).run(add, 1, 1);
      await raised(shared, 0);
      const outcome = failure(task.get());
      controller.abort(new Error("no more"));
      assert.equal(await outcome, controller.signal.reason);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });

  it("rejects with any reason, also null", async () => {
    await withFlags({ abortGrace: 5 }, async (pool, shared) => {
      for (const reason of [null, "text", 0]) {
        const controller = new AbortController();
        Atomics.store(shared, 0, 0);
        const outcome = failure(pool.with({ signal: controller.signal }).run(aborts.waitForAbort, shared));
        await raised(shared, 0);
        controller.abort(reason);
        assert.equal(await outcome, reason);
      }
    });
  });

  it("aborted after the task has ended changes nothing", async () => {
    await withFlags({}, async (pool) => {
      const controller = new AbortController();
      assert.equal(await settles(pool.with({ signal: controller.signal }).run(add, 1, 2)), 3);
      controller.abort();
      assert.equal(await settles(pool.run(add, 2, 2)), 4);
      assert.deepEqual([pool.stats().completed, pool.stats().failed, pool.stats().restarts], [2, 0, 0]);
    });
  });

  it("taskSignal() outside a task is a TypeError", () => {
    assert.throws(() => taskSignal(), { name: "TypeError", code: "ERR_MULTICORE_NO_TASK" });
  });
});
