import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isFormat, registerClass, registerCodec, registerTransformer } from "../../src/codec/mod.ts";
import { SerializationError } from "../../src/errors.ts";
import { codec, cross, refuses, shared } from "./_support.ts";

class Point {
  x: number;
  y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  get length(): number {
    return Math.hypot(this.x, this.y);
  }
}
class Money {
  readonly #cents: bigint;
  constructor(cents: bigint) {
    this.#cents = cents;
  }
  get cents(): bigint {
    return this.#cents;
  }
}
class Names extends Map<string, number> {
  label = "names";
}
class Stack extends Array<number> {
  get top(): number | undefined {
    return this.at(-1);
  }
}
class Samples extends Float32Array {}
class Node {
  next: unknown;
  value = 1;
}
registerClass(Point, { name: "codec test Point" });
registerClass(Money, {
  name: "codec test Money",
  serialize: (money) => ({ cents: money.cents }),
  deserialize: ({ cents }) => new Money(cents),
});
for (const [name, Class] of Object.entries<new () => object>({ Names, Stack, Samples, Node })) {
  registerClass(Class, { name: `codec test ${name}` });
}

describe("registerClass()", () => {
  it("lets instances keep their class, in auto and in superjson", () => {
    for (const format of ["auto", "superjson"]) {
      const back = cross({ list: [new Point(3, 4)], price: new Money(12n) }, format);
      assert(back.list[0] instanceof Point);
      assert.equal(back.list[0].length, 5);
      assert(back.price instanceof Money);
      assert.equal(back.price.cents, 12n);
    }
  });

  it("keeps cycles and identity", () => {
    const node = new Node();
    node.next = [node, new Map([[node, 1]])];
    const [first, second] = cross([node, node]) as [Node & { next: [Node, Map<Node, number>] }, Node];
    assert.equal(first, second);
    assert.equal(first.next[0], first);
    assert.equal(first.next[1].get(first), 1);
    assert(first instanceof Node);
    const money = new Money(1n);
    const [one, two] = cross([money, { money }]) as [Money, { money: Money }];
    assert.equal(one, two.money);
  });

  it("keeps the contents of built-in ancestors", () => {
    const names = new Names([["a", 1]]);
    names.set("b", 2);
    const back = cross({ names, stack: Stack.from([1, 2]) as Stack, samples: new Samples([0.5]) });
    assert(back.names instanceof Names && back.names.get("b") === 2 && back.names.label === "names");
    assert(back.stack instanceof Stack && back.stack.top === 2 && back.stack.length === 2);
    assert(back.samples instanceof Samples && back.samples[0] === 0.5);
  });

  it("restores properties beside accessors of the prototype", () => {
    const point = new Point(1, 2);
    Object.defineProperty(point, "length", { value: 7, enumerable: true });
    assert.equal(Object.getOwnPropertyDescriptor(cross(point), "length")!.value, 7);
  });

  it("carries instances at any depth", () => {
    let value: unknown = "core";
    for (let i = 0; i < 5000; i++) value = Object.assign(new Node(), { next: value });
    let back = cross(value);
    for (let i = 0; i < 5000; i++) {
      assert(back instanceof Node);
      back = back.next;
    }
    assert.equal(back, "core");
  });

  it("carries subclasses of arrays and maps at any depth", () => {
    class Pushy extends Array<unknown> {
      override push(): never {
        throw new Error("its own method is not for the decoder");
      }
    }
    registerClass(Pushy, { name: "codec test Pushy" });
    for (const levels of [150, 300, 600, 5000]) {
      let value: unknown = "core";
      for (let i = 0; i < levels; i++) value = i % 2 ? Pushy.from([value]) : new Names([["next", value as number]]);
      let back = cross(value);
      for (let i = levels - 1; i >= 0; i--) {
        assert(back instanceof (i % 2 ? Pushy : Names));
        back = back instanceof Names ? back.get("next") : (back as Pushy)[0];
      }
      assert.equal(back, "core");
    }
  });

  it("refuses what nests too deep for both sides, where it is sent", () => {
    let value: unknown = "core";
    for (let i = 0; i < 600; i++) value = Object.assign(new Names(), { next: value });
    assert.throws(() => codec.encode(value, "auto", "result"), {
      name: "SerializationError",
      message: /nested too deep/,
    });
    value = "core";
    for (let i = 0; i < 400; i++) value = Object.assign(new Names(), { next: value });
    assert(cross(value) instanceof Names);
  });

  it("the same again does nothing, another class of that name is an error", () => {
    registerClass(Point, { name: "codec test Point" });
    const duplicate = { name: "TypeError", code: "ERR_MULTICORE_DUPLICATE_CLASS" };
    assert.throws(() => registerClass(class {}, { name: "codec test Point" }), duplicate);
    assert.throws(() => registerClass(Point, { name: "another name" }), duplicate);
    const invalid = { name: "TypeError", code: "ERR_MULTICORE_INVALID_CLASS" };
    assert.throws(() => registerClass({} as never), invalid);
    assert.throws(() => registerClass((() => {}) as never), invalid);
    assert.throws(() => registerClass(class {}), invalid);
    assert.throws(() => registerClass(class Half {}, { serialize: () => 1 }), invalid);
  });

  it("reports hooks that fail", () => {
    class Broken {}
    registerClass(Broken, {
      name: "codec test Broken",
      serialize() {
        throw new Error("no");
      },
      deserialize: () => new Broken(),
    });
    assert.throws(() => codec.encode([new Broken()], "auto", "result"), {
      name: "SerializationError",
      path: "result[0].serialize()",
    });
    class Half {}
    registerClass(Half, {
      name: "codec test Half",
      serialize: () => 1,
      deserialize() {
        throw new Error("no");
      },
    });
    assert.throws(() => cross(new Half()), {
      name: "SerializationError",
      message: /'codec test Half'.*'deserialize' threw/,
    });
    class Loop {
      self: unknown = [this];
    }
    registerClass(Loop, { name: "codec test Loop", serialize: ({ self }) => self, deserialize: () => new Loop() });
    refuses(new Loop(), "result.serialize()[0]", /holds the instance itself/);
    class Deep {
      inner: unknown;
    }
    registerClass(Deep, {
      name: "codec test Deep",
      serialize: ({ inner }) => inner,
      deserialize: (inner) => Object.assign(new Deep(), { inner }),
    });
    let deep: unknown = 1;
    for (let i = 0; i < 5000; i++) deep = Object.assign(new Deep(), { inner: deep });
    assert.throws(() => codec.encode(deep, "auto", "result"), {
      name: "SerializationError",
      message: /nested too deep/,
    });
  });
});

describe("registerCodec()", () => {
  it("adds a format", () => {
    assert.equal(isFormat("codec test reverse"), false);
    registerCodec("codec test reverse", {
      encode: (value) => new TextEncoder().encode(JSON.stringify(value)).reverse(),
      decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes.reverse())),
    });
    assert.equal(isFormat("codec test reverse"), true);
    assert.deepEqual(cross([1, { a: "é" }], "codec test reverse", "arguments"), [1, { a: "é" }]);
    assert.equal(cross(undefined, "codec test reverse"), undefined);
    const large = "x".repeat(100_000);
    assert.equal(cross(large, "codec test reverse"), large);
  });

  it("copies what a codec gives on shared memory", () => {
    const scratch = new Uint8Array(new SharedArrayBuffer(4));
    registerCodec("codec test scratch", {
      encode: (value) => scratch.fill(value as number),
      decode: (bytes) => [bytes[0], bytes.buffer instanceof SharedArrayBuffer],
    });
    const encoded = codec.encode(7, "codec test scratch", "result");
    scratch.fill(0);
    assert.equal(encoded.attachments, null);
    assert.deepEqual(codec.decode(shared(encoded), "codec test scratch", []), [7, false]);
  });

  it("says so where a codec gives no array for the arguments", () => {
    registerCodec("codec test no list", { encode: () => new Uint8Array(1), decode: () => 5 });
    assert.throws(() => cross([1], "codec test no list", "arguments"), {
      name: "SerializationError",
      message: /'codec test no list' must give an array of them: it gave the number 5/,
    });
    assert.equal(cross([1] as unknown, "codec test no list"), 5);
  });

  it("reports codecs that fail and formats that nobody knows", () => {
    registerCodec("codec test broken", {
      encode: (value) => value === 1 ? "text" as never : assert.fail("no"),
      decode: () => 1,
    });
    refuses(1, "result", /must give a Uint8Array: it gave the string "text"/, "codec test broken");
    refuses(2, "result", /Cannot send 'result' in the format 'codec test broken': no/, "codec test broken");
    assert.throws(() => codec.encode(1, "nobody", "result"), {
      name: "SerializationError",
      message: /'nobody'.*registerCodec/,
    });
    assert.throws(() => codec.decode(new Uint8Array(2), "nobody", []), SerializationError);
    const taken = { name: "TypeError", code: "ERR_MULTICORE_DUPLICATE_CODEC" };
    assert.throws(() => registerCodec("json", { encode: () => new Uint8Array(), decode: () => 1 }), taken);
    assert.throws(() => registerCodec("codec test broken", { encode: () => new Uint8Array(), decode: () => 1 }), taken);
    assert.throws(() => registerCodec("", {} as never), { name: "TypeError" });
    assert.throws(() => registerCodec("x", {} as never), { name: "TypeError", message: /'encode' must be a function/ });
  });
});

describe("registerTransformer()", () => {
  it("adds a type to superjson", () => {
    class Decimal {
      text = "1.5";
    }
    refuses({ d: new Decimal() }, "result.d", /Decimal/, "superjson");
    registerTransformer<Decimal, string>("codec test Decimal", {
      isApplicable: (value): value is Decimal => value instanceof Decimal,
      serialize: ({ text }) => text,
      deserialize: (text) => Object.assign(new Decimal(), { text }),
    });
    assert(cross({ d: new Decimal() }, "superjson").d instanceof Decimal);
  });
});
