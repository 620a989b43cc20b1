import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { createPool } from "../../mod.ts";
import * as state from "../fixtures/state.ts";
import { failure, fixture, settles, withPool } from "./_support.ts";

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
