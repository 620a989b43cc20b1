import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, type Format, type Pool, SerializationError, sharedArray, transfer } from "../../mod.ts";
import { add, echo } from "../fixtures/basics.ts";
import * as values from "../fixtures/values.ts";
import { failure, fixture, settles } from "./_support.ts";

const modules = [fixture("basics"), fixture("values")];

let pool: Pool;
const start = (): void => void (pool = createPool({ workers: 1, modules }));
const stop = (): Promise<void> => pool.close();

describe("sharedArray()", () => {
  before(start);
  after(stop);

  it("goes by reference as an argument, nested too", async () => {
    const array = sharedArray(Float64Array, 4);
    await settles(pool.run((a: Float64Array) => void (a[0] = 1.5), array));
    assert.equal(array[0], 1.5);
    await settles(pool.run(values.keep, { array }));
    await settles(pool.run(values.writeKept, 1, 2.5));
    assert.equal(array[1], 2.5);
    array[2] = 3.5;
    assert.equal(await settles(pool.run(values.readKept, 2)), 3.5);
  });

  it("goes by reference as a result", async () => {
    const array = await settles(pool.run(values.makeShared));
    assert.ok(array instanceof Float64Array);
    assert.deepEqual([...array], [1, 2, 3]);
    array[0] = 10;
    assert.equal(await settles(pool.run(values.readKept, 0)), 10);
    await settles(pool.run(values.writeKept, 1, 20));
    assert.equal(array[1], 20);
  });
});

describe("transfer()", () => {
  before(start);
  after(stop);

  it("moves an argument: the caller's buffer is detached", async () => {
    for (const size of [8, 3_000_000]) {
      const buffer = new ArrayBuffer(size);
      new Uint8Array(buffer)[0] = 42;
      const result = pool.run(values.firstByte, transfer(buffer, [buffer]));
      assert.deepEqual(await settles(result), [42, size]);
      assert.equal(buffer.byteLength, 0);
    }
  });

  it("moves a result: the worker's buffer is detached", async () => {
    for (const size of [8, 3_000_000]) {
      const { buffer } = await settles(pool.run(values.makeMoved, size)) as { buffer: ArrayBuffer };
      assert.equal(buffer.byteLength, size);
      assert.equal(new Uint8Array(buffer)[0], 42);
      assert.equal(await settles(pool.run(values.movedLength)), 0);
    }
  });
});

describe("formats", () => {
  before(start);
  after(stop);

  it("carry what they are for", async () => {
    const cases: [Format, unknown][] = [
      ["json", { a: [1, "two", null] }],
      ["superjson", { when: new Date(5), all: new Map([[1, new Set([2])]]), big: 5n }],
      ["string", "just text ü"],
      ["bytes", new Uint8Array([1, 2, 3])],
      ["auto", { deep: [undefined, -0] }],
    ];
    for (const [serialization, value] of cases) {
      const result = await settles(pool.with({ serialization }).run(echo, value));
      assert.deepEqual(
        serialization === "bytes" ? Uint8Array.from(result as Uint8Array) : result,
        value,
        serialization,
      );
    }
  });

  it("may differ for arguments and result", async () => {
    const runner = pool.with({ serialization: { args: "json", result: "bytes" } });
    assert.deepEqual(
      Uint8Array.from(await settles(runner.run((n: number[]) => new Uint8Array(n), [1, 2]))),
      new Uint8Array([1, 2]),
    );
    const half = pool.with({ serialization: { args: "string" } });
    assert.deepEqual(await settles(half.run((text: string) => new Map([[text, 1]]), "key")), new Map([["key", 1]]));
  });

  it("refuse what they cannot carry, for that call only", async () => {
    for (
      const [serialization, value] of [["string", { a: 1 }], ["bytes", "text"], ["json", 10n]] as [Format, unknown][]
    ) {
      const error = await failure(pool.with({ serialization }).run(echo, value));
      assert.ok(error instanceof SerializationError, `${serialization}: got ${error}`);
      assert.match(error.path, /^arguments\[0\]/);
    }
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
  });
});
