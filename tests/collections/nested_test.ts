/** Collections inside a worker. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allVerbs } from "../fixtures/nested_collections.ts";
import { fixture, settles, withPool } from "../pool/_support.ts";
import { indexes } from "./_support.ts";

describe("collections inside a worker", () => {
  it("work as in the caller, in the worker's own thread", () =>
    withPool({ workers: 1, modules: [fixture("nested_collections"), fixture("basics")] }, async (pool) => {
      assert.deepEqual(await settles(pool.run(allVerbs)), {
        map: indexes(100).map((x) => x * 2),
        later: indexes(100).map((x) => x * 2),
        iterated: indexes(100).map((x) => x + 1),
        filter: [98, 99],
        reduce: 4950,
        find: 42,
        some: true,
        every: false,
        sort: [1, 2, 3],
        numbers: [-1, 2, 3],
        streamed: [0, 1, 2, 3, 4],
        error: [true, "no 50", 50],
        isHere: true,
      });
    }));
});
