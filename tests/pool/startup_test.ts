import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { createPool, initialize, shutdown, workerState } from "../../mod.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import * as state from "../fixtures/state.ts";
import { chain, failure, fixture, flags, raised, settles, thrown, withPool } from "./_support.ts";

describe("a worker that cannot start", () => {
  const causes: [what: string, options: object, message: RegExp][] = [
    ["a module does not exist", { modules: [fixture("not_there")] }, /not_there/],
    ["a module throws while loading", { modules: [fixture("throws_on_load")] }, /this module throws while loading/],
    ["setup rejects", { modules: [fixture("state")], setup: state.failingSetup }, /no connection/],
    ["setup throws", {
      setup: () => {
        throw new TypeError("no set-up");
      },
    }, /no set-up/],
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
        for (const error of [first, ready]) {
          assert.ok(chain(error).some((each) => message.test(each.message)), `got ${error}`);
        }
      } finally {
        await settles(pool.close());
      }
    });
  }

  it("gives up on a thread that does not begin to run while the caller blocks", () => {
    let ahead = 0;
    const now = () => adapter.now() + (ahead += 5); // each look at the clock is 5 ms later
    const fake = { ...adapter, now, spawn: () => ({ terminate() {} }) };
    const pool = createPoolOn(fake, { workers: 1 });
    try {
      const error = thrown(() => pool.with({ timeout: 1e9 }).runSync(() => 1));
      assert.match(error.message, /Worker \d+ has not begun to run its entry/);
    } finally {
      void pool.terminate();
    }
  });

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
        for (let left = 50;; left--) {
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
