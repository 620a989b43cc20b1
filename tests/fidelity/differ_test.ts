/** The comparison that `npm run fidelity` relies on: it sees what it should, and nothing else. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { differ } from "../../scripts/fidelity/differ.ts";

const one = { n: 1 };
const cycle = (): unknown => {
  const list: unknown[] = [];
  list.push(list);
  return list;
};
const withHole = (): unknown[] => {
  const array: unknown[] = [1];
  array.length = 2;
  return array;
};
const overlapping = (offset: number): unknown => {
  const buffer = new ArrayBuffer(8);
  return [new Uint8Array(buffer), new Uint8Array(buffer, offset, 2)];
};
const resizable = (maxByteLength: number): ArrayBuffer =>
  new (ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer)(4, { maxByteLength });

const unequal: Record<string, [wanted: unknown, got: unknown]> = {
  "-0": [[-0], [0]],
  "undefined": [{ a: undefined }, {}],
  "null": [undefined, null],
  "holes": [withHole(), [1, undefined]],
  "length": [withHole(), [1]],
  "identity lost": [[one, one], [{ n: 1 }, { n: 1 }]],
  "identity made": [[{ n: 1 }, { n: 1 }], [one, one]],
  "cycles": [cycle(), [[[]]]],
  "order of properties": [{ a: 1, b: 2 }, { b: 2, a: 1 }],
  "prototypes": [{}, Object.create(null)],
  "an own __proto__": [JSON.parse(`{"__proto__":1}`), {}],
  "getters": [{ a: 1 }, Object.defineProperty({}, "a", { get: () => 1, enumerable: true })],
  "dates": [new Date(NaN), new Date(0)],
  "lastIndex": [/a/, Object.assign(/a/, { lastIndex: 1 })],
  "order of a Map": [new Map([[1, 1], [2, 2]]), new Map([[2, 2], [1, 1]])],
  "boxes": [Object(-0), Object(0)],
  "BigInt boxes": [Object(1n), Object(2n)],
  "bytes": [new Uint8Array([1]), new Uint8Array([2])],
  "kinds of views": [new Uint8Array(2), new Int8Array(2)],
  "larger buffers": [new Uint8Array(2), new Uint8Array(new ArrayBuffer(9), 0, 2)],
  "where views overlap": [overlapping(1), [new Uint8Array(8), new Uint8Array(2)]],
  "at which place views overlap": [overlapping(1), overlapping(2)],
  "limits of buffers": [resizable(8), resizable(16)],
  "Buffer": [Buffer.from("a"), new Uint8Array([97])],
  "classes of errors": [new TypeError("a"), new Error("a")],
  "names of errors": [Object.assign(new Error("a"), { name: "B" }), new Error("a")],
  "messages": [new Error("a"), new Error("b")],
  "causes": [new Error("a", { cause: 0 }), new Error("a")],
  "causes of undefined": [new Error("a", { cause: undefined }), new Error("a")],
  "codes": [Object.assign(new Error("a"), { code: 1 }), new Error("a")],
  "errors of an AggregateError": [new AggregateError([1]), new AggregateError([2])],
};

describe("differ()", () => {
  for (const [name, [wanted, got]] of Object.entries(unequal)) {
    it(`sees a difference in ${name}`, () => {
      assert.notEqual(differ(wanted, got), undefined);
      assert.equal(differ(wanted, wanted), undefined);
      assert.equal(differ(got, got), undefined);
    });
  }

  it("takes graphs for equal that are", () => {
    const make = (): unknown => [cycle(), withHole(), overlapping(3), new Map([[NaN, new Set([-0])]]), new Date(NaN)];
    assert.equal(differ(make(), make()), undefined);
  });

  it("does not look at where the stack was made", () => {
    const make = (): Error => new Error("a", { cause: new TypeError("b") });
    assert.equal(differ(make(), (() => make())()), undefined);
  });
});
