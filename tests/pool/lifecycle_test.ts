import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPool, initialize, PoolClosedError, run, shutdown, Task } from "../../mod.ts";
import { add, addLater, workerMark } from "../fixtures/basics.ts";
import { hold, holdAsync } from "../fixtures/latch.ts";
import { failure, fixture, flags, raise, raised, settles, thrown } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

describe("initialize() and shutdown()", () => {
  it("give one pool for the same options, and an error for others", async () => {
    try {
      const options = { workers: 1, modules };
      const [pool, same] = await settles(Promise.all([initialize(options), initialize(options)]));
      assert.equal(same, pool);
      assert.equal(
        await settles(initialize({ workers: 1, modules: [...modules] })),
        pool,
        "equal options are the same",
      );
      assert.equal(await settles(initialize()), pool);
      const error = await failure(initialize({ workers: 2, modules }));
      assert.ok(error instanceof TypeError);
      assert.match((error as unknown as { code: string }).code, /^ERR_MULTICORE_/);
      assert.equal(await settles(run(add, 1, 2)), 3, "the first pool works on");
    } finally {
      await settles(shutdown());
    }
  });

  it("can be called again after shutdown(), which is idempotent", async () => {
    const first = await settles(initialize({ workers: 1, modules }));
    await settles(Promise.all([shutdown(), shutdown()]));
    await settles(shutdown());
    assert.ok(await failure(first.run(add, 1, 2)) instanceof PoolClosedError);
    try {
      const second = await settles(initialize({ workers: 1 }));
      assert.notEqual(second, first);
      assert.deepEqual(await settles(new Task<number>().run((x: number) => x, 5).get()), [5]);
    } finally {
      await settles(shutdown());
    }
  });

  it("shutdown() finishes what is queued", async () => {
    await settles(initialize({ workers: 1, modules }));
    const results = Array.from({ length: 30 }, (_, i) => run(addLater, i, 1));
    await settles(shutdown());
    assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: 30 }, (_, i) => i + 1));
  });
});

describe("Pool.close()", () => {
  it("finishes what is pending, then refuses tasks", async () => {
    const shared = flags();
    const pool = createPool({ workers: 2, modules });
    const held = pool.run(hold, shared, 0, 1, "held");
    const results = Array.from({ length: 50 }, (_, i) => pool.run(addLater, i, i));
    await raised(shared, 0);
    let isClosed = false;
    const closing = pool.close().then(() => isClosed = true);
    const late = await failure(pool.run(add, 1, 1));
    assert.ok(late instanceof PoolClosedError, `got ${late}`);
    assert.equal(late.code, "ERR_MULTICORE_POOL_CLOSED");
    assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: 50 }, (_, i) => i * 2));
    assert.equal(isClosed, false, "close() waits for the task that still runs");
    raise(shared, 1);
    assert.equal(await settles(held), "held");
    await settles(closing);
    assert.ok(await failure(pool.run(add, 1, 1)) instanceof PoolClosedError);
    assert.ok(thrown(() => pool.runSync(add, 1, 1)) instanceof PoolClosedError);
    assert.ok(thrown(() => pool.task<number>().run(add, 1, 1)) instanceof PoolClosedError);
    assert.ok(await failure(pool.broadcast(workerMark)) instanceof PoolClosedError);
    assert.ok(await failure(pool.ready()) instanceof PoolClosedError);
    assert.ok(thrown(() => pool.resize(2)) instanceof PoolClosedError);
    assert.equal(pool.stats().workers, 0);
  });

  it("rejects ready() of workers that are still starting", async () => {
    const pool = createPool({ workers: 2, modules });
    const ready = failure(pool.ready());
    await settles(pool.close());
    assert.ok(await settles(ready) instanceof PoolClosedError);
  });

  it("may be called many times, at once and later, and with terminate()", async () => {
    const pool = createPool({ workers: 1, modules });
    const result = pool.run(add, 1, 2);
    await settles(Promise.all([pool.close(), pool.close(), pool[Symbol.asyncDispose]()]));
    assert.equal(await settles(result), 3);
    await settles(pool.close());
    await settles(pool.terminate());
  });

  it("of a pool that has not started yet", async () => {
    await settles(createPool({ workers: 2, modules }).close());
    await settles(createPool({ workers: 2, modules }).terminate());
  });

  it("with a timeout rejects what is not done by then", async () => {
    const shared = flags();
    const pool = createPool({ workers: 1, modules });
    try {
      const [running, queued] = [failure(pool.run(hold, shared, 0, 1)), failure(pool.run(add, 1, 1))];
      await raised(shared, 0);
      await settles(pool.close({ timeout: 5 }), "close({ timeout })");
      assert.ok(await running instanceof PoolClosedError);
      assert.ok(await queued instanceof PoolClosedError);
    } finally {
      raise(shared, 1);
      await settles(pool.terminate());
    }
  });

  it("is what `await using` does", async () => {
    let outside;
    {
      await using pool = createPool({ workers: 1, modules });
      outside = pool;
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    }
    assert.ok(await failure(outside.run(add, 1, 2)) instanceof PoolClosedError);
  });
});

describe("Pool.terminate()", () => {
  it("rejects what runs and what is queued with PoolClosedError, also while close() waits", async () => {
    const shared = flags();
    const pool = createPool({ workers: 1, modules });
    try {
      const outcomes = [failure(pool.run(hold, shared, 0, 1)), failure(pool.run(add, 1, 1))];
      const task = failure(pool.task<number>().run(add, 1, 1).get());
      await raised(shared, 0);
      const closing = pool.close();
      await settles(pool.terminate());
      for (const error of await Promise.all([...outcomes, task])) {
        assert.ok(error instanceof PoolClosedError, `got ${error}`);
      }
      await settles(closing, "close() after terminate()");
      assert.ok(await failure(pool.run(add, 1, 1)) instanceof PoolClosedError);
    } finally {
      raise(shared, 1);
      await settles(pool.terminate());
    }
  });

  it("is what the pool's signal does", async () => {
    const shared = flags();
    const controller = new AbortController();
    const pool = createPool({ workers: 1, modules, signal: controller.signal });
    try {
      const running = failure(pool.run(holdAsync, shared, 0, 1));
      await raised(shared, 0);
      const reason = new Error("enough");
      controller.abort(reason);
      const error = await running;
      assert.ok(error === reason || error instanceof PoolClosedError, `got ${error}`);
      assert.ok(await failure(pool.run(add, 1, 1)) instanceof PoolClosedError);
    } finally {
      raise(shared, 1);
      await settles(pool.close());
    }
  });
});
