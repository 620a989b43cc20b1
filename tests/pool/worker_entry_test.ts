import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { createPool } from "../../mod.ts";
import type { Adapter } from "../../src/adapter.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import * as state from "../fixtures/state.ts";
import { chain, failure, fixture, settles, until, withPool } from "./_support.ts";

describe("The option worker", () => {
  for (const make of [(url: URL) => url, (url: URL) => url.href]) {
    it(`starts the workers from ${typeof make(fixture("entry"))}`, () =>
      withPool({ worker: make(fixture("entry")) }, async (pool) => {
        const entries = await pool.broadcast(() => (globalThis as { entry?: string }).entry);
        assert.deepEqual(entries, [fixture("entry").href, fixture("entry").href]);
      }));
  }

  it("leaves all the rest as it is", () =>
    withPool({
      worker: fixture("entry"),
      modules: [fixture("state")],
      setup: state.setup,
      teardown: state.teardown,
      env: { MULTICORE_TEST: "yes" },
    }, async (pool) => {
      assert.deepEqual(await pool.run(state.readState), { setups: 1, isReady: true });
      assert.equal(await pool.run(() => process.env.MULTICORE_TEST), "yes");
      assert.equal(pool.runSync((x: number) => x + 1, 1), 2);
      const bytes = new Uint8Array(300_000).fill(7);
      assert.deepEqual(await pool.run((bytes: Uint8Array) => bytes, bytes), bytes);
      const error = await failure(pool.run(() => {
        throw new RangeError("boom");
      }));
      assert.ok(error instanceof RangeError);
      assert.equal(await settles(pool.run(() => process.exit(3))).catch((error) => error.exitCode), 3);
      assert.deepEqual(await pool.run(state.readState), { setups: 1, isReady: true });
    }));

  it("rejects when there is no such file", async () => {
    const pool = createPool({ workers: 1, worker: fixture("not_there") });
    assert.ok(await failure(pool.ready()) instanceof Error);
    await settles(pool.terminate());
  });
});

describe("The option worker that names a module which is no entry", () => {
  /** A thousand times as fast: what takes a minute takes 60 ms. */
  const fast: Adapter = {
    ...adapter,
    now: () => adapter.now() * 1000,
    delay: (fn, ms) => adapter.delay(fn, ms / 1000),
  };
  const told = /Worker \d+ has not begun to run its entry after 60000 ms.*no_entry/;

  it("rejects tasks and ready(), and the pool closes", async () => {
    const pool = createPoolOn(fast, { workers: 2, worker: fixture("no_entry") });
    const failures = [pool.run(() => 1), pool.ready(), pool.broadcast(() => 2)].map(failure);
    for (const error of await Promise.all(failures)) {
      assert.ok(chain(error).some(({ message }) => told.test(message)), `got ${error}`);
    }
    assert.match((await failure(pool.run(() => 1))).message, told);
    await settles(pool.close(), "close()");
    await until(() => pool.stats().abandoned === 0, "no thread is left");
  });

  it("does not hold the program, nor close()", async () => {
    const pool = createPoolOn(fast, { workers: 1, worker: fixture("no_entry") });
    await settles(pool.close(), "close()");
    await until(() => pool.stats().abandoned === 0, "no thread is left");
  });

  it("may be tried again", async () => {
    const pool = createPoolOn(fast, { workers: 1, worker: fixture("no_entry") });
    for (let round = 0; round < 3; round++) {
      assert.match((await failure(pool.ready())).message, told);
      pool.resize(1);
    }
    await settles(pool.terminate());
  });
});
