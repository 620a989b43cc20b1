import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, FunctionResolutionError, type Pool } from "../../mod.ts";
import * as basics from "../fixtures/basics.ts";
import * as shapes from "../fixtures/shapes.ts";
import { twin } from "../fixtures/twin_a.ts";
import { failure, fixture, settles, thrown, withPool } from "./_support.ts";

describe("functions by reference", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 1, modules: [fixture("basics"), String(fixture("shapes"))] });
  });
  after(() => pool.close());

  it("run with their module's scope", async () => {
    assert.equal(await settles(pool.run(basics.plusOffset, 1)), 1001);
    assert.equal(await settles(pool.run(shapes.arrow, 1)), "arrow 1 module scope");
    assert.equal(await settles(pool.run(shapes.asyncArrow, 2)), "async arrow 2 module scope");
    assert.equal(await settles(pool.run(shapes.expression, 3)), "expression 3 module scope");
    assert.equal(await settles(pool.run(shapes.asyncFunction, 4)), "async function 4 module scope");
    assert.equal(await settles(pool.run(shapes.default, 5)), "default 5 module scope");
    assert.equal(await settles(pool.run(shapes.größe, 6)), "unicode 6 module scope");
  });

  it("keep their module's state between tasks", async () => {
    const first = await settles(pool.run(basics.countCalls));
    assert.equal(await settles(pool.run(basics.countCalls)), first + 1);
    assert.equal(await settles(pool.run(basics.countCalls)), first + 2);
    assert.equal(basics.countCalls(), 1, "the caller's copy of the module is another one");
  });

  it("are not confused with others of the same name: another source is an error that says to use pool.module()", async () => {
    const other = { sameName: () => "the caller's" };
    const error = await failure(pool.run(other.sameName));
    assert.ok(error instanceof FunctionResolutionError, `got ${error}`);
    assert.equal(error.code, "ERR_MULTICORE_FUNCTION_RESOLUTION");
    assert.match(error.message, /sameName/);
    assert.match(error.message, /pool\.module\(/);
    assert.equal(await settles(pool.run(shapes.sameName)), "the module's own");
  });

  it("are ambiguous when two modules export one name and source: the error names both", async () => {
    await withPool({ workers: 1, modules: [fixture("twin_a"), fixture("twin_b")] }, async (pair) => {
      const error = await failure(pair.run(twin));
      assert.ok(error instanceof FunctionResolutionError, `got ${error}`);
      for (const part of ["'twin'", "twin_a", "twin_b"]) assert.ok(error.message.includes(part), error.message);
      assert.equal(await settles(pair.run((x: number) => x + 1, 1)), 2, "the pool works on");
    });
  });
});

describe("what is no function that can run in a worker", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 1 });
  });
  after(() => pool.close());

  const holder = {
    get acc(): () => string {
      return () => "not the function that was passed";
    },
    set acc(_: () => string) {
      assert.fail("called");
    },
  };
  const accessor = Object.getOwnPropertyDescriptor(holder, "acc")!;
  const cases: [what: string, fn: unknown, message: RegExp][] = [
    ["a native function", Math.max, /native.*max|max.*native/i],
    ["a bound function", function original() {}.bind(null), /bound|native/i],
    ["a class", class Thing {}, /class/i],
    ["a getter", accessor.get!, /accessor/],
    ["a setter", accessor.set!, /accessor/],
    ["a generator", function* walk() {
      yield 1;
    }, /generator/i],
    ["an async generator", async function* walk() {
      yield 1;
    }, /generator/i],
    ["undefined", undefined, /function.*undefined/i],
    ["a string", "add", /function.*add/i],
    ["an object", { call() {} }, /function/i],
  ];
  for (const [what, fn, message] of cases) {
    it(`${what} is refused where run() is called`, async () => {
      const error = await failure(pool.run(fn as () => void));
      assert.ok(error instanceof TypeError || error instanceof FunctionResolutionError, `got ${error}`);
      assert.match((error as unknown as { code: string }).code, /^ERR_MULTICORE_/);
      assert.match(error.message, message);
      const task = pool.task();
      assert.equal(thrown(() => task.run(fn as () => void)).message, error.message);
      assert.equal(task.size, 0);
      assert.equal(thrown(() => pool.runSync(fn as () => void)).message, error.message);
      assert.equal(await settles(pool.run((x: number) => x, 1)), 1, "the pool works on");
    });
  }
});
