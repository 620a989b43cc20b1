/** A module that is not there: the error keeps its class and code, and says so briefly. */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { createPool, FunctionResolutionError, type Pool } from "../../mod.ts";
import { chain, failure, kind, settles, type Thrown, withPool } from "./_support.ts";

const missing = new URL("./not_there.mjs", import.meta.url);

/** The loader hooks with which Node 20 runs these tests make no real errors; tests/packaging tries it without. */
const skip = kind === "node" && process.versions.node.startsWith("20.") && "Node 20's loader hooks make no errors";

/** Neither the error nor its causes carry the worker's source, in a message, a stack or a property. */
function assertBrief(error: Thrown): void {
  assert.ok(error.message.length < 1000, `a message of ${error.message.length} characters`);
  for (const each of chain(error)) {
    const texts = [...Object.getOwnPropertyNames(each), "message", "stack"].map((key) => each[key]);
    const lengths = texts.map((text) => typeof text === "string" ? text.length : 0);
    assert.ok(Math.max(...lengths) < 5000, `${each.name} has texts of ${lengths} characters`);
  }
}

function assertMissing(error: Thrown): void {
  assert.ok(error instanceof FunctionResolutionError, String(error));
  assert.equal(error.code, "ERR_MULTICORE_FUNCTION_RESOLUTION");
  assert.match(error.message, /^Cannot load module file:.*not_there\.mjs: /);
  assertBrief(error);
}

describe("A missing module", () => {
  it("rejects the call of pool.module()", () =>
    withPool({ workers: 1 }, async (pool) => {
      const module = pool.module<{ f(): void }>(missing);
      assertMissing(await failure(module.f()));
    }));

  it("rejects the start of a pool", async () => {
    const pool: Pool = createPool({ workers: 1, modules: [missing] });
    assertMissing(await failure(pool.ready()));
    await settles(pool.terminate());
  });

  it("rejects a function that imports it", { skip }, () =>
    withPool({ workers: 1 }, async (pool) => {
      const error = await failure(pool.run(async (url: string) => void await import(url), missing.href));
      if (kind === "node") assert.equal(error.code, "ERR_MODULE_NOT_FOUND");
      assertBrief(error);
    }));

  it(
    "rejects a function that imports it by a name that means nothing to a worker",
    { skip },
    () =>
      withPool({ workers: 1 }, async (pool) => {
        for (const name of ["./not_there.mjs", "no-such-package"]) {
          const error = await failure(pool.run(async (name: string) => void await import(name), name));
          assert.ok(error instanceof Error);
          assertBrief(error);
        }
      }),
  );

  it(
    "is told as briefly where the error is nested in a result",
    { skip },
    () =>
      withPool({ workers: 1 }, async (pool) => {
        const [outcome] = await pool.run(async () => await Promise.allSettled([import("no-such-" + "package")]));
        assert.equal(outcome?.status, "rejected");
        assertBrief((outcome as PromiseRejectedResult).reason);
      }),
  );

  it("is told as briefly where the error is frozen", () =>
    withPool({ workers: 1 }, async (pool) => {
      const error = await failure(pool.run(() => {
        throw Object.freeze(new TypeError("imported from data:text/javascript;base64," + "A".repeat(5000)));
      }));
      assert.ok(error instanceof TypeError);
      assert.equal(error.message, "imported from multicore-worker.js");
      assertBrief(error);
    }));
});
