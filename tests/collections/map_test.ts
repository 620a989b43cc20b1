import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createPool, type PartedSource } from "../../mod.ts";

const pool = createPool({ workers: 2 });
after(() => pool.close());

const square = (x: number): number => x * x;

describe("map()", () => {
  it("gives results in order, for any length, at each call", async () => {
    for (const n of [0, 1, 2, 3, 10, 1000, 50_000]) {
      const items = Array.from({ length: n }, (_, i) => i);
      for (let call = 0; call < 3; call++) assert.deepEqual(await pool.map(items, square), items.map(square));
    }
  });

  it("takes a number of indexes, typed arrays, shared arrays, iterables, async iterables, streams", async () => {
    assert.deepEqual(await pool.map(5, (i) => i * 2), [0, 2, 4, 6, 8]);
    assert.deepEqual(await pool.map(Float64Array.of(1.5, 2.5), (x) => x * 2), [3, 5]);
    assert.deepEqual(await pool.map(new Set(["a", "b"]), (text) => text + "!"), ["a!", "b!"]);
    const later = async function* () {
      yield 1;
      yield 2;
    };
    assert.deepEqual(await pool.map(later(), square), [1, 4]);
    assert.deepEqual(await pool.map([Promise.resolve(3), Promise.resolve(4)], square), [9, 16]);
  });

  it("gives results one by one, with the indexes of their items", async () => {
    const all: number[] = [];
    for await (const x of pool.map(1000, (i) => i + 1)) all.push(x);
    assert.deepEqual(all, Array.from({ length: 1000 }, (_, i) => i + 1));
    const entries: [number, string][] = [];
    for await (const entry of pool.map(["a", "b"], (x) => x + x).entries()) entries.push(entry);
    assert.deepEqual(entries, [[0, "aa"], [1, "bb"]]);
  });

  it("throws the function's own error, and says which item it was", async () => {
    const fail = (x: number): number => {
      if (x === 777) throw new RangeError("no 777");
      return x;
    };
    for (let call = 0; call < 3; call++) {
      const results = pool.map(1000, fail);
      await assert.rejects(async () => await results, { name: "RangeError", message: "no 777" });
      assert.equal(results.failure!.index, 777);
      assert.equal(results.failure!.item, 777);
    }
  });

  it("settles each item", async () => {
    const fail = (x: number): number => {
      if (x % 3 === 0) throw new RangeError("no " + x);
      return x;
    };
    for (let call = 0; call < 3; call++) {
      const outcomes = await pool.map(6, fail, { errors: "settle" });
      assert.deepEqual(outcomes.map((o) => o.status === "fulfilled" ? o.value : (o.reason as Error).message), [
        "no 0",
        1,
        2,
        "no 3",
        4,
        5,
      ]);
    }
  });

  it("flattens generators, filters, folds, finds and sorts", async () => {
    assert.deepEqual(
      await pool.map(4, function* (i: number) {
        for (let k = 0; k < i; k++) yield i;
      }),
      [1, 2, 2, 3, 3, 3],
    );
    assert.deepEqual(await pool.filter([5, 1, 7], (x) => x > 3), [5, 7]);
    const sum = await pool.reduce(1001, { initial: () => 0, step: (a, x) => a + x, combine: (a, b) => a + b });
    assert.equal(sum, 500500);
    assert.equal(await pool.reduce([1, 2, 3], (a: number, b: number) => a * b, 2), 12);
    assert.equal(await pool.find(1e6, (x) => x > 1234), 1235);
    assert.equal(await pool.every(1000, (x) => x < 1000), true);
    assert.equal(await pool.some(1000, (x) => x === 1000), false);
    const numbers = Float64Array.from({ length: 50_000 }, (_, i) => Math.sin(i));
    assert.deepEqual(await pool.sort(numbers.slice()), numbers.slice().sort());
    assert.deepEqual(await pool.sort(["pear", "fig", "apple"], { key: (t: string) => t.length }), [
      "fig",
      "pear",
      "apple",
    ]);
  });

  it("streams what a generator yields", async () => {
    const seen: number[] = [];
    const count = function* (n: number) {
      for (let i = 0; i < n; i++) yield i;
    };
    for await (const x of pool.stream(count, 5000)) seen.push(x);
    assert.equal(seen.length, 5000);
    for await (const x of pool.stream(count, 1e9)) if (x > 10_000) break;
  });
});

describe("a source of one's own", () => {
  it("may name its parts by anything, and gives its items their type", async () => {
    const evens: PartedSource<number, [from: number, to: number]> = {
      size: 10,
      part: (from, to) => [from, to],
      read: (part) => {
        const items: number[] = [];
        for (let i = part[0]; i < part[1]; i++) if (i % 2 === 0) items.push(i);
        return items;
      },
    };
    const results: number[] = await pool.map(evens, (x) => x * 10);
    assert.deepEqual(results, [0, 20, 40, 60, 80]);
  });
});
