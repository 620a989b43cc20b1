import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { createPool, isMain, type Pool } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import * as nested from "../fixtures/nested.ts";
import { failure, fixture, settles, withPool } from "./_support.ts";

const modules = [fixture("nested"), fixture("basics")];

describe("inside a worker", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 1, modules });
  });
  after(() => pool.close());

  it("isMain is false", async () => {
    assert.equal(isMain, true);
    assert.equal(await settles(pool.run(nested.readIsMain)), false);
  });

  it("initialize(), createPool() and broadcast() throw; the first two say to guard the program with isMain", async () => {
    const [initialize, createPool, broadcast] = await settles(pool.run(nested.forbidden));
    for (const error of [initialize!, createPool!]) {
      assert.equal(error.name, "TypeError", error.message);
      assert.match(String(error.code), /^ERR_MULTICORE_/);
      assert.match(error.message, /isMain/);
      assert.match(error.message, /worker/);
    }
    assert.match(broadcast!.message, /worker/);
    assert.match(String(broadcast!.code), /^ERR_MULTICORE_/);
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
  });

  it("run(), runSync(), Task and module() work, in that very thread", async () => {
    assert.deepEqual(await settles(pool.run(nested.everyWay, String(fixture("basics")))), {
      run: true,
      runSync: true,
      get: true,
      getSync: true,
      module: true,
      settled: ["fulfilled", "rejected"],
      seen: [{ index: 0, value: 2 }, { index: 1, value: 4 }],
      order: [1, 2, 3],
      isCopied: true,
      failed: [true, "inside", "E_INSIDE"],
      promise: true,
    });
  });

  it("the environment is the caller's, or that of the option env", async () => {
    process.env.MULTICORE_TEST_VALUE = "the caller's";
    try {
      await withPool({ workers: 1, modules }, async (own) => {
        assert.equal(await settles(own.run(nested.readEnv, "MULTICORE_TEST_VALUE")), "the caller's");
      });
      const env = { ...process.env, MULTICORE_TEST_VALUE: "the option's" } as Record<string, string>;
      await withPool({ workers: 1, modules, env }, async (own) => {
        assert.equal(await settles(own.run(nested.readEnv, "MULTICORE_TEST_VALUE")), "the option's");
        assert.equal(await settles(own.run(add, 1, 2)), 3);
      });
      assert.equal(process.env.MULTICORE_TEST_VALUE, "the caller's");
    } finally {
      delete process.env.MULTICORE_TEST_VALUE;
    }
  });
});

describe("pool.module()", () => {
  it("gives the module's functions, with call options and errors", async () => {
    await withPool({ workers: 2 }, async (pool) => {
      const basics = pool.module<typeof import("../fixtures/basics.ts")>(fixture("basics"));
      assert.equal(await settles(basics.add(1, 2)), 3);
      assert.equal(await settles(basics.plusOffset(1)), 1001);
      assert.equal(await settles(basics.addLater(1, 2)), 3);
      assert.equal(await settles(basics.with({ serialization: "json", priority: 1 }).add(2, 3)), 5);
      const error = await failure(basics.failWith("broken", "E42"));
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, "broken");
    });
  });

  it("says which function or module is missing, and works on", async () => {
    await withPool({ workers: 1 }, async (pool) => {
      const basics = pool.module<Record<string, () => void>>(fixture("basics"));
      const error = await failure(basics.noSuchFunction!());
      assert.match(error.message, /noSuchFunction/);
      assert.match(error.message, /basics/);
      const missing = pool.module<Record<string, () => void>>(fixture("not_there"));
      assert.match((await failure(missing.any!())).message, /not_there/);
      const throwing = pool.module<Record<string, () => void>>(fixture("throws_on_load"));
      const cause = await failure(throwing.unreachable!());
      assert.match(`${cause.message} ${cause.cause?.message}`, /this module throws while loading/);
      assert.equal(await settles(pool.run((x: number) => x, 1)), 1);
    });
  });

  it("can be awaited and inspected without harm", async () => {
    await withPool({ workers: 1 }, async (pool) => {
      const basics = await pool.module<typeof import("../fixtures/basics.ts")>(fixture("basics"));
      assert.equal(await settles(basics.add(1, 2)), 3, "it is no thenable");
      assert.equal(basics.add, basics.add);
    });
  });
});

describe("another thread", () => {
  it("may have a pool of its own: isMain is true there", async () => {
    const thread = new Worker(fixture("thread_with_pool"));
    try {
      const failed = once(thread, "error").then(([error]) => Promise.reject(error));
      const [message] = await settles(Promise.race([once(thread, "message"), failed]), "the thread");
      assert.deepEqual(message, { isMain: true, sum: 3 });
    } finally {
      await thread.terminate();
    }
  });
});
