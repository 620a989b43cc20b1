import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, type Pool } from "../../mod.ts";
import * as shapes from "../fixtures/shapes.ts";
import { failure, fixture, settles } from "./_support.ts";

const mark = Symbol("mark");
const notInScope = Number("7"); // not a literal, which Bun would inline

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
    class(x: number): number {
      return x + 9;
    },
    class$(x: number): number {
      return x + 10;
    },
    "get text"(x: number): number {
      return x + 11;
    },
    [mark](x: number, [y] = [x + 1]): number {
      return x + y;
    },
    async [`${String(mark)}()`](x: number): Promise<number> {
      return await x + 12;
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
    static get private(): (x: number) => number {
      return this.#private;
    }
    static #private(x: number): number {
      return x * 5;
    }
  }

  // deno-lint-ignore no-explicit-any
  const cases: [what: string, fn: (...args: any[]) => unknown, args: unknown[], expected: unknown][] = [
    ["an arrow", (x: number) => x + 1, [1], 2],
    ["an arrow with a bare parameter", Function("return x => x * 2")(), [4], 8],
    ["an arrow that gives an object", (x: number) => ({ x }), [1], { x: 1 }],
    ["an async arrow", async (x: number) => await Promise.resolve(x + 1), [1], 2],
    ["an async arrow with a bare parameter", Function("return async x => x * 2")(), [4], 8],
    [
      "a function expression",
      function named(x: number) {
        return x - 1;
      },
      [1],
      0,
    ],
    [
      "a function without a name",
      (() =>
        function (x: number) {
          return x - 2;
        })(),
      [1],
      -1,
    ],
    [
      "a recursive function",
      function fact(n: number): number {
        return n < 2 ? 1 : n * fact(n - 1);
      },
      [5],
      120,
    ],
    [
      "an async function",
      async function later(x: number) {
        return await x;
      },
      [1],
      1,
    ],
    ["a method in shorthand", methods.shorthand, [1], 2],
    ["an async method in shorthand", methods.asyncShorthand, [1], 3],
    ["a method with a computed name", methods["computed name"], [1], 4],
    ["a method called async", methods.async, [1], 5],
    ["a method called get", methods.get, [1], 6],
    ["a method with a quoted name", methods["quoted-name"], [1], 7],
    ["a method with a number for its name", methods[42], [1], 8],
    ["a method called function", methods.function, [1], 9],
    ["a method called class", methods.class, [1], 10],
    ["a method called class$", methods.class$, [1], 11],
    ["a method whose name begins as an accessor's", methods["get text"], [1], 12],
    ["a method with a symbol for its name", methods[mark], [1], 3],
    ["an async method with a computed name with parentheses", methods["Symbol(mark)()"]!, [1], 13],
    ["a private method", Holder.private, [1], 5],
    ["what only sloppy mode takes", Function("return function (o) { with (o) return x + 010 }")(), [{ x: 1 }], 9],
    ["a static method", Holder.method, [4], 8],
    ["a static async method", Holder.asyncMethod, [4], 12],
    ["an instance's method that does not use this", Holder.prototype.instance, [4], 16],
    ["default parameters", (a: number, b = a + 1, c = { d: ")" }) => `${a}${b}${c.d}`, [1], "12)"],
    [
      "destructuring",
      ({ a, b: [c] }: { a: number; b: number[] }, ...[d]: number[]) => [a, c, d],
      [{ a: 1, b: [2] }, 3],
      [1, 2, 3],
    ],
    ["rest parameters", (...all: number[]) => all.length, [1, 2, 3], 3],
    ["braces and parentheses in strings", () => "}) => {" + '"' + `}${"{"}`, [], '}) => {"}{'],
    [
      "braces in comments",
      () => {
        /* } => ( */ return 1; // }
      },
      [],
      1,
    ],
    ["braces in regular expressions", (x: string) => /[{}()'"`/]/.test(x), ["}"], true],
    [
      "names in unicode",
      function ünïcødé(größe: number) {
        return größe;
      },
      [3],
      3,
    ],
    ["text in unicode", () => "\u{1F600} ü \u2028", [], "\u{1F600} ü \u2028"],
    [
      "its own arguments object",
      function () {
        return arguments.length;
      },
      [1, 2],
      2,
    ],
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
    const makers = [() => {
      const pick = () => 1;
      return pick;
    }, () => {
      const pick = () => 2;
      return pick;
    }];
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
