import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { kind, withPool } from "./_support.ts";

/** Names of the worker's data that lead to something. */
function handles(): string[] {
  const { workerData } = process.getBuiltinModule("node:worker_threads");
  const data = (workerData ?? {}) as Record<string, unknown>;
  return Object.keys(data).filter((key) => data[key] !== undefined);
}

/** Replaces `subarray`, so as to see the memory that it is called on. */
function spy(): void {
  const { subarray } = Uint8Array.prototype;
  const seen: number[] = [];
  Object.assign(globalThis, { seen });
  Uint8Array.prototype.subarray = function (...range) {
    if (this.buffer instanceof SharedArrayBuffer) seen.push(this.buffer.byteLength);
    return subarray.apply(this, range) as never;
  };
}

/** Bytes of the shared memory that was seen, at most; 0 for none. */
function seen(text: string): number {
  return text.length > 0 ? Math.max(0, ...(globalThis as unknown as { seen: number[] }).seen) : -1;
}

/** What hangs on the worker's state for both copies of the library, and can resolve a function by its number. */
function resolvers(): string[] {
  const found: string[] = [];
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    const value = (globalThis as unknown as Record<symbol, { resolver?: object } | undefined>)[symbol];
    if (value?.resolver && "resolve" in value.resolver) found.push(String(symbol));
  }
  return found;
}

describe("a task", () => {
  for (const env of kind === "deno" ? [undefined, {}] : [undefined]) {
    it(`finds nothing of its pool's memory in workerData${env ? ", with an environment of its own" : ""}`, () =>
      withPool({ workers: 1, ...(env ? { env } : {}) }, async (pool) => {
        assert.deepEqual(await pool.run(handles), []);
        assert.equal(await pool.run((x: string) => x, "the pool works on"), "the pool works on");
      }));
  }

  it("does not see the arguments of all tasks through a replaced subarray", () =>
    withPool({ workers: 1 }, async (pool) => {
      await pool.run(spy);
      const arena = 64 * 1024;
      for (const text of ["x".repeat(5000), "é".repeat(5000), "😀".repeat(5000)]) {
        const most = await pool.run(seen, text);
        assert.ok(most >= 0 && most < arena, `${most} bytes`);
      }
    }));

  it("finds no way to other functions on the worker's state", () =>
    withPool({ workers: 1 }, async (pool) => assert.deepEqual(await pool.run(resolvers), [])));
});
