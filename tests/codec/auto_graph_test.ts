import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeGraph } from "./_graph.ts";
import { codec, cross, shared } from "./_support.ts";

describe("auto keeps identity", () => {
  it("of objects that occur twice, of any type", () => {
    for (
      const object of [
        {},
        { a: 1 },
        [],
        [1],
        new Map(),
        new Set(),
        new Date(0),
        /x/,
        new Error("e"),
        new Uint8Array(2),
        new ArrayBuffer(2),
        Object(1),
      ]
    ) {
      const [first, second, other] = cross([object, object, structuredClone(object)]);
      assert.equal(first, second);
      assert.notEqual(first, other);
    }
  });

  it("of few objects and of many, and forgets them with the message", () => {
    for (let count = 1; count <= 100; count++) {
      const objects = Array.from({ length: count }, (_, i) => ({ i }));
      const single = shared(codec.encode(objects, "auto", "result"));
      for (let again = 0; again < count; again++) {
        const received = cross([...objects, objects[again]]);
        assert.equal(received.indexOf(received[count]), again, `${again} of ${count}`);
        assert.equal(new Set(received).size, count);
      }
      const others = Array.from({ length: 60 }, () => ({}));
      assert.equal(new Set(cross([...others, ...objects])).size, 60 + count);
      const mirrored = cross([...objects, ...objects.toReversed()]);
      for (let i = 0; i < count; i++) assert.equal(mirrored[i], mirrored[2 * count - 1 - i]);
      assert.deepEqual(shared(codec.encode(objects, "auto", "result")), single);
    }
  });

  it("across arguments", () => {
    const object = { a: 1 };
    const [first, second] = cross([object, { object }], "auto", "arguments") as [object, { object: object }];
    assert.equal(first, second.object);
  });

  it("of cycles through every container", () => {
    const object: Record<string, unknown> = {};
    const array: unknown[] = [object];
    const map = new Map<unknown, unknown>([[array, object]]);
    const set = new Set<unknown>([map, object]);
    const error = new Error("e", { cause: set });
    Object.assign(object, { object, array, map, set, error });
    map.set(map, map);
    set.add(set);
    array.push(array);
    const back = cross(object);
    assert.equal(describeGraph(back), describeGraph(object));
    assert.equal(back["object"], back);
    assert.equal((back["error"] as Error).cause, back["set"]);
  });

  it("but not between messages", () => {
    const object = { a: 1 };
    assert.notEqual(cross(object), cross(object));
  });
});

describe("auto carries any depth", () => {
  const wrappers: Record<string, (inner: unknown) => unknown> = {
    objects: (inner) => ({ inner }),
    "objects without a prototype": (inner) => Object.assign(Object.create(null), { inner }),
    arrays: (inner) => [inner],
    "arrays with holes": (inner) => [, inner],
    maps: (inner) => new Map([["inner", inner]]),
    "map keys": (inner) => new Map([[inner, 1]]),
    sets: (inner) => new Set([inner]),
    errors: (cause) => new Error("deep", { cause }),
  };
  const unwrap = (value: unknown): unknown => {
    if (value instanceof Map) return value.has("inner") ? value.get("inner") : [...value.keys()][0];
    if (value instanceof Set) return [...value][0];
    if (value instanceof Error) return value.cause;
    if (Array.isArray(value)) return value.length === 2 ? value[1] : value[0];
    return (value as { inner: unknown }).inner;
  };
  for (const [what, wrap] of Object.entries(wrappers)) {
    it(`20,000 levels of ${what}`, { timeout: 60_000 }, () => {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 0;
      let value: unknown = "core";
      for (let i = 0; i < 20_000; i++) value = wrap(value);
      Error.stackTraceLimit = limit;
      let back = cross(value);
      for (let i = 0; i < 20_000; i++) back = unwrap(back);
      assert.equal(back, "core");
    });
  }

  it("with identity and cycles across what is put off", () => {
    const shared = { name: "shared" };
    let value: Record<string, unknown> = { shared, list: [shared, 1, , 2] };
    const bottom = value;
    for (let i = 0; i < 1000; i++) value = { i, value, shared, text: `level ${i}` };
    bottom["top"] = value;
    assert.equal(describeGraph(cross(value)), describeGraph(value));
  });

  it("also when the call stack is nearly full, or says so", () => {
    let outcome: unknown;
    const dive = (): void => {
      try {
        outcome = cross([[[[{ a: [1, { b: 2 }] }]]]]);
        dive();
      } catch (error) {
        if (outcome === undefined || error instanceof RangeError) throw error;
        outcome = error;
      }
    };
    try {
      dive();
    } catch (error) {
      assert(error instanceof RangeError);
    }
    assert.deepEqual(cross([1, { a: 2 }]), [1, { a: 2 }]);
  });
});

describe("auto takes a snapshot", () => {
  it("of the value, in bytes that the caller may keep", () => {
    const value = { list: [1], bytes: new Uint8Array([1, 2]) };
    const bytes = shared(codec.encode(value, "auto", "result"));
    value.list.push(2);
    value.bytes[0] = 9;
    assert.deepEqual(codec.decode(bytes, "auto", []), { list: [1], bytes: new Uint8Array([1, 2]) });
  });

  it("that does not alias the bytes it was decoded from", () => {
    const bytes = shared(codec.encode([new Uint8Array([1, 2]), "text", new ArrayBuffer(3)], "auto", "result"));
    for (const source of [bytes, bytes.slice()]) {
      const back = codec.decode(source, "auto", []);
      source.fill(255);
      assert.deepEqual(back, [new Uint8Array([1, 2]), "text", new ArrayBuffer(3)]);
      source.set(shared(codec.encode([new Uint8Array([1, 2]), "text", new ArrayBuffer(3)], "auto", "result")));
    }
  });

  it("after a large message, small ones stay small", () => {
    cross("x".repeat(20_000_000));
    for (let i = 0; i < 50; i++) assert.equal(cross(i), i);
    assert(codec.encode(1, "auto", "result").bytes.length < 100_000);
  });
});
