/** `sort`: what it gives is what the array's own `sort` gives. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { createPool, type Pool, sharedArray } from "../../mod.ts";
import { failure, settles, type Thrown } from "../pool/_support.ts";

const seed = Number(process.env["MULTICORE_SEED"] ?? Date.now() % 2 ** 31);
const timeout = 120_000;
const TYPES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];
/** Around and far above any number below which one thread sorts. */
const LENGTHS = [0, 1, 2, 3, 1000, 40_001];

/** The same numbers each time. */
function noise(i: number): number {
  return Math.imul(i + 1, 2654435761) >> 3;
}

function fill(array: Thrown): Thrown {
  const isBig = typeof array[0] === "bigint" || array instanceof BigInt64Array || array instanceof BigUint64Array;
  const special = [NaN, -0, 0, Infinity, -Infinity, NaN, -1.5, 1.5];
  for (let i = 0; i < array.length; i++) {
    if (isBig) array[i] = BigInt(noise(i)) * 3_000_000_007n;
    else array[i] = i % 10 === 3 ? special[(i / 10 | 0) % 8] : noise(i) / 7;
  }
  return array;
}

/** Compares bit for bit but for NaN, and -0 with 0 as different. */
function same(actual: Thrown, expected: Thrown): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) assert.fail(`item ${i} is ${actual[i]} instead of ${expected[i]}`);
  }
}

let pool: Pool;
before(() => void (pool = createPool({ workers: 3 })));
after(() => pool.close());

describe("sort()", { timeout }, () => {
  it("sorts typed arrays and shared ones of every type in place", { timeout }, async () => {
    for (const Type of TYPES as Thrown[]) {
      for (const length of LENGTHS) {
        for (const array of [new Type(length), sharedArray(Type, length)]) {
          fill(array);
          const expected = Type.from(array).sort();
          assert.equal(await settles(pool.sort(array)), array);
          same(array, expected);
        }
      }
    }
  });

  it("sorts a view of a larger buffer, and nothing around it", { timeout }, async () => {
    for (const buffer of [new ArrayBuffer(80_080), new SharedArrayBuffer(320_080)]) {
      const all = fill(new Float64Array(buffer)) as Float64Array;
      const outer = Float64Array.from(all);
      const view = new Float64Array(buffer, 16, all.length - 4);
      const expected = Float64Array.from(view).sort();
      await settles(pool.sort(view));
      same(view, expected);
      same([all[0], all[1], all.at(-2), all.at(-1)], [outer[0], outer[1], outer.at(-2), outer.at(-1)]);
    }
  });

  it("sorts typed arrays by a comparator", { timeout }, async () => {
    for (const length of LENGTHS) {
      const array = Int32Array.from({ length }, (_, i) => noise(i) % 1000);
      const descending = (a: number, b: number): number => b - a;
      const expected = array.slice().sort(descending);
      same(await settles(pool.sort(array.slice(), descending)), expected);
      same(await settles(pool.sort(sharedArray(Int32Array, array), { compare: descending })), expected);
    }
  });

  it("sorts arrays stably, by key, by comparator and by text", { timeout }, async () => {
    for (const length of LENGTHS) {
      const items = Array.from({ length }, (_, i) => ({ key: Math.abs(noise(i)) % 17, at: i }));
      const byKey = items.slice().sort((a, b) => a.key - b.key);
      const sorted = await settles(pool.sort(items.slice(), { key: (item) => item.key }));
      assert.deepEqual(sorted.map(({ at }) => at), byKey.map(({ at }) => at));
      assert.ok(sorted.every((item) => items[item.at] === item), "the items themselves");
      const compared = await settles(pool.sort(items.slice(), (a, b) => a.key - b.key));
      assert.deepEqual(compared.map(({ at }) => at), byKey.map(({ at }) => at));
      const texts = items.map(({ key, at }) => `${key} ${at % 5}`);
      assert.deepEqual(await settles(pool.sort(texts.slice(), { key: (text) => text })), texts.slice().sort());
      assert.deepEqual(await settles(pool.sort(texts.slice())), texts.slice().sort());
      const numbers = texts.map((_, i) => noise(i) % 100);
      assert.deepEqual(await settles(pool.sort(numbers.slice())), numbers.slice().sort());
      const big = numbers.map(BigInt);
      assert.deepEqual(
        await settles(pool.sort(big.slice(), { key: (x) => x })),
        big.slice().sort((a, b) => a < b ? -1 : a > b ? 1 : 0),
      );
    }
  });

  it("gives any array in the order of the array's own sort", { timeout }, async () => {
    const runs = { numRuns: process.env["MULTICORE_LONG"] === "1" ? 1000 : 30, seed };
    const anything = fc.array(
      fc.oneof(fc.string(), fc.integer(), fc.double(), fc.constant(undefined), fc.constant(null)),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (array) => {
        assert.deepEqual(await settles(pool.sort(array.slice())), array.slice().sort());
      }),
      runs,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double(), { maxLength: 2000 }),
        fc.integer({ min: 1, max: 40 }),
        async (some, times) => {
          const array = Float64Array.from(Array.from({ length: times }, () => some).flat());
          same(await settles(pool.sort(sharedArray(Float64Array, array))), array.slice().sort());
        },
      ),
      runs,
    );
  });

  it("passes the error of a comparator or a key on, and leaves the array whole", { timeout }, async () => {
    const items = Array.from({ length: 2000 }, (_, i) => noise(i));
    const fail = (): number => {
      throw new RangeError("cannot compare");
    };
    for (const by of [{ key: fail }, { compare: fail }, fail]) {
      const array = items.slice();
      const error = await failure(pool.sort(array, by));
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, "cannot compare");
      assert.deepEqual(array.slice().sort(), items.slice().sort());
    }
  });

  it("refuses what it cannot sort, and says what to give", { timeout }, async () => {
    // deno-lint-ignore no-explicit-any
    const sort = (...args: unknown[]): Promise<Thrown> => failure((pool.sort as any)(...args));
    for (const bad of [undefined, null, 5, "text", {}, new Set([1]), new DataView(new ArrayBuffer(8))]) {
      assert.match((await sort(bad)).message, /array/);
    }
    assert.match((await sort([1], { by: 1 })).message, /'by'.*key, compare/);
    assert.match((await sort([1], 5)).message, /5/);
    assert.ok(await sort([1], { key: 5 }) instanceof TypeError);
    assert.match((await sort(new Int8Array(2), { key: (x: number) => x })).message, /'key'/);
    assert.match((await sort([1], { key: (x: number) => x, compare: () => 0 })).message, /'key'.*'compare'/);
    assert.match((await sort([2, 1], { into: new Int8Array(2) })).message, /'into'/);
    assert.deepEqual(await settles(pool.sort([2, 1])), [1, 2]);
  });
});
