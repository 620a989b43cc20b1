/** Place words: every field keeps its bits to itself. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as place from "../../src/transport/payload_descriptor.ts";

describe("place words", () => {
  it("give back each field whatever stands in the others", () => {
    for (const where of [place.SCALARS, place.INLINE, place.ARENA, place.ON_PORT]) {
      for (const flags of [0, place.ATTACHED, place.ERROR_BIT, place.ATTACHED | place.TRANSFER_BIT]) {
        for (const format of [0, 1, 31, 63]) {
          for (const result of [0, 5, 63]) {
            for (const tags of [0, 0x1234, 0xffff]) {
              const word = where | flags | place.formatBits(format) | place.resultFormatBits(result) | (tags << 16);
              assert.equal(place.placeOf(word), where);
              assert.equal(place.formatOf(word), format);
              assert.equal(place.resultFormatOf(word), result);
              assert.equal(word & (place.ATTACHED | place.ERROR_BIT), flags);
              assert.equal(word >>> 16, tags);
            }
          }
        }
      }
    }
  });

  it("tag every scalar, and nothing else", () => {
    const scalars = [undefined, null, false, true, 0, -0, NaN, Infinity, 1.5];
    for (const value of scalars) {
      const tag = place.tagOf(value);
      assert.ok(tag > place.TAG_NONE && tag < 16, `${String(value)} has the tag ${tag}`);
      assert.ok(Object.is(place.valueOf(tag, value as number), value));
    }
    for (const value of ["", "text", 1n, Symbol.iterator, {}, [], () => {}]) assert.equal(place.tagOf(value), -1);
  });

  it("refuse tags that no scalar has", () => {
    assert.throws(() => place.valueOf(place.TAG_NONE, 0), RangeError);
    assert.throws(() => place.valueOf(15, 0), RangeError);
  });
});

describe("scalarWord()", () => {
  it("tags up to four arguments, so that their number can be read back", () => {
    const args = [1, undefined, null, true];
    for (let count = 0; count <= place.MAX_SCALARS; count++) {
      const word = place.scalarWord(args.slice(0, count));
      assert.equal(place.placeOf(word), place.SCALARS);
      const tags = Array.from({ length: 4 }, (_, i) => (word >>> (16 + 4 * i)) & 15);
      assert.deepEqual(tags, args.map((value, i) => i < count ? place.tagOf(value) : place.TAG_NONE));
    }
  });

  it("survives a word of shared memory, where it becomes a signed number", () => {
    const words = new Int32Array(1);
    words[0] = place.scalarWord([1, 2, 3, 4]);
    assert.equal(words[0]! >>> 16, 0x5555);
    words[0] = place.scalarWord([1, 2, 3, undefined]) | (15 << 28);
    assert.equal(words[0]! >>> 28, 15);
  });

  it("refuses what is not all scalars, or too many", () => {
    assert.equal(place.scalarWord([1, 2, 3, 4, 5]), -1);
    assert.equal(place.scalarWord([1, "2"]), -1);
    assert.equal(place.scalarWord([{}]), -1);
  });
});
