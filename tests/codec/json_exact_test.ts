import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codec, cross } from "./_support.ts";

/** Adds a property for as long as `run` takes, as old libraries do for good. */
function withProperty(target: object, key: string, value: unknown, run: () => void): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
  try {
    run();
  } finally {
    delete (target as Record<string, unknown>)[key];
  }
}

const hidden = <T extends object>(value: T): T => Object.defineProperty(value, "toJSON", { value: () => "altered" });

describe("json", () => {
  it("never calls a toJSON that is not enumerable", () => {
    assert.deepEqual(cross(hidden({ a: 1 }), "json"), { a: 1 });
    assert.deepEqual(cross({ list: hidden([1, 2]), at: hidden({ b: [hidden({})] }) }, "json"), {
      list: [1, 2],
      at: { b: [{}] },
    });
    assert.deepEqual(cross([hidden({ a: 1 })], "json", "arguments"), [{ a: 1 }]);
  });

  it("never calls a toJSON on a prototype", () => {
    for (const prototype of [Object.prototype, Array.prototype, String.prototype, Number.prototype]) {
      withProperty(prototype, "toJSON", () => "altered", () => {
        assert.deepEqual(cross({ a: [1, "b", { c: [] }] }, "json"), { a: [1, "b", { c: [] }] });
      });
    }
  });

  it("carries a property called toJSON that is no function", () => {
    assert.deepEqual(cross({ toJSON: "text", a: 1 }, "json"), { toJSON: "text", a: 1 });
  });

  it("reads each property once, so that what crosses is what was checked", () => {
    let reads = 0;
    const counter = {
      get count() {
        return ++reads === 1 ? 1 : NaN;
      },
      "__proto__x": 0,
    };
    assert.deepEqual(cross([counter], "json"), [{ count: 1, "__proto__x": 0 }]);
    assert.equal(reads, 1);
  });

  it("keeps a key __proto__ whose value is an object", () => {
    const value = JSON.parse('{"__proto__": {"a": [1]}, "b": 2}');
    const copy = cross(value, "json") as object;
    assert.deepEqual(Object.keys(copy), ["__proto__", "b"]);
    assert.deepEqual(Object.getOwnPropertyDescriptor(copy, "__proto__")?.value, { a: [1] });
  });

  it("names the getter that throws", () => {
    const value = {
      fine: 1,
      inner: {
        get broken(): never {
          throw new RangeError("no");
        },
      },
    };
    assert.throws(() => codec.encode(value, "json", "result"), {
      path: "result.inner.broken",
      message: /reading it threw/,
    });
  });
});
