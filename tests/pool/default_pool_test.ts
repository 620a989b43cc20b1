/** The default pool as it is closed: by shutdown(), by hand, by its signal. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { initialize, PoolClosedError, ranges, run, shutdown } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import { hold, holdAsync } from "../fixtures/latch.ts";
import { failure, fixture, flags, raise, raised, settles } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

describe("shutdown()", () => {
  it("waits for a shutdown that is under way", async () => {
    const shared = flags();
    try {
      const pool = await settles(initialize({ workers: 1, modules }));
      const held = run(hold, shared, 0, 1, "held");
      await raised(shared, 0);
      const first = shutdown();
      let isDone = false;
      const second = shutdown().then(() => isDone = true);
      // A pool of one's own in between takes many turns of the event loop.
      await using other = await settles(initialize({ workers: 1, modules }));
      assert.notEqual(other, pool, "initialize() meanwhile starts the next pool");
      assert.equal(await settles(other.run(add, 1, 2)), 3);
      assert.equal(isDone, false);
      raise(shared, 1);
      assert.equal(await settles(held), "held");
      await settles(second, "the second shutdown()");
      assert.equal(pool.stats().workers, 0);
      await settles(first);
    } finally {
      raise(shared, 1);
      await settles(shutdown());
    }
  });

  it("waits for a close() of the default pool", async () => {
    const shared = flags();
    try {
      const pool = await settles(initialize({ workers: 1, modules }));
      const held = run(hold, shared, 0, 1, "held");
      await raised(shared, 0);
      const closing = pool.close();
      let isDone = false;
      const stopping = shutdown().then(() => isDone = true);
      await new Promise((resolve) => setTimeout(resolve, 0)); // long enough for one that waits for nothing
      assert.equal(isDone, false);
      raise(shared, 1);
      await settles(stopping, "shutdown()");
      assert.equal(pool.stats().workers, 0);
      assert.equal(await settles(held), "held");
      await settles(closing);
    } finally {
      raise(shared, 1);
      await settles(shutdown());
    }
  });

  it("closes nothing when its options are wrong", async () => {
    try {
      const pool = await settles(initialize({ workers: 1, modules }));
      assert.ok(await failure(shutdown({ timeout: -1 })) instanceof RangeError);
      assert.equal(await settles(initialize({ workers: 1, modules })), pool);
      assert.equal(await settles(run(add, 1, 2)), 3);
    } finally {
      await settles(shutdown());
    }
  });
});

describe("the default pool", () => {
  it("makes way for the next when it is closed by hand", async () => {
    try {
      const options = { workers: 1, modules };
      const first = await settles(initialize(options));
      await settles(first.close());
      const second = await settles(initialize(options));
      assert.notEqual(second, first);
      assert.equal(await settles(run(add, 1, 2)), 3);
      const terminating = second.terminate();
      const third = await settles(initialize({ workers: 2 }));
      assert.equal(third.size, 2);
      assert.equal(await settles(run(add, 1, 2)), 3);
      await settles(terminating);
      assert.ok(await failure(second.run(add, 1, 2)) instanceof PoolClosedError);
      assert.equal(await settles(run(add, 1, 2)), 3, "the end of the second leaves the third alone");
    } finally {
      await settles(shutdown());
    }
  });

  it("makes way for the next when its signal aborts", async () => {
    const shared = flags();
    try {
      const controller = new AbortController();
      const first = await settles(initialize({ workers: 1, modules, signal: controller.signal }));
      const held = failure(run(holdAsync, shared, 0, 1));
      await raised(shared, 0);
      controller.abort();
      const second = await settles(initialize({ workers: 1, modules }));
      assert.notEqual(second, first);
      assert.equal(await settles(run(add, 1, 2)), 3);
      assert.ok(await held instanceof PoolClosedError);
    } finally {
      raise(shared, 1);
      await settles(shutdown());
    }
  });

  it("that cannot start makes way for the next", async () => {
    try {
      await failure(initialize({ workers: 1, modules: [fixture("throws_on_load")] }));
      await settles(initialize({ workers: 1, modules }));
      assert.equal(await settles(run(add, 1, 2)), 3);
    } finally {
      await settles(shutdown());
    }
  });

  it("is what ranges() goes by, also after resize() and when it is closed", async () => {
    try {
      const pool = await settles(initialize({ workers: 1 }));
      assert.equal(ranges(9).length, 1);
      pool.resize(3);
      assert.deepEqual(ranges(9), [[0, 3], [3, 6], [6, 9]]);
      await settles(pool.close());
      assert.equal(ranges(1e6, { balanced: true }).length, adapter.availableParallelism());
    } finally {
      await settles(shutdown());
    }
  });
});
