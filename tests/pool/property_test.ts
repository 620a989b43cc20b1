/** Random values of every kind through a pool: what the worker sees and what comes back are the value, exactly. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { createPool, type Pool } from "../../mod.ts";
import { knot, trees } from "../codec/_arbitraries.ts";
import { describeGraph, expectedGraph } from "../codec/_graph.ts";
import { lookAt, throwIt } from "../fixtures/graphs.ts";
import { failure, fixture, settles } from "./_support.ts";

const long = process.env["MULTICORE_LONG"] === "1";
const seed = Number(process.env["MULTICORE_SEED"] ?? Date.now() % 2 ** 31);
const runs = (count: number, longCount: number) => ({ numRuns: long ? longCount : count, seed });
// Bun's default is 5 s.
const timeout = long ? 1_800_000 : 300_000;

const tree = trees({ clonable: false });
const picks = fc.array(fc.nat(), { maxLength: 8 });

describe(`random values in a pool (seed ${seed})`, { timeout }, () => {
  let pool: Pool;
  before(() => void (pool = createPool({ workers: 1, modules: [fixture("graphs")] })));
  after(() => pool.close());

  it("arrive as they are, there and back", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(tree, picks, async (value, picks) => {
        knot(value, picks);
        const expected = expectedGraph(value);
        const back = await settles(pool.run(lookAt, value));
        assert.equal(back.seen, expected, "what the worker saw");
        assert.equal(describeGraph(back.value), expected, "what came back");
      }),
      runs(150, 10_000),
    );
  });

  it("arrive as they are for a caller that blocks", { timeout }, () => {
    fc.assert(
      fc.property(tree, picks, (value, picks) => {
        knot(value, picks);
        const expected = expectedGraph(value);
        const back = pool.runSync(lookAt, value);
        assert.equal(back.seen, expected, "what the function saw");
        assert.equal(describeGraph(back.value), expected, "what came back");
      }),
      runs(50, 2000),
    );
  });

  it("arrive as they are when they are thrown", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(tree, picks, async (value, picks) => {
        knot(value, picks);
        const expected = expectedGraph(value);
        assert.equal(describeGraph(await failure(pool.run(throwIt, value))), expected);
      }),
      runs(50, 2000),
    );
  });
});
