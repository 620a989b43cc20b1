import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cross } from "./_support.ts";

const PRIMITIVES: Record<string, unknown[]> = {
  "undefined, null and booleans": [undefined, null, true, false],
  "small integers": [0, 1, -1, 63, 64, 65, 127, 128, -64, -65],
  "large integers": [
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 32,
    2 ** 53,
    -(2 ** 53),
    Number.MAX_SAFE_INTEGER,
  ],
  "fractions and special numbers": [
    1.5,
    -0,
    NaN,
    Infinity,
    -Infinity,
    Number.MIN_VALUE,
    Number.MAX_VALUE,
    Number.EPSILON,
  ],
  "bigints of any size": [0n, 1n, -1n, 255n, 256n, 2n ** 64n, -(2n ** 64n), 10n ** 400n, -(10n ** 401n), 2n ** 20000n],
  "strings in ASCII": [
    "",
    "a",
    "abc",
    "x".repeat(63),
    "x".repeat(64),
    "x".repeat(511),
    "x".repeat(512),
    "x".repeat(100_000),
  ],
  "strings beyond ASCII": [
    "é",
    "\u00ff",
    "\u0080",
    "日本語",
    "😀",
    "a😀b".repeat(300),
    "é".repeat(8192),
    "日".repeat(9000),
    "\ufeff",
    "\ufeffabc",
  ],
  "strings with NULs": ["\0", "a\0b", "\0".repeat(600)],
  "lone surrogates": [
    "\ud800",
    "\udc00",
    "a\ud800b",
    "\udc00\ud800",
    "\ud800".repeat(600),
    "x".repeat(1000) + "\udfff",
  ],
};

describe("auto carries primitives", () => {
  for (const [what, values] of Object.entries(PRIMITIVES)) {
    it(what, () => {
      for (const value of values) {
        assert(Object.is(cross(value), value), String(value).slice(0, 50));
        const nested = cross({ value, list: [value] });
        assert(Object.is(nested.value, value));
        assert(Object.is(nested.list[0], value));
        assert(Object.is(cross([value], "auto", "arguments")[0], value));
      }
    });
  }

  it("all together, in order", () => {
    const all = Object.values(PRIMITIVES).flat();
    const back = cross(all);
    assert.equal(back.length, all.length);
    all.forEach((value, i) => assert(Object.is(back[i], value), String(i)));
  });

  it("a high surrogate at the end of one string and a low one at the start of the next", () => {
    assert.deepEqual(cross(["a\ud83d", "\ude00b"]), ["a\ud83d", "\ude00b"]);
  });

  it("more short strings than one run holds", () => {
    const strings = Array.from({ length: 5000 }, (_, i) => `${i}é`.repeat(i % 9));
    assert.deepEqual(cross(strings), strings);
  });
});

describe("auto carries built-in objects", () => {
  it("dates, also invalid and extreme ones", () => {
    for (const time of [0, -1, 1.7e12, 8.64e15, -8.64e15, NaN]) {
      const date = cross(new Date(time));
      assert(date instanceof Date);
      assert(Object.is(date.getTime(), time));
    }
  });

  it("regular expressions, whose lastIndex becomes 0", () => {
    const regexp = /a\/(?<name>b)\n|[/]/dgimsuy;
    regexp.lastIndex = 3;
    const back = cross(regexp);
    assert(back instanceof RegExp);
    assert.deepEqual([back.source, back.flags, back.lastIndex], [regexp.source, regexp.flags, 0]);
    assert.equal(cross(new RegExp("")).source, "(?:)");
  });

  it("maps and sets, in order, with any keys", () => {
    const key = { k: 1 };
    const map = new Map<unknown, unknown>([[key, "object"], [NaN, "nan"], [1, key], ["1", new Map([[1, 2]])]]);
    const back = cross(map);
    assert.deepEqual(back, map);
    assert.equal([...back.keys()][0], back.get(1));
    const set = new Set<unknown>([3, 1, "x", key, new Set([1])]);
    assert.deepEqual([...cross(set)], [...set]);
  });

  it("boxed primitives", () => {
    for (const box of [Object(1), Object(-0), Object("text"), Object(true), Object(false), Object(5n)]) {
      const back = cross(box);
      assert.equal(typeof back, "object");
      assert.equal(Object.getPrototypeOf(back), Object.getPrototypeOf(box));
      assert(Object.is(back.valueOf(), box.valueOf()));
    }
  });

  it("by brand, whatever the prototype says", () => {
    const map = Object.setPrototypeOf(new Map([[1, 2]]), null);
    assert(cross(map) instanceof Map);
    const date = Object.setPrototypeOf(new Date(7), Object.prototype);
    assert(cross(date) instanceof Date);
    assert.deepEqual(cross(Object.create(Map.prototype)), {});
    assert.deepEqual(cross({ [Symbol.toStringTag]: "Map", a: 1 }), { a: 1 });
    class Names extends Map<string, number> {}
    assert.equal(Object.getPrototypeOf(cross(new Names([["a", 1]]))), Map.prototype);
  });
});

describe("auto carries objects and arrays as structuredClone does", () => {
  it("__proto__ as an own key, without touching a prototype", () => {
    const value = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "toString": 3}');
    const back = cross(value);
    assert.deepEqual(Object.keys(back), ["__proto__", "constructor", "toString"]);
    assert.equal(Object.getPrototypeOf(back), Object.prototype);
    assert.equal(back.polluted, undefined);
    assert.deepEqual(Object.getOwnPropertyDescriptor(back, "__proto__")!.value, { polluted: 1 });
    const many = { ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, i])) };
    Object.defineProperty(many, "__proto__", { value: 1, enumerable: true });
    assert.equal(Object.getPrototypeOf(cross(many)), Object.prototype);
  });

  it("instances and objects without a prototype as plain objects", () => {
    class Point {
      #hidden = 1;
      x = 1;
      get double(): number {
        return this.x * 2 + this.#hidden;
      }
    }
    const back = cross({
      point: new Point(),
      bare: Object.assign(Object.create(null), { a: 1 }),
      empty: Object.create(null),
    });
    for (const object of Object.values(back)) assert.equal(Object.getPrototypeOf(object), Object.prototype);
    assert.deepEqual(back, { point: { x: 1 }, bare: { a: 1 }, empty: {} });
  });

  it("values of getters, without symbols and properties that are not enumerable", () => {
    const value = {
      get a() {
        return 1;
      },
      [Symbol("s")]: 2,
    };
    Object.defineProperty(value, "hidden", { value: 3, enumerable: false });
    assert.deepEqual(Object.getOwnPropertyDescriptors(cross(value)), Object.getOwnPropertyDescriptors({ a: 1 }));
  });

  it("objects that a getter changes on the way", () => {
    const removes = () => ({
      get a() {
        delete (this as Record<string, unknown>)["b"];
        return 1;
      },
      b: 2,
      c: 3,
    });
    assert.deepEqual(cross(removes()), structuredClone(removes()));
    const adds = () => ({
      get a() {
        (this as Record<string, unknown>)["z"] = 1;
        return 1;
      },
      b: 2,
    });
    assert.deepEqual(cross(adds()), structuredClone(adds()));
  });

  it("a getter that sends another value meanwhile", () => {
    const value = {
      a: "first",
      get b() {
        return cross({ inner: ["x".repeat(70_000), "y"] }).inner.length;
      },
      c: "last",
    };
    assert.deepEqual(cross(value), { a: "first", b: 2, c: "last" });
  });

  it("order of keys, integer keys first", () => {
    const value = { b: 1, 2: "two", a: 2, 1: "one", "": 0, "a b": 1, "\0": 2, "é": 3 };
    assert.deepEqual(Object.keys(cross(value)), Object.keys(value));
  });

  it("objects with many keys, long keys and the same keys again", () => {
    const wide = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key${i}`, i]));
    assert.deepEqual(cross([wide, wide, { ...wide }]), [wide, wide, wide]);
    const long = { ["k".repeat(128)]: 1, ["k".repeat(5000)]: 2, ["é".repeat(127)]: 3 };
    assert.deepEqual(cross([long, { ...long }]), [long, long]);
    const shapes = Array.from({ length: 300 }, (_, i) => ({ [`a${i}`]: i, b: { [`a${i}`]: 1, c: 2 } }));
    assert.deepEqual(cross([shapes, shapes.map((shape) => ({ ...shape }))]), [shapes, shapes]);
  });

  it("arrays with holes, extra properties, or both", () => {
    const match = "abc".match(/(?<x>b)/)!;
    const extra = Object.assign([1, 2], { name: "n", length: 2 });
    const both = Object.assign([, 1, , 2], { "-1": "x", "01": "y", "4294967295": "z" });
    for (
      const array of [
        [, 1],
        [1, , 2],
        [1, ,],
        [, ,],
        new Array(5),
        match,
        extra,
        both,
        Object.assign([], { only: 1 }),
        [undefined, , 1],
      ]
    ) {
      const back = cross(array) as unknown[];
      const reference = structuredClone(array) as unknown[];
      assert.equal(back.length, reference.length);
      assert.deepEqual(Object.keys(back), Object.keys(reference));
      assert.deepEqual(Object.getOwnPropertyDescriptors(back), Object.getOwnPropertyDescriptors(reference));
    }
  });

  it("arrays with as many keys as items, not all of them indices", () => {
    for (const length of [2, 5, 9]) {
      const array = Object.assign(Array.from({ length }, (_, i) => i), { x: "x" });
      Object.defineProperty(array, 0, { enumerable: false });
      assert.deepEqual(Object.keys(cross(array)), Object.keys(array));
    }
  });

  it("arrays that their getters change", () => {
    for (const length of [1, 3, 9]) {
      const growing: unknown[] = Array.from({ length }, (_, i) => i);
      Object.defineProperty(growing, 0, {
        enumerable: true,
        get() {
          if (growing.length < 2 * length) growing.push("more");
          return "got";
        },
      });
      const [first, ...others] = cross(growing);
      assert.deepEqual([first, ...others.slice(0, length - 1)], ["got", ...growing.slice(1, length)]);
    }
  });

  it("huge sparse arrays, without memory for the holes", () => {
    const huge: unknown[] = [];
    huge.length = 2 ** 32 - 1;
    huge[5] = "five";
    huge[4_000_000_000] = "far";
    const back = cross(huge);
    assert.equal(back.length, 2 ** 32 - 1);
    assert.deepEqual(Object.keys(back), ["5", "4000000000"]);
    const last: unknown[] = [];
    last[2 ** 32 - 2] = 1;
    assert.deepEqual(Object.keys(cross(last)), ["4294967294"]);
    for (const length of [1e6, 3e7]) {
      const hole = new Array(length);
      assert.equal(cross(hole).length, length);
      assert.deepEqual(Object.keys(cross(hole)), []);
    }
  });
});

describe("auto carries", () => {
  it("objects whose keys the prototype of all objects got since", () => {
    const value = { codecTestKey: 1, other: 2 };
    assert.deepEqual(cross(value), value);
    Object.defineProperty(Object.prototype, "codecTestKey", { set: () => assert.fail("called"), configurable: true });
    try {
      assert.deepEqual(Object.entries(cross(value)), [["codecTestKey", 1], ["other", 2]]);
    } finally {
      Reflect.deleteProperty(Object.prototype, "codecTestKey");
    }
  });

  it("long arrays of primitives, with properties and holes", () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => i / 2);
    const words = numbers.map((n) => `w${n}`);
    const holes = [...numbers];
    delete holes[500];
    const named = Object.assign([...words], { extra: "x" });
    const mixed = Object.assign([...numbers, true, null, undefined, 5n], { "-1": 1 });
    for (const list of [numbers, words, holes, named, mixed]) {
      assert.deepEqual(Object.entries(cross<unknown[]>(list)), Object.entries(list));
      assert.equal(cross<unknown[]>(list).length, list.length);
    }
    assert.throws(() => cross(Object.assign([...numbers], { f() {} })), { path: "result.f" });
  });
});
