/** Calls whose arguments' getters end what the call needs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPool, type Pool, transfer } from "../../mod.ts";
import { add, echo } from "../fixtures/basics.ts";
import { failure, fixture, settles, withPool } from "./_support.ts";

const modules = [fixture("basics")];

describe("a getter of an argument", () => {
  for (const how of ["close", "terminate"] as const) {
    it(`may ${how} the pool: the call is refused, and the pool ends`, async () => {
      const pool: Pool = createPool({ workers: 1, modules });
      let ending: Promise<void> | undefined;
      const argument = {
        get a() {
          ending ??= pool[how]();
          return 1;
        },
      };
      const error = await failure(Promise.resolve().then(() => pool.run(echo, argument)));
      assert.equal(error.code, "ERR_MULTICORE_POOL_CLOSED");
      await settles(ending!);
    });
  }

  it("may abort the call's signal: the call rejects with its reason, and does not run", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const controller = new AbortController();
      const argument = {
        get a() {
          controller.abort(new Error("enough"));
          return 1;
        },
      };
      const error = await failure(pool.with({ signal: controller.signal }).run(echo, argument));
      assert.equal(error.message, "enough");
      assert.equal(pool.stats().completed, 0);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });
});

describe("broadcast()", () => {
  it("gives no worker a task when a later one cannot be encoded, and the pool closes", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      await settles(pool.ready());
      let reads = 0;
      let limit = Infinity;
      const argument = {
        get a() {
          if (++reads > limit) throw new Error("enough");
          return 1;
        },
      };
      assert.deepEqual(await settles(pool.run(echo, argument)), { a: 1 });
      limit = 2 * reads; // those of one encoding more
      const error = await failure(pool.broadcast(echo, argument));
      assert.equal(error.name, "SerializationError");
      const { completed, failed, running, queued } = pool.stats();
      assert.deepEqual({ completed, failed, running, queued }, { completed: 1, failed: 0, running: 0, queued: 0 });
      assert.deepEqual(await settles(pool.broadcast(add, 1, 2)), [3, 3]);
    });
  });

  it("refuses what is transferred, which stays with the caller, unless there is one worker", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const buffer = new ArrayBuffer(8);
      const error = await failure(Promise.resolve().then(() => pool.broadcast(echo, transfer(buffer, [buffer]))));
      assert.equal(error.code, "ERR_MULTICORE_TRANSFER_IN_BROADCAST");
      assert.equal(buffer.byteLength, 8);
      assert.deepEqual(await settles(pool.broadcast(add, 1, 2)), [3, 3]);
    });
    await withPool({ workers: 1, modules }, async (pool) => {
      const buffer = new ArrayBuffer(8);
      assert.equal((await settles(pool.broadcast(echo, transfer(buffer, [buffer])))).length, 1);
      assert.equal(buffer.byteLength, 0);
    });
  });
});
