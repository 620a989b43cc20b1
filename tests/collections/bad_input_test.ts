/** Wrong arguments and options: errors that name option, value and what to do, on a pool that stays usable. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { createPool, type Pool, sharedArray } from "../../mod.ts";
import * as collected from "../fixtures/collected.ts";
import { failure, fixture, flags, raise, settles, type Thrown, until } from "../pool/_support.ts";
import { indexes, jobs, type Watch, watched } from "./_support.ts";

const square = (x: number): number => x * x;
const VERBS = ["map", "filter", "forEach", "reduce", "find", "some", "every"] as const;

let pool: Pool;
before(() => void (pool = createPool({ workers: 2, modules: [fixture("collected")] })));
after(() => pool.close());
afterEach(async () => {
  assert.deepEqual(await settles(pool.map([1, 2], square)), [1, 4], "the pool is usable");
});

/** What a verb fails with, be it thrown or rejected. */
function fails(verb: typeof VERBS[number], source: unknown, fn: unknown, options?: unknown): Promise<Thrown> {
  const args = verb === "reduce" && typeof fn === "function" ? [source, fn, 0, options] : [source, fn, options];
  return failure((async () => await (pool as Thrown)[verb](...args))());
}

describe("collections", () => {
  it("need a function", async () => {
    for (const verb of VERBS) {
      for (
        const [bad, text] of [[undefined, /undefined/], [5, /5|number/], ["x", /x|string/], [null, /null/]] as const
      ) {
        const error = await fails(verb, [1], bad);
        assert.ok(error instanceof TypeError, `${verb}: ${error}`);
        assert.match(error.message, text);
        assert.match(error.message, /function|initial/, verb);
      }
      const error = await fails(verb, [1], class Thing {});
      assert.ok(error instanceof TypeError, `${verb}: ${error}`);
      assert.match(error.message, /class/);
    }
  });

  it("need a source that they can take items from", async () => {
    for (const verb of VERBS) {
      for (
        const bad of [
          undefined,
          null,
          {},
          true,
          Symbol.iterator,
          () => 1,
          -1,
          1.5,
          NaN,
          Infinity,
          new Date(),
          new Map().get,
        ]
      ) {
        const error = await fails(verb, bad, square);
        assert.ok(error instanceof TypeError || error instanceof RangeError, `${verb} ${String(bad)}: ${error}`);
        assert.match(error.message, /source/, `${verb} ${String(bad)}`);
        assert.match(error.message, /array|whole number/, "what to do");
      }
    }
  });

  it("name an option, its value, and what it may be", async () => {
    const cases: [string, unknown[], RegExp][] = [
      ["chunk", [-1, 0, 1.5, NaN, "5", null], /whole number|integer|positive/],
      ["buffer", [-1, 1.5, NaN, "5", null], /whole number|integer|positive/],
      ["concurrency", [-1, 0, 1.5, NaN, "5", null], /whole number|integer|positive/],
      ["progress", [5, "yes", {}, null], /function/],
      ["timeout", [-1, NaN, "5"], /number/],
      ["priority", [NaN, "5"], /number/],
      ["signal", [5, {}], /AbortSignal/],
      ["retries", [-1, 1.5, "5"], /integer|number/],
    ];
    for (const verb of VERBS) {
      for (const [name, values, hint] of cases) {
        for (const value of values) {
          const error = await fails(verb, [1, 2], square, { [name]: value });
          const text = `${verb} ${name} ${String(value)}: ${error}`;
          assert.ok(error instanceof TypeError || error instanceof RangeError, text);
          assert.ok(error.message.includes(`'${name}'`), text);
          assert.ok(
            error.message.includes(typeof value === "object" && value !== null ? "bject" : String(value)),
            text,
          );
          assert.match(error.message, hint, text);
        }
      }
      const error = await fails(verb, [1], square, { chunks: 5 });
      assert.match(error.message, /'chunks'/);
      assert.match(error.message, /chunk,|chunk\b.*concurrency/, "what is known");
      for (const bad of [5, "x", ...(verb === "reduce" ? [] : [null])]) {
        assert.ok(await fails(verb, [1], square, bad) instanceof TypeError, `${verb} ${bad}`);
      }
    }
    for (const verb of ["map", "filter", "forEach"] as const) {
      const error = await fails(verb, [1], square, { errors: "ignore" });
      assert.match(error.message, /'errors'.*"throw".*"settle".*ignore/);
    }
    for (const verb of ["map", "filter"] as const) {
      assert.match((await fails(verb, [1], square, { ordered: 1 })).message, /'ordered'.*true or false.*1/);
    }
  });

  it("need an `into` that is shared and long enough", async () => {
    const short = await fails("map", indexes(10), square, { into: sharedArray(Float64Array, 9) });
    assert.ok(short instanceof RangeError);
    assert.match(short.message, /'into'.*10.*9/);
    for (const bad of [5, "x", {}, [], new Float64Array(10), new DataView(new SharedArrayBuffer(80)), null]) {
      const error = await fails("map", indexes(10), square, { into: bad });
      assert.ok(error instanceof TypeError, String(error));
      assert.match(error.message, /'into'.*sharedArray/);
    }
  });

  it("need a reducer that is whole, or a function and a value", async () => {
    const fine = { initial: () => 0, step: (a: number, b: number) => a + b, combine: (a: number, b: number) => a + b };
    for (const name of ["initial", "step", "combine"]) {
      for (const bad of [undefined, 5]) {
        const error = await fails("reduce", [1], { ...fine, [name]: bad });
        assert.ok(error instanceof TypeError);
        assert.match(error.message, new RegExp(name));
      }
    }
    const error = await failure((pool as Thrown).reduce([1], square));
    assert.match(error.message, /value/);
    assert.match((await fails("reduce", [1], square, { deterministic: 1 })).message, /'deterministic'.*1/);
  });

  it("throw for items and results that cannot cross, with the item's index", async () => {
    const items: unknown[] = [{}, {}, {}, new WeakMap()];
    const results = pool.map(items, () => 1);
    assert.ok(await failure(results.then()) instanceof TypeError || results.failure !== undefined);
    assert.equal(results.failure!.index, 3);
    assert.equal(results.failure!.item, items[3]);
    for (let call = 0; call < 3; call++) {
      const back = pool.map(10, (x: number) => x === 7 ? new WeakMap() : x);
      assert.match((await failure(back.then())).message, /WeakMap/);
      assert.equal(back.failure!.index, 7);
    }
  });

  it("lose nothing of what is pending", async () => {
    const mine = flags();
    mine[6] = 0;
    const pending = [
      pool.run(collected.holdFrom, { flags: mine, id: 1 }),
      pool.map(jobs(mine, 50), collected.holdFrom),
    ];
    const all = Promise.all(pending);
    await until(() => mine[0]! > 0, "something runs");
    for (const verb of VERBS) {
      await fails(verb, {}, square);
      await fails(verb, [1], 5);
      await fails(verb, [1], square, { chunk: -1 });
    }
    raise(mine, 4);
    assert.deepEqual(await settles(all), [1, indexes(50)]);
  });

  it("leave a source that they refuse for its options alone", async () => {
    const watch: Watch = { read: 0, isClosed: false };
    await fails("map", watched(watch, indexes(5)), square, { chunk: -1 });
    assert.equal(watch.read, 0);
  });
});
