import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SerializationError } from "../../src/errors.ts";
import { codec, cross, refuses, shared } from "./_support.ts";

describe("json", () => {
  it("carries what JSON carries exactly", () => {
    for (
      const value of [
        null,
        true,
        0,
        1.5,
        -1e300,
        "",
        "\ud800",
        "é😀\0",
        [],
        {},
        [1, [2, { a: [] }]],
        JSON.parse('{"__proto__": 1, "a": {"b": null}}'),
      ]
    ) {
      assert.deepEqual(cross(value, "json"), value);
    }
    const twice = { a: 1 };
    assert.deepEqual(cross([twice, twice], "json"), [twice, twice]);
    assert.deepEqual(cross([1, undefined, { a: [2] }], "json", "arguments"), [1, undefined, { a: [2] }]);
    assert.deepEqual(cross([], "json", "arguments"), []);
    assert.equal(cross(undefined, "json"), undefined);
    assert.deepEqual(cross([[undefined, 1]].map(() => ["x"]), "json"), [["x"]]);
  });

  it("refuses everything else, with the path", () => {
    const cyclic: unknown[] = [];
    cyclic.push({ cyclic });
    const cases: [unknown, string, RegExp][] = [
      [{ a: [undefined] }, "result.a[0]", /undefined/],
      [[NaN], "result[0]", /NaN/],
      [{ a: -Infinity }, "result.a", /-Infinity/],
      [[-0], "result[0]", /-0/],
      [{ a: 1n }, "result.a", /bigint/],
      [{ when: new Date() }, "result.when", /Date/],
      [new Map(), "result", /Map/],
      [{ f() {} }, "result.f", /a function: f/],
      [{ toJSON: () => 1 }, "result.toJSON", /function/],
      [[Symbol("s")], "result[0]", /symbol/],
      [new (class Foo {})(), "result", /Foo/],
      [new Uint8Array(1), "result", /Uint8Array/],
      [[, 1], "result", /holes/],
      [Object.assign([1], { x: 1 }), "result", /properties of its own/],
      [cyclic, "result[0].cyclic", /holds itself/],
    ];
    for (const [value, path, message] of cases) refuses(value, path, message, "json");
    refuses([1, [NaN]], "arguments[1][0]", /NaN/, "json", "arguments");
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    assert.throws(() => codec.encode(deep, "json", "result"), {
      name: "SerializationError",
      message: /nested too deep/,
    });
  });

  it("decodes nothing else", () => {
    const bytes = shared(codec.encode("{", "auto", "result"));
    assert.throws(() => codec.decode(bytes, "json", []), SerializationError);
    assert.throws(() => codec.decode(shared(codec.encode(5, "auto", "result")), "json", []), SerializationError);
  });
});

describe("superjson", () => {
  it("carries what superjson carries", () => {
    const shared = { s: 1 };
    const value = {
      date: new Date(5),
      map: new Map([["k", new Set([1n])]]),
      re: /x/g,
      list: [undefined, NaN, -0, null],
      first: shared,
      second: shared,
    };
    const back = cross(value, "superjson");
    assert.deepEqual(back, value);
    assert.equal(back.first, back.second);
    assert.deepEqual(cross([1, undefined, new Uint8Array([1])], "superjson", "arguments"), [
      1,
      undefined,
      new Uint8Array([1]),
    ]);
    assert.equal(cross(undefined, "superjson"), undefined);
    assert.equal(cross(new URL("http://localhost/x"), "superjson").href, "http://localhost/x");
    const error = cross(new TypeError("m", { cause: [1] }), "superjson");
    assert.deepEqual([error.message, error.name, error.cause], ["m", "TypeError", [1]]);
  });

  it("carries errors whole", () => {
    const cause = Object.assign(new RangeError("inner"), { code: 7 });
    const error = Object.assign(new TypeError("outer", { cause }), { code: "X", extra: { when: new Date(5) } });
    const back = cross({ error }, "superjson").error;
    assert.equal(Object.getPrototypeOf(back), TypeError.prototype);
    assert.deepEqual([back.name, back.message, back.code, back.extra], ["TypeError", "outer", "X", error.extra]);
    assert.deepEqual(Object.keys(back), ["code", "extra"]);
    assert.equal(back.stack, error.stack);
    assert(back.cause instanceof RangeError);
    assert.deepEqual([back.cause.message, (back.cause as typeof cause).code], ["inner", 7]);

    const all = cross(new AggregateError([cause, "text", undefined], "all"), "superjson");
    assert(all instanceof AggregateError);
    assert.deepEqual([all.message, all.errors[0].code, all.errors.slice(1)], ["all", 7, ["text", undefined]]);
    assert.deepEqual(Object.keys(all), []);

    class Local extends SyntaxError {
      override name = "Local";
    }
    const local = cross(new Local("l"), "superjson");
    assert.deepEqual([Object.getPrototypeOf(local), local.name], [SyntaxError.prototype, "Local"]);
    const own = cross(new SerializationError("s", "a.b"), "superjson");
    assert(own instanceof SerializationError);
    assert.equal(own.path, "a.b");
  });

  it("refuses what an error would lose", () => {
    refuses([Object.assign(new Error("x"), { f() {} })], "result[0].f", /function/, "superjson");
    refuses(new Error("x", { cause: new WeakMap() }), "result.cause", /WeakMap/, "superjson");
    refuses(new DOMException("x"), "result", /an error/, "superjson");
    const cyclic = new Error("x");
    cyclic.cause = [cyclic];
    assert.throws(() => codec.encode(cyclic, "superjson", "result"), SerializationError);
  });

  it("refuses shared memory, which it would copy", () => {
    refuses({ a: new Int32Array(new SharedArrayBuffer(4)) }, "result.a", /shared memory/, "superjson");
  });

  it("refuses what it would lose", () => {
    const cases: [unknown, string, RegExp][] = [
      [{ f() {} }, "result.f", /a function: f/],
      [[Symbol("s")], "result[0]", /symbol/],
      [new Map([["k", () => {}]]), 'result.get("k")', /function/],
      [new WeakMap(), "result", /WeakMap/],
      [Promise.resolve(), "result", /Promise/],
      [{ a: new (class Foo {})() }, "result.a", /Foo/],
      [[new ArrayBuffer(1)], "result[0]", /ArrayBuffer/],
      [new BigInt64Array(1), "result", /BigInt64Array/],
      [new Float64Array([1, NaN]), "result[1]", /NaN/],
      [new Date(NaN), "result", /Date/],
      [[, 1], "result", /holes/],
    ];
    for (const [value, path, message] of cases) refuses(value, path, message, "superjson");
    assert.throws(() => codec.encode(JSON.parse('{"__proto__": 1}'), "superjson", "result"), SerializationError);
    assert.throws(() => codec.decode(shared(codec.encode("{", "auto", "result")), "superjson", []), SerializationError);
  });
});

describe("json and superjson", () => {
  it("say where a getter threw, with its error as the cause", () => {
    const cause = new Error("no");
    const value = {
      a: {
        get b(): number {
          throw cause;
        },
      },
    };
    for (const format of ["json", "superjson"]) {
      assert.throws(
        () => codec.encode([value], format, "arguments"),
        (error) => error instanceof SerializationError && error.path === "arguments[0].a.b" && error.cause === cause,
      );
    }
  });
});

describe("string", () => {
  it("carries strings, or undefined", () => {
    for (const text of ["", "abc", "é\0\ud800", "x".repeat(100_000)]) assert.equal(cross(text, "string"), text);
    assert.equal(cross(undefined, "string"), undefined);
    assert.deepEqual(cross(["a", undefined, "b"], "string", "arguments"), ["a", undefined, "b"]);
  });

  it("refuses all else", () => {
    refuses(5, "result", /must be a string in the format 'string': received the number 5/, "string");
    refuses(["a"], "result", /received an array of 1/, "string");
    refuses(["a", {}], "arguments[1]", /received an object/, "string", "arguments");
    assert.throws(() => codec.decode(shared(codec.encode(5, "auto", "result")), "string", []), SerializationError);
  });
});

describe("bytes", () => {
  it("carries Uint8Array, Buffer and ArrayBuffer, or undefined", () => {
    for (
      const value of [
        new Uint8Array([1, 2]),
        Buffer.from("x"),
        new Uint8Array([3, 4]).buffer,
        new Uint8Array(100_000).fill(1),
        undefined,
      ]
    ) {
      assert.deepEqual(cross(value, "bytes"), value);
      assert.deepEqual(cross([value, value], "bytes", "arguments"), [value, value]);
    }
  });

  it("refuses all else", () => {
    refuses(
      "x",
      "result",
      /must be a Uint8Array or an ArrayBuffer in the format 'bytes': received the string "x"/,
      "bytes",
    );
    refuses([new Uint8Array(1), new Float64Array(1)], "arguments[1]", /Float64Array/, "bytes", "arguments");
    assert.throws(() => codec.decode(shared(codec.encode("x", "auto", "result")), "bytes", []), SerializationError);
  });
});
