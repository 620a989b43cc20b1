import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createPool, initialize, PoolClosedError, run, shutdown, Task, workerState } from "../../mod.ts";
import { add, addLater, workerMark } from "../fixtures/basics.ts";
import { hold, holdAsync, meet, note } from "../fixtures/latch.ts";
import * as state from "../fixtures/state.ts";
import { failure, fixture, flags, raise, raised, settles, thrown, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

/** An error and its chain of causes. */
function chain(error: any): any[] {
  return error === undefined || error === null ? [] : [error, ...chain(error.cause)];
}

describe("initialize() and shutdown()", () => {
  it("give one pool for the same options, and an error for others", async () => {
    try {
      const options = { workers: 1, modules };
      const [pool, same] = await settles(Promise.all([initialize(options), initialize(options)]));
      assert.equal(same, pool);
      assert.equal(await settles(initialize({ workers: 1, modules: [...modules] })), pool, "equal options are the same");
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

describe("a worker that cannot start", () => {
  const causes: [what: string, options: object, message: RegExp][] = [
    ["a module does not exist", { modules: [fixture("not_there")] }, /not_there/],
    ["a module throws while loading", { modules: [fixture("throws_on_load")] }, /this module throws while loading/],
    ["setup rejects", { modules: [fixture("state")], setup: state.failingSetup }, /no connection/],
    ["setup throws", { setup: () => { throw new TypeError("no set-up"); } }, /no set-up/],
  ];
  for (const [what, options, message] of causes) {
    it(`gives its cause to initialize(): ${what}`, async () => {
      try {
        const error = await failure(initialize({ workers: 2, ...options }));
        assert.ok(chain(error).some((each) => message.test(each.message)), `got ${error}`);
        const pool = await settles(initialize({ workers: 1 }));
        assert.equal(await settles(pool.run((x: number) => x, 3)), 3, "initialize() may be called again");
      } finally {
        await settles(shutdown());
      }
    });

    it(`gives its cause to run() and ready(): ${what}`, async () => {
      const pool = createPool({ workers: 1, ...options });
      try {
        const [first, ready] = await Promise.all([failure(pool.run((x: number) => x, 1)), failure(pool.ready())]);
        for (const error of [first, ready]) assert.ok(chain(error).some((each) => message.test(each.message)), `got ${error}`);
      } finally {
        await settles(pool.close());
      }
    });
  }

  it("keeps class and code of its cause", async () => {
    const error = await failure(initialize({ workers: 1, modules: [fixture("state")], setup: state.failingSetup }));
    const cause = chain(error).find((each) => each.code === "E_CONNECT");
    assert.ok(cause instanceof RangeError, `got ${error}`);
  });

  it("is tried again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "multicore-"));
    const env = { ...process.env, MULTICORE_TEST_FILE: join(folder, "made") } as Record<string, string>;
    try {
      await withPool({ workers: 1, modules: [fixture("state")], setup: state.setupFailingOnce, env }, async (pool) => {
        for (let left = 50; ; left--) {
          const result = await settles(pool.run(state.readConnection)).catch((error) => error);
          if (result === "connected") break;
          assert.ok(chain(result).some(({ message }) => message === "not this time"), `got ${result}`);
          assert.ok(left > 0, "the worker never came up");
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
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
      for (const error of await Promise.all([...outcomes, task])) assert.ok(error instanceof PoolClosedError, `got ${error}`);
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

describe("setup, teardown and workerState()", () => {
  const options = { modules: [fixture("state")], setup: state.setup, teardown: state.teardown };

  it("setup is awaited before the first task and runs once a worker", async () => {
    await withPool({ workers: 2, ...options }, async (pool) => {
      assert.deepEqual(await settles(pool.run(state.readState)), { setups: 1, isReady: true });
      assert.deepEqual(await settles(pool.broadcast(state.readState)), Array(2).fill({ setups: 1, isReady: true }));
    });
  });

  it("teardown gets the state, once in each worker, before close() resolves", async () => {
    const shared = flags();
    await withPool({ workers: 2, ...options }, async (pool) => {
      await settles(pool.broadcast(state.attach, shared));
      await settles(pool.close());
      assert.deepEqual([...shared].slice(0, 2), [2, 0]);
    });
  });

  it("teardown runs in the workers that resize() takes away", async () => {
    const shared = flags();
    await withPool({ workers: 3, ...options }, async (pool) => {
      await settles(pool.broadcast(state.attach, shared));
      pool.resize(1);
      await raised(shared, 0, 2);
      assert.deepEqual([...shared].slice(0, 2), [2, 0]);
    });
  });

  it("terminate() runs no teardown", async () => {
    const shared = flags();
    const pool = createPool({ workers: 1, ...options });
    await settles(pool.broadcast(state.attach, shared));
    await settles(pool.terminate());
    assert.deepEqual([...shared].slice(0, 2), [0, 0]);
  });

  it("workerState() outside a worker is a TypeError", () => {
    assert.throws(() => workerState(), { name: "TypeError", code: "ERR_MULTICORE_NO_WORKER_STATE" });
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
      assert.deepEqual(counts, { workers: 1, idle: 1, running: 0, queued: 0, completed: 5, failed: 1, restarts: 0, abandoned: 0 });
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
