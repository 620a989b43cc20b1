import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, FunctionResolutionError, type Pool } from "../../mod.ts";
import * as basics from "../fixtures/basics.ts";
import * as shapes from "../fixtures/shapes.ts";
import { twin } from "../fixtures/twin_a.ts";
import { failure, fixture, settles, thrown, withPool } from "./_support.ts";

const notInScope = Number("7"); // not a literal, which Bun would inline

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

describe("functions by source", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 1, modules: [fixture("basics")] });
  });
  after(() => pool.close());

  const methods = {
    shorthand(x: number): number {
      return x + 1;
    },
    async asyncShorthand(x: number): Promise<number> {
      return await x + 2;
    },
    ["computed name"](x: number): number {
      return x + 3;
    },
    async(x: number): number {
      return x + 4;
    },
    get(x: number): number {
      return x + 5;
    },
    "quoted-name"(x: number): number {
      return x + 6;
    },
    42(x: number): number {
      return x + 7;
    },
    function(x: number): number {
      return x + 8;
    },
    swap: { one: (x: number) => `one ${x}`, two: (x: number) => `two ${x}` },
  };
  class Holder {
    static method(x: number): number {
      return x * 2;
    }
    static async asyncMethod(x: number): Promise<number> {
      return await x * 3;
    }
    instance(x: number): number {
      return x * 4;
    }
  }

  // deno-lint-ignore no-explicit-any
  const cases: [what: string, fn: (...args: any[]) => unknown, args: unknown[], expected: unknown][] = [
    ["an arrow", (x: number) => x + 1, [1], 2],
    ["an arrow with a bare parameter", Function("return x => x * 2")(), [4], 8],
    ["an arrow that gives an object", (x: number) => ({ x }), [1], { x: 1 }],
    ["an async arrow", async (x: number) => await Promise.resolve(x + 1), [1], 2],
    ["an async arrow with a bare parameter", Function("return async x => x * 2")(), [4], 8],
    ["a function expression", function named(x: number) { return x - 1; }, [1], 0],
    ["a function without a name", (() => function (x: number) { return x - 2; })(), [1], -1],
    ["a recursive function", function fact(n: number): number { return n < 2 ? 1 : n * fact(n - 1); }, [5], 120],
    ["an async function", async function later(x: number) { return await x; }, [1], 1],
    ["a method in shorthand", methods.shorthand, [1], 2],
    ["an async method in shorthand", methods.asyncShorthand, [1], 3],
    ["a method with a computed name", methods["computed name"], [1], 4],
    ["a method called async", methods.async, [1], 5],
    ["a method called get", methods.get, [1], 6],
    ["a method with a quoted name", methods["quoted-name"], [1], 7],
    ["a method with a number for its name", methods[42], [1], 8],
    ["a method called function", methods.function, [1], 9],
    ["a static method", Holder.method, [4], 8],
    ["a static async method", Holder.asyncMethod, [4], 12],
    ["an instance's method that does not use this", Holder.prototype.instance, [4], 16],
    ["default parameters", (a: number, b = a + 1, c = { d: ")" }) => `${a}${b}${c.d}`, [1], "12)"],
    ["destructuring", ({ a, b: [c] }: { a: number; b: number[] }, ...[d]: number[]) => [a, c, d], [{ a: 1, b: [2] }, 3], [1, 2, 3]],
    ["rest parameters", (...all: number[]) => all.length, [1, 2, 3], 3],
    ["braces and parentheses in strings", () => "}) => {" + '"' + `}${"{"}`, [], "}) => {\"}{"],
    ["braces in comments", () => { /* } => ( */ return 1; // }
    }, [], 1],
    ["braces in regular expressions", (x: string) => /[{}()'"`/]/.test(x), ["}"], true],
    ["names in unicode", function ünïcødé(größe: number) { return größe; }, [3], 3],
    ["text in unicode", () => "\u{1F600} ü \u2028", [], "\u{1F600} ü \u2028"],
    ["its own arguments object", function () { return arguments.length; }, [1, 2], 2],
  ];
  for (const [what, fn, args, expected] of cases) {
    it(`run ${what}`, async () => assert.deepEqual(await settles(pool.run(fn, ...args)), expected));
  }

  it("do not confuse two properties of one object, nor after a swap", async () => {
    const { swap } = methods;
    assert.deepEqual(await settles(Promise.all([pool.run(swap.one, 1), pool.run(swap.two, 2)])), ["one 1", "two 2"]);
    [swap.one, swap.two] = [swap.two, swap.one];
    assert.deepEqual(await settles(Promise.all([pool.run(swap.one, 1), pool.run(swap.two, 2)])), ["two 1", "one 2"]);
  });

  it("do not confuse functions that share a name", async () => {
    const makers = [() => { const pick = () => 1; return pick; }, () => { const pick = () => 2; return pick; }];
    assert.deepEqual(await settles(Promise.all(makers.map((make) => pool.run(make())))), [1, 2]);
  });

  it("that meet an undefined name fail with an error that names it and says to export the function", async () => {
    const error = await failure(pool.run(() => notInScope + 1));
    assert.match(error.message, /notInScope/);
    assert.match(error.message, /export/);
    assert.match(error.message, /modules/);
    const missing = await failure(pool.run(shapes.usesScope, 1));
    assert.match(missing.message, /scope/);
    assert.match(missing.message, /usesScope/);
  });
});

describe("what is no function that can run in a worker", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 1 });
  });
  after(() => pool.close());

  const cases: [what: string, fn: unknown, message: RegExp][] = [
    ["a native function", Math.max, /native.*max|max.*native/i],
    ["a bound function", function original() {}.bind(null), /bound|native/i],
    ["a class", class Thing {}, /class/i],
    ["a generator", function* walk() { yield 1; }, /generator/i],
    ["an async generator", async function* walk() { yield 1; }, /generator/i],
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
