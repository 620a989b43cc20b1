import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codec, cross, refuses } from "./_support.ts";

/** A value inside so many objects. */
function nest(value: unknown, depth: number): unknown {
  for (let i = 0; i < depth; i++) value = { n: value };
  return value;
}

/** The path through 200 objects, or the last 101, without its middle. */
const way = `${".n".repeat(20)}...${".n".repeat(20)}`;

describe("the path of a value that stands where contents are put off", () => {
  it("is exact for each item of a list at that depth", () => {
    for (const index of [0, 1, 4]) {
      const items: unknown[] = Array.from({ length: 5 }, (_, i) => ({ a: i }));
      items[index] = { a: [Symbol("s")] };
      refuses(nest(items, 199), `result${".n".repeat(20)}...${".n".repeat(19)}[${index}].a[0]`, /symbol/);
    }
  });

  it("is exact for the entries of maps, and for lists side by side", () => {
    const maps = [new Map([["x", { ok: 1 }], ["y", { bad: Symbol("s") }]])];
    refuses(nest(maps, 198), `result${".n".repeat(20)}...${".n".repeat(18)}[0].get("y").bad`, /symbol/);
    const lists = [[{ ok: 1 }], [{ ok: 2 }, { bad: () => {} }]];
    refuses(nest(lists, 198), `result${".n".repeat(20)}...${".n".repeat(18)}[1][1].bad`, /function/);
  });

  it("goes through several levels that are put off", () => {
    const deep = nest({ bad: Symbol("s") }, 500);
    refuses(deep, `result${way}${way}${way.slice(0, -2)}.bad`, /symbol/);
  });

  it("says nothing of the message before", () => {
    assert.throws(() => codec.encode(nest([Symbol("s")], 300), "auto", "first"), { name: "SerializationError" });
    refuses({ a: Symbol("s") }, "result.a", /symbol/);
    assert.deepEqual(cross(nest([{ b: 1 }], 250)), nest([{ b: 1 }], 250));
    refuses([Symbol("s")], "result[0]", /symbol/);
  });
});
