import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, before, describe, it } from "node:test";
import { createPool, type Pool, SerializationError } from "../../mod.ts";
import { add, echo } from "../fixtures/basics.ts";
import * as values from "../fixtures/values.ts";
import { failure, fixture, settles, thrown } from "./_support.ts";

const modules = [fixture("basics"), fixture("values")];

let pool: Pool;
const start = (): void => void (pool = createPool({ workers: 1, modules }));
const stop = (): Promise<void> => pool.close();

describe("arguments and results", () => {
  before(start);
  after(stop);

  const cycle: Record<string, unknown> = { name: "cycle" };
  cycle.self = cycle;
  const cases: unknown[] = [
    undefined,
    null,
    true,
    0,
    -0,
    NaN,
    Infinity,
    1.5,
    2 ** 53,
    10n ** 30n,
    -1n,
    "",
    "ü\u{1F600}\u0000",
    "\ud800",
    new Date(5),
    new Date(NaN),
    /a+/giu,
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1, "2"])]]),
    new Set([NaN, -0]),
    [1, undefined, null, -0],
    [, 1, , 2],
    { a: undefined, b: [{ c: new Date(1) }] },
    cycle,
    Object(1),
    Object("text"),
    Buffer.from("bytes"),
    new Uint8Array(0),
    new Float32Array([1.5, NaN]),
    new BigInt64Array([-1n]),
    new DataView(new ArrayBuffer(3)),
    new ArrayBuffer(5),
    Array.from({ length: 1000 }, (_, i) => ({ id: i, name: `item ${i}`, tags: ["a", "b"] })),
  ];
  for (const [i, value] of cases.entries()) {
    it(`number ${i} of the values comes back equal: ${values.describeValue(value).slice(0, 60)}`, async () => {
      const result = await settles(pool.run(echo, value));
      // Node 20 takes no two invalid dates for equal.
      const same = (actual: unknown) =>
        value instanceof Date
          ? assert.ok(actual instanceof Date && Object.is(+actual, +value))
          : assert.deepEqual(actual, value);
      same(result);
      assert.equal(Buffer.isBuffer(result), Buffer.isBuffer(value));
      if (Array.isArray(value)) assert.deepEqual(Object.keys(result as object), Object.keys(value), "holes are kept");
      const [nested] = await settles(pool.run(echo, [value]));
      same(nested);
      // A cycle has no text; all others look the same to the worker.
      assert.equal(await settles(pool.run(values.describeValue, value)), values.describeValue(value));
    });
  }

  it("are as many as the call has, undefined among them", async () => {
    const count = (...all: unknown[]) => [all.length, ...all];
    assert.deepEqual(await settles(pool.run(count)), [0]);
    assert.deepEqual(await settles(pool.run(count, undefined)), [1, undefined]);
    assert.deepEqual(await settles(pool.run(count, 1, undefined, undefined)), [3, 1, undefined, undefined]);
  });

  it("are encoded when run() is called: later changes are not seen", async () => {
    const [list, bytes] = [[1, 2], new Uint8Array(300_000).fill(1)];
    const results = Promise.all([pool.run(echo, list), pool.run(echo, bytes), pool.run(echo, { list })]);
    list.push(3);
    bytes.fill(9);
    const [sameList, sameBytes, holder] = await settles(results);
    assert.deepEqual(sameList, [1, 2]);
    assert.ok(sameBytes.every((byte) => byte === 1));
    assert.deepEqual(holder, { list: [1, 2] });
  });

  it("may have any size: typed arrays", async () => {
    for (const size of [0, 1, 7, 100, 4096, 70_000, 262_144, 1_000_001, 20_000_000]) {
      const bytes = values.makeBytes(size);
      const [there, back, both] = await settles(
        Promise.all([pool.run(values.lengthOf, bytes), pool.run(values.makeBytes, size), pool.run(echo, { bytes })]),
      );
      assert.equal(there, size);
      assert.equal(Buffer.compare(back, bytes), 0, `${size} bytes out`);
      assert.equal(Buffer.compare(both.bytes, bytes), 0, `${size} bytes there and back`);
    }
    const floats = Float64Array.from({ length: 100_000 }, (_, i) => i / 3);
    assert.deepEqual(await settles(pool.run(echo, floats.subarray(5, 90_000))), floats.slice(5, 90_000));
  });

  it("may have any size: strings", async () => {
    for (const text of ["x", "ü", "\u{1F600}"]) {
      for (const times of [0, 1, 50, 5000, 100_000, 1_000_001, 10_000_000 / new TextEncoder().encode(text).length]) {
        const long = text.repeat(times);
        const [there, back, both] = await settles(
          Promise.all([pool.run(values.lengthOf, long), pool.run(values.repeat, text, times), pool.run(echo, long)]),
        );
        assert.equal(there, long.length);
        assert.ok(back === long && both === long, `${times} times ${text}`);
      }
    }
  });

  it("keep a registered class", async () => {
    const point = await settles(pool.run(values.makePoint, 1, 2));
    assert.ok(point instanceof values.Point);
    assert.equal(point.sum, 3);
    assert.equal(await settles(pool.run(values.sumOf, new values.Point(3, 4))), 7);
  });
});

describe("a value that cannot cross", () => {
  before(start);
  after(stop);

  it("rejects only its call, with its path", async () => {
    const cases: [unknown, string][] = [
      [() => 1, "arguments[0]"],
      [{ user: { callback: () => 1 } }, "arguments[0].user.callback"],
      [[1, Symbol("x")], "arguments[0][1]"],
      [{ map: new WeakMap() }, "arguments[0].map"],
      [new URL("http://localhost"), "arguments[0]"],
      [Promise.resolve(), "arguments[0]"],
    ];
    for (const [value, path] of cases) {
      const neighbours = [pool.run(add, 1, 1), pool.run(echo, value), pool.run(add, 2, 2)];
      const [first, error, last] = await settles(Promise.all([neighbours[0], failure(neighbours[1]!), neighbours[2]]));
      assert.ok(error instanceof SerializationError, `${path}: got ${error}`);
      assert.equal(error.code, "ERR_MULTICORE_SERIALIZATION");
      assert.equal(error.path, path);
      assert.ok(error.message.includes(path), error.message);
      assert.deepEqual([first, last], [2, 4]);
      assert.equal(thrown(() => pool.runSync(echo, value)).path, path);
    }
    assert.equal((await failure(pool.run(add, 1, (() => 2) as never))).path, "arguments[1]");
  });

  it("as a result rejects only its call, with its path", async () => {
    const error = await failure(pool.run(values.returnFunction));
    assert.ok(error instanceof SerializationError, `got ${error}`);
    assert.equal(error.path, "result.deep[0].callback");
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
    assert.equal(pool.stats().restarts, 0);
  });
});
