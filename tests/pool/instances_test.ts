import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MulticoreError, PoolClosedError, SerializationError } from "../../mod.ts";
import { instances } from "../fixtures/instances.ts";
import { failure, fixture, settles, withPool } from "./_support.ts";

describe("instanceof this library's errors", () => {
  it("holds inside a worker, whose entry has a copy of the classes", () =>
    withPool({ workers: 1, modules: [fixture("instances")] }, async (pool) => {
      assert.deepEqual(await settles(pool.run(instances)), [[true, true, false, true], [true, false, true, true]]);
    }));

  it("holds for what a worker threw", () =>
    withPool({ workers: 1 }, async (pool) => {
      const error = await failure(pool.run(() => () => 1));
      assert.equal(Object.getPrototypeOf(error), SerializationError.prototype);
    }));

  it("is false for anything else", () => {
    class Mine extends MulticoreError {}
    const error = new SerializationError("x", "");
    assert.ok(new Mine() instanceof Mine && new Mine() instanceof MulticoreError);
    assert.ok(!(error instanceof Mine) && !(error instanceof PoolClosedError));
    assert.ok(!(new MulticoreError() instanceof SerializationError));
    for (const value of [null, undefined, 5, "x", {}, Object.create(null), new Error(), MulticoreError.prototype]) {
      assert.ok(!(value as unknown instanceof MulticoreError), String(typeof value));
    }
  });
});
