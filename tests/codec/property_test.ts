import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { knot, text, trees } from "./_arbitraries.ts";
import { describeGraph, expectedGraph } from "./_graph.ts";
import { cross } from "./_support.ts";

const long = process.env["MULTICORE_LONG"] === "1";
const seed = Number(process.env["MULTICORE_SEED"] ?? Date.now() % 2 ** 31);
const runs = (count: number) => ({ numRuns: long ? count * 20 : count, seed });

const tree = trees({ clonable: false });
const clonable = trees({ clonable: true });

// Bun's default is 5 s.
const timeout = long ? 1_800_000 : 300_000;

describe(`auto, for random values (seed ${seed})`, { timeout }, () => {
  it("gives back the graph", { timeout }, () => {
    fc.assert(
      fc.property(tree, fc.array(fc.nat(), { maxLength: 8 }), (value, picks) => {
        knot(value, picks);
        assert.equal(describeGraph(cross(value)), expectedGraph(value));
      }),
      runs(1000),
    );
  });

  it("agrees with structuredClone where that is exact", { timeout }, () => {
    fc.assert(
      fc.property(clonable, (value) => {
        let reference: unknown;
        try {
          reference = structuredClone(value);
        } catch {
          return;
        }
        const detail = { errors: false };
        assert.equal(describeGraph(cross(value), detail), describeGraph(reference, detail));
      }),
      runs(500),
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
