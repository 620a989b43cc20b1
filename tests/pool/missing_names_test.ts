/** Errors of functions that were sent by their source: only what their source lacks is explained. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, FunctionResolutionError, type Pool } from "../../mod.ts";
import { failure, settles, thrown } from "./_support.ts";

/** A function as a tool or a program without types would have it. */
// deno-lint-ignore no-explicit-any
const made = (source: string): any => (0, eval)(`(${source})`);

let pool: Pool;

describe("a ReferenceError of a function sent by its source", () => {
  before(() => void (pool = createPool({ workers: 1 })));
  after(() => pool.close());

  const explained = async (source: string): Promise<FunctionResolutionError> => {
    const error = await failure(pool.run(made(source)));
    assert.ok(error instanceof FunctionResolutionError, `got ${error}`);
    assert.ok(error.cause instanceof ReferenceError);
    return error;
  };

  it("is explained if the source lacks the name", async () => {
    assert.match(
      (await explained("function f() { return factor * 2 }")).message,
      /'factor' in function 'f'.*as an argument/,
    );
    assert.match((await explained("async () => { await null; return factor }")).message, /'factor'/);
    assert.match((await explained("() => { const inner = () => factor; return inner() }")).message, /'factor'/);
    assert.match((await explained("() => `${factor}`")).message, /'factor'/);
  });

  it("is left alone if something else threw it", async () => {
    for (
      const source of [
        "() => { throw new ReferenceError('oops') }",
        "() => { throw new ReferenceError('Cannot find the account') }",
        "() => { throw new ReferenceError('factor is not defined') }",
        "() => { const early = () => late; early(); let late = 1 }",
        "async () => await import('data:text/javascript,export default factor')",
        "() => new Function('return factor')()",
        "() => JSON.parse('[1]', function f() { throw Object.assign(new ReferenceError('factor is not defined'), { stack: 'ReferenceError: factor is not defined\\n    at library.js:1:1' }) })",
      ]
    ) {
      const error = await failure(pool.run(made(source)));
      assert.equal(error.name, "ReferenceError", source);
      assert.ok(!(error instanceof FunctionResolutionError), source);
    }
  });

  it("says which tool has put the name there, and what to do", async () => {
    const cases: [string, RegExp][] = [
      ["__vite_ssr_import_0__.helper", /Vite or Vitest put this name.*'modules'.*pool\.module\(\)/],
      ["__vi_import_0__.helper", /Vite or Vitest/],
      ["cov_2k3j4h5g6().s[0]++", /Istanbul.*istanbul ignore next/],
      ["stryMutAct_9fa48('1')", /Stryker/],
      ["_tasks__WEBPACK_IMPORTED_MODULE_0__.x", /webpack or rspack/],
      ["__webpack_require__(1)", /webpack or rspack/],
      ["__TURBOPACK__imported__module__1.x", /Turbopack/],
      ["import_node_fs.readFileSync", /esbuild/],
      ["__spreadValues({}, {})", /esbuild.*'target'/],
      ["__awaiter(1)", /TypeScript.*tsconfig/],
      ["tslib_1.__rest", /TypeScript/],
      ["node_fs_1.readFileSync", /TypeScript or SWC/],
      ["_ref.apply(null)", /Babel or SWC/],
      ["_asyncToGenerator(1)", /Babel or SWC/],
      ["_async_to_generator._(1)", /Babel or SWC/],
      ["_interop_require_default._(1)", /Babel or SWC/],
      ["_object_spread({})", /Babel or SWC/],
    ];
    for (const [use, message] of cases) assert.match((await explained(`() => ${use}`)).message, message, use);
  });

  it("does not come of esbuild's __name, which does there what it does in its module", async () => {
    const source =
      `(x) => { const inner = /* @__PURE__ */ __name((y) => y + 1, "inner"); return [inner(x), inner.name] }`;
    assert.deepEqual(await settles(pool.run(made(source), 1)), [2, "inner"]);
    const named = `function f() { function g() {} __name(g, "other"); return [g.name, typeof globalThis.__name] }`;
    assert.deepEqual(await settles(pool.run(made(named))), ["other", "undefined"]);
  });
});

describe("a function whose name is no text", () => {
  it("runs, and is called anonymous in messages", async () => {
    const pool = createPool({ workers: 1 });
    try {
      for (const value of [Symbol("s"), 5, {}, undefined]) {
        const fn = Object.defineProperty((x: number) => x + 1, "name", { value });
        assert.equal(await settles(pool.run(fn, 1)), 2);
        assert.equal(pool.runSync(fn, 2), 3);
        const bound = Object.defineProperty(Math.max.bind(null), "name", { value });
        const error = thrown(() => pool.runSync(bound as () => number));
        assert.match(error.message, /Cannot run '\(anonymous\)' as it is a native or bound function/);
        assert.equal(error.code, "ERR_MULTICORE_FUNCTION_KIND");
      }
      const throws = Object.defineProperty(() => 1, "name", {
        get(): never {
          throw new Error("no name");
        },
      });
      assert.equal(await settles(pool.run(throws)), 1);
    } finally {
      await pool.close();
    }
  });
});
