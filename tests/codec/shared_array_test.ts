import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sharedArray } from "../../src/codec/mod.ts";
import { cross } from "./_support.ts";

const invalid = { code: "ERR_MULTICORE_INVALID_SHARED_ARRAY" };

describe("sharedArray()", () => {
  it("makes a typed array on shared memory, of a length or of values", () => {
    const zeros = sharedArray(Float64Array, 4);
    assert(zeros instanceof Float64Array && zeros.buffer instanceof SharedArrayBuffer);
    assert.deepEqual([...zeros], [0, 0, 0, 0]);
    assert.deepEqual([...sharedArray(Int16Array, [1, -2])], [1, -2]);
    assert.deepEqual([...sharedArray(Uint8Array, new Set([1, 300]))], [1, 44]);
    assert.deepEqual([...sharedArray(Float32Array, new Float64Array([0.5]))], [0.5]);
    assert.deepEqual([...sharedArray(BigInt64Array, [1n, -1n])], [1n, -1n]);
    assert.deepEqual([...sharedArray(Uint8Array, { length: 2, 0: 7, 1: 8 })], [7, 8]);
    assert.equal(sharedArray(Int8Array, 0).length, 0);
  });

  it("goes by reference at the top and nested", () => {
    const array = sharedArray(Int32Array, [1, 2, 3]);
    const [top, nested] = cross([array, { deep: [array] }], "auto", "arguments") as [
      Int32Array,
      { deep: Int32Array[] },
    ];
    assert.equal(top.buffer, array.buffer);
    assert.equal(nested.deep[0], top);
    top[0] = 9;
    assert.equal(array[0], 9);
  });

  it("names what is wrong", () => {
    assert.throws(() => sharedArray(Array as never, 1), {
      ...invalid,
      name: "TypeError",
      message: /received a function: Array/,
    });
    assert.throws(() => sharedArray(undefined as never, 1), { ...invalid, name: "TypeError" });
    assert.throws(() => sharedArray(Buffer as never, 1), { ...invalid, name: "TypeError" });
    assert.throws(() => sharedArray(Int8Array, "3" as never), {
      ...invalid,
      name: "TypeError",
      message: /the string "3"/,
    });
    assert.throws(() => sharedArray(Int8Array, null as never), { ...invalid, name: "TypeError" });
    assert.throws(() => sharedArray(BigInt64Array, [1 as never]), { ...invalid, name: "TypeError" });
    for (const length of [-1, 1.5, NaN, Infinity, 2 ** 60]) {
      assert.throws(() => sharedArray(Float64Array, length), { ...invalid, name: "RangeError" }, String(length));
    }
    assert.throws(() => sharedArray(Float64Array, 2 ** 52), {
      ...invalid,
      name: "RangeError",
      message: /not so much memory/,
    });
  });
});
