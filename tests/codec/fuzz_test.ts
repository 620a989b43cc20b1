import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SerializationError } from "../../src/errors.ts";
import { codec, deliver, shared } from "./_support.ts";

const long = process.env["MULTICORE_LONG"] === "1";
const seed = Number(process.env["MULTICORE_SEED"] ?? Date.now() % 2 ** 31);
const runs = (count: number) => ({ numRuns: long ? count * 10 : count, seed });

/** Decodes; only a `SerializationError` may come out. */
function decodes(bytes: Uint8Array, attachments: readonly object[] = []): void {
  try {
    codec.decode(bytes, "auto", attachments);
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error;
  }
}

const node: Record<string, unknown> = { name: "node", list: [1, -1, 1.5, 2n ** 70n, "x".repeat(600), "é\ud800"] };
node["self"] = node;
let deep: unknown = "bottom";
for (let i = 0; i < 450; i++) deep = i % 3 === 0 ? [deep] : i % 3 === 1 ? { deep } : new Map([[i, deep]]);
const buffer = new ArrayBuffer(100);
const SAMPLES: unknown[] = [
  5,
  "short",
  "x".repeat(700),
  node,
  deep,
  [new Map([[1, new Set(["a"])]]), new Date(5), /a/g, Object(5), [, 1], Object.assign([1], { a: 1 })],
  [new Uint8Array(buffer, 3, 5), new Float64Array(buffer, 8, 4), new DataView(buffer, 50), Buffer.from("x"), buffer],
  [new Uint8Array(70_000), new Int32Array(new SharedArrayBuffer(16))],
  [
    Object.assign(new TypeError("e", { cause: new AggregateError([1]) }), { code: 1 }),
    new DOMException("a", "AbortError"),
  ],
  Array.from({ length: 100 }, (_, i) => ({ id: i, name: `n${i}`, tags: ["a", "b"], [`k${i % 70}`]: null })),
  JSON.parse('{"__proto__": {"a": 1}, "toString": 2}'),
];
const ENCODED = SAMPLES.map((value) => {
  const encoded = codec.encode(value, "auto", "result");
  return { bytes: shared(encoded).slice(), attachments: deliver(encoded.attachments) };
});

// Bun's default is 5 s.
const timeout = 300_000;

describe(`auto decodes any bytes without harm (seed ${seed})`, { timeout }, () => {
  it("every truncation of valid bytes is refused", { timeout }, () => {
    for (const { bytes, attachments } of ENCODED) {
      const step = Math.max(1, Math.floor(bytes.length / 400));
      for (let length = 0; length < bytes.length; length += step) {
        assert.throws(() => codec.decode(bytes.slice(0, length), "auto", attachments), SerializationError);
      }
    }
  });

  it("bytes left over are refused", { timeout }, () => {
    assert.throws(() => codec.decode(new Uint8Array([0, 0x41, 0x41]), "auto", []), SerializationError);
    assert.throws(() => codec.decode(new Uint8Array([0xff, 0x41]), "auto", []), SerializationError);
  });

  it("missing attachments are refused", { timeout }, () => {
    for (const { bytes, attachments } of ENCODED.filter(({ attachments }) => attachments.length > 0)) {
      assert.throws(() => codec.decode(bytes, "auto", []), SerializationError);
      assert.throws(() => codec.decode(bytes, "auto", attachments.map(() => ({}))), SerializationError);
      assert.throws(() => codec.decode(bytes, "auto", [...attachments].reverse()), SerializationError);
    }
  });

  it("random bytes", { timeout }, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decodes(bytes);
        if (bytes.length > 0) decodes(Uint8Array.of(0, ...bytes.subarray(1)));
      }),
      runs(3000),
    );
  });

  it("random tags, each followed by large numbers", { timeout }, () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 0x25 }), fc.constantFrom(0x7f, 0xff, 0xfe, 0x80, 0xc0)), {
          maxLength: 40,
        }),
        (tags) => {
          decodes(Uint8Array.of(0, ...tags));
        },
      ),
      runs(3000),
    );
  });

  it("valid bytes with a few of them changed", { timeout }, () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.nat(), fc.array(change, { minLength: 1, maxLength: 4 }), (which, changes) => {
        const { bytes, attachments } = ENCODED[which % ENCODED.length]!;
        const changed = bytes.slice();
        for (const [at, value] of changes) changed[at % changed.length] = value;
        decodes(changed, attachments);
      }),
      runs(5000),
    );
  });

  it("lengths far beyond the bytes, without memory for them", { timeout }, () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    for (let tag = 0; tag < 0x40; tag++) {
      for (const more of [[], [0x40], huge, [1, ...huge]]) decodes(Uint8Array.of(0, tag, ...huge, ...more));
      decodes(Uint8Array.of(0, tag, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x40));
    }
  });

  it("and works afterwards", { timeout }, () => {
    for (const { bytes, attachments } of ENCODED) codec.decode(bytes, "auto", attachments);
  });
});
