import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cross, describeGraph } from "./_support.ts";

const long = process.env["MULTICORE_LONG"] === "1";
const seed = Number(process.env["MULTICORE_SEED"] ?? Date.now() % 2 ** 31);
const runs = (count: number) => ({ numRuns: long ? count * 10 : count, seed });

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const scalar = fc.oneof(
  fc.constantFrom(undefined, null, true, false, -0, NaN, Infinity, -Infinity),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  text,
);
const bytes = fc.uint8Array({ maxLength: 40 });
const leaf = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a/g, /[é]\//iu, new RegExp("")).map((regexp) => new RegExp(regexp)),
  scalar.filter((value) => value !== undefined && value !== null).map((value) => Object(value) as object),
  bytes,
  bytes.map((view) => view.slice().buffer),
  bytes.map((view) => Float64Array.from(view)),
  fc.constantFrom(Int16Array, Uint32Array, Float32Array, Uint8ClampedArray).chain((View) =>
    bytes.map((view) => View.from(view))
  ),
  bytes.map((view) => new DataView(view.slice().buffer)),
);
const key = fc.oneof(
  text,
  fc.constantFrom("__proto__", "constructor", "toString", "length", "0", "1", "-1", "4294967295"),
);
const keyed = (make: () => object) => (entries: [string, unknown][]) => {
  const target = make();
  for (const [name, value] of entries) {
    if (Array.isArray(target) && name === "length") continue;
    if (Array.isArray(target) && /^\d+$/.test(name) && Number(name) > 1e6) continue;
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return target;
};
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    tie("array"),
    tie("object"),
    tie("holes"),
    tie("map"),
    tie("set"),
    tie("error"),
    tie("bare"),
  ),
  array: fc.array(tie("value"), { maxLength: 8 }),
  object: fc.array(fc.tuple(key, tie("value")), { maxLength: 8 }).map(keyed(() => ({}))),
  bare: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map(keyed(() => Object.create(null) as object)),
  holes: fc.tuple(fc.integer({ min: 0, max: 50 }), fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }))
    .map(([length, entries]) => keyed(() => new Array(length))(entries)),
  map: fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 6 }).map((entries) => new Map(entries)),
  set: fc.array(tie("value"), { maxLength: 6 }).map((items) => new Set(items)),
  error: fc.tuple(fc.constantFrom(Error, TypeError, RangeError), text, tie("value")).map(([Class, message, cause]) =>
    new Class(message, { cause })
  ),
})).value;

/** Ties random knots: makes objects of the graph hold others, so that it has cycles and shared parts. */
function knot(root: unknown, picks: readonly number[]): unknown {
  const found = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || found.has(value)) return;
    found.add(value);
    if (value instanceof Map) [...value].flat().forEach(visit);
    else if (value instanceof Set) value.forEach(visit);
    else if (!ArrayBuffer.isView(value)) Object.values(value).forEach(visit);
  };
  visit(root);
  const objects = [...found];
  for (let i = 0; i + 1 < picks.length && objects.length > 0; i += 2) {
    const [from, to] = [objects[picks[i]! % objects.length]!, objects[picks[i + 1]! % objects.length]!];
    if (from instanceof Map) from.set(i, to);
    else if (from instanceof Set) from.add(to);
    else if (Array.isArray(from)) from.push(to);
    else if (from instanceof Error || [Object.prototype, null].includes(Object.getPrototypeOf(from))) {
      Object.defineProperty(from, `knot${i}`, { value: to, enumerable: true, writable: true, configurable: true });
    }
  }
  return root;
}

/** The reference of the graph: as it is, but that prototypes other than built-in ones are gone. */
const expected = (value: unknown) => describeGraph(value).replaceAll("instance undefined {", "object {");

// Bun's default is 5 s.
const timeout = 300_000;

describe(`auto, for random values (seed ${seed})`, { timeout }, () => {
  it("gives back the graph", { timeout }, () => {
    fc.assert(
      fc.property(tree, fc.array(fc.nat(), { maxLength: 8 }), (value, picks) => {
        knot(value, picks);
        assert.equal(describeGraph(cross(value)), expected(value));
      }),
      runs(2000),
    );
  });

  it("agrees with structuredClone where that is exact", { timeout }, () => {
    fc.assert(
      fc.property(tree, (value) => {
        let reference: unknown;
        try {
          reference = structuredClone(value);
        } catch {
          return;
        }
        assert.equal(describeGraph(cross(value)), describeGraph(reference));
      }),
      runs(1000),
    );
  });

  it("gives back strings", { timeout }, () => {
    fc.assert(fc.property(fc.array(text), (strings) => assert.deepEqual(cross(strings), strings)), runs(1000));
  });

  it("gives back views with the buffers they share", { timeout }, () => {
    const view = fc.tuple(
      fc.nat(3),
      fc.nat(64),
      fc.nat(64),
      fc.constantFrom(Uint8Array, Uint16Array, Float64Array, DataView),
    );
    fc.assert(
      fc.property(fc.array(view, { maxLength: 6 }), fc.nat(4), (specs, whole) => {
        const buffers = [0, 1, 2, 3].map((n) => Uint8Array.from({ length: 128 }, (_, i) => i * (n + 1)).buffer);
        const views = specs.map(([buffer, offset, length, View]) => {
          const size = View === Uint16Array ? 2 : View === Float64Array ? 8 : 1;
          const Type = View as Uint8ArrayConstructor;
          return new Type(buffers[buffer]!, offset - offset % size, Math.floor(length / size));
        });
        const back = cross({ views, whole: buffers[whole] });
        back.views.forEach((item, i) => {
          assert.deepEqual(item, views[i]);
          views.forEach((other, j) => {
            assert.equal(item.buffer === back.views[j]!.buffer, views[i]!.buffer === other.buffer);
            if (views[i]!.buffer === other.buffer) {
              assert.equal(item.byteOffset - back.views[j]!.byteOffset, views[i]!.byteOffset - other.byteOffset);
            }
          });
          assert.equal(item.buffer === back.whole, views[i]!.buffer === buffers[whole]);
        });
      }),
      runs(500),
    );
  });

  it("gives back plain data in json and superjson", { timeout }, () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false } as never), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        assert.deepEqual(cross(plain, "json"), plain);
        assert.deepEqual(cross([plain], "json", "arguments"), [plain]);
      }),
      runs(500),
    );
  });
});
