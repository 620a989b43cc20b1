/** No payload is refused for its size, and none for how many there are. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { echo } from "../fixtures/basics.ts";
import { hold } from "../fixtures/latch.ts";
import { lengthOf, makeBytes } from "../fixtures/values.ts";
import { fixture, flags, raise, raised, settles, withPool } from "./_support.ts";

const MIB = 2 ** 20;
const modules = [fixture("basics"), fixture("values"), fixture("latch")];
const long = process.env["MULTICORE_LONG"] === "1";
// Bun's default is 5 s.
const timeout = 300_000;

/** Tells the ends of the bytes apart from those of any other payload. */
function ends(bytes: Uint8Array): number {
  return bytes[0]! + bytes[bytes.length - 1]!;
}

describe("payloads", { timeout }, () => {
  // With the usual memory, 200 payloads are more than a machine under load copies in time.
  const many = long ? { count: 200, memory: {} } : { count: 40, memory: { maxBytes: 64 * MIB } };
  it(`of 8 MiB queue up in front of two busy workers, ${many.count} of them, and all come through`, {
    timeout,
  }, async () => {
    await withPool({ workers: 2, modules, memory: many.memory }, async (pool) => {
      const busy = flags();
      const held = [0, 1].map(() => pool.run(hold<void>, busy, 0, 1));
      await raised(busy, 0, 2);
      const bytes = new Uint8Array(8 * MIB);
      const results: Promise<number>[] = [];
      for (let i = 0; i < many.count; i++) {
        bytes[0] = bytes[bytes.length - 1] = i;
        results.push(pool.run(ends, bytes));
      }
      assert.equal(pool.stats().queued, many.count);
      raise(busy, 1);
      assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: many.count }, (_, i) => i * 2));
      await settles(Promise.all(held));
    });
  });

  it("that no arena has room for travel all the same", { timeout }, async () => {
    const memory = { initialBytes: 1024, maxBytes: 64 * 1024 };
    await withPool({ workers: 2, modules, memory }, async (pool) => {
      const sizes = Array.from({ length: 200 }, (_, i) => 200 + i * 997);
      const results = await settles(Promise.all(sizes.map((size) => pool.run(echo, makeBytes(size)))));
      for (const [i, size] of sizes.entries()) assert.deepEqual(results[i], makeBytes(size), `${size} bytes`);
      assert.ok(pool.stats().memory < 2 * MIB);
    });
  });

  const skip = long ? false : "only with MULTICORE_LONG=1";
  it("may be of 1 GiB each, argument and result", { timeout, skip }, async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const large = makeBytes(1024 * MIB);
      assert.equal(await settles(pool.run(lengthOf, large)), large.length, "as an argument");
      const made = await settles(pool.run(makeBytes, 1024 * MIB));
      assert.equal(made.length, large.length, "as a result");
      for (let i = 0; i < large.length; i += 997) if (made[i] !== large[i]) assert.fail(`byte ${i} differs`);
    });
  });
});
