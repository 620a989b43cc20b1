import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LARGE_BINARY } from "../../src/codec/mod.ts";
import { codec, cross, refuses } from "./_support.ts";

const CONSTRUCTORS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  ...("Float16Array" in globalThis
    ? [(globalThis as unknown as { Float16Array: Float32ArrayConstructor }).Float16Array]
    : []),
] as unknown as (new (
  source: ArrayBufferLike | ArrayLike<unknown> | number,
  offset?: number,
  length?: number,
) => Uint8Array)[];

type Resizable = ArrayBuffer & {
  resize(length: number): void;
  readonly resizable: boolean;
  readonly maxByteLength: number;
};
const resizable = (length: number, maxByteLength: number) =>
  new (ArrayBuffer as unknown as new (length: number, options: object) => Resizable)(length, { maxByteLength });

describe("auto carries binary data", () => {
  for (const View of CONSTRUCTORS) {
    it(`${View.name}, empty, small and large`, () => {
      for (const length of [0, 1, 7, 100, LARGE_BINARY]) {
        const bytes = Uint8Array.from(
          { length: length * (View as unknown as typeof Uint8Array).BYTES_PER_ELEMENT },
          (_, i) => i * 31 % 127,
        );
        const view = new View(bytes.buffer);
        const back = cross({ view }).view;
        assert.equal(back.constructor, View);
        assert.deepEqual(back, view);
        assert.notEqual(back.buffer, view.buffer);
        assert(back.buffer instanceof ArrayBuffer);
      }
    });
  }

  it("only the part of the buffer that a view shows", () => {
    const buffer = Uint8Array.from({ length: 1000 }, (_, i) => i).buffer;
    const back = cross(new Float32Array(buffer, 100, 5));
    assert.equal(back.byteOffset, 0);
    assert.equal(back.buffer.byteLength, 20);
    assert.deepEqual(back, new Float32Array(buffer, 100, 5));
    assert(codec.encode(new Uint8Array(buffer, 3, 2), "auto", "result").length < 40);
  });

  it("views of one buffer, which share one buffer again", () => {
    const buffer = new ArrayBuffer(1000);
    const value = {
      bytes: new Uint8Array(buffer, 103, 5),
      doubles: new Float64Array(buffer, 120, 2),
      data: new DataView(buffer, 108, 3),
    };
    value.bytes.set([1, 2, 3, 4, 5]);
    value.doubles[1] = 0.5;
    const back = cross(value);
    assert.equal(back.bytes.buffer, back.doubles.buffer);
    assert.equal(back.bytes.buffer, back.data.buffer);
    assert(back.bytes.buffer.byteLength <= 136 - 96);
    assert.deepEqual(back, value);
    assert.equal(back.doubles.byteOffset - back.bytes.byteOffset, 17);
    back.bytes[4] = 77;
    back.data.setUint8(0, 78);
    assert.equal(new Uint8Array(back.bytes.buffer)[back.data.byteOffset], 78);
  });

  it("an ArrayBuffer whole, also when views of it come first or last", () => {
    const buffer = Uint8Array.from({ length: 64 }, (_, i) => i).buffer;
    const view = new Uint16Array(buffer, 8, 3);
    for (const value of [{ view, buffer }, { buffer, view }]) {
      const back = cross(value);
      assert.equal(back.view.buffer, back.buffer);
      assert.equal(back.view.byteOffset, 8);
      assert.deepEqual(back, value);
    }
  });

  it("Node Buffers as Buffers, from the pool and subclasses too", () => {
    const back = cross([Buffer.from("hello"), Buffer.alloc(3, 1), Buffer.alloc(0), new Uint8Array(2)]);
    assert.deepEqual(back.map((item) => Buffer.isBuffer(item)), [true, true, true, false]);
    assert.equal(back[0]!.toString(), "hello");
    class Own extends Uint8Array {}
    assert.equal(cross(new Own([1, 2])).constructor, Uint8Array);
  });

  it("large ranges as attachments, not among the bytes", () => {
    const large = new Uint8Array(LARGE_BINARY).fill(7);
    const encoded = codec.encode({ large, small: new Uint8Array(LARGE_BINARY - 1) }, "auto", "result");
    assert.deepEqual(encoded.attachments!.map(({ kind }) => kind), ["copy"]);
    const { bytes } = encoded.attachments![0] as { bytes: Uint8Array };
    assert.equal(bytes.length, LARGE_BINARY);
    assert.equal(bytes.buffer, large.buffer);
    assert.deepEqual(cross({ large, list: [large] }), { large, list: [large] });
    assert.deepEqual(
      cross(new Uint8Array(200_000).fill(3).subarray(5, 5 + LARGE_BINARY)),
      new Uint8Array(LARGE_BINARY).fill(3),
    );
  });

  it("shared memory by reference, with its views", () => {
    const buffer = new SharedArrayBuffer(64);
    const value = {
      buffer,
      views: [new Int32Array(buffer, 4, 2), new Uint8Array(buffer)],
      data: new DataView(buffer, 8),
    };
    const back = cross(value);
    assert.equal(back.buffer, buffer);
    assert.equal(back.views[0]!.buffer, buffer);
    assert.equal(back.views[0]!.byteOffset, 4);
    assert.equal(back.views[0]!.length, 2);
    assert.equal(back.data.byteOffset, 8);
    back.views[1]![0] = 9;
    assert.equal(value.views[1]![0], 9);
    assert.equal(codec.encode(value, "auto", "result").attachments!.length, 1);
  });

  it("resizable buffers, with views that follow their length and views that do not", () => {
    for (const [length, max] of [[16, 32], [16, 16], [16, 20], [70_000, 90_000]] as const) {
      const buffer = resizable(length, max);
      new Uint8Array(buffer).set([1, 2, 3]);
      new Uint8Array(buffer)[length - 1] = 42;
      const value = {
        follows: new Int32Array(buffer, 4),
        fixed: new Uint8Array(buffer, 8, length - 8),
        data: new DataView(buffer),
        buffer,
      };
      const back = cross(value) as typeof value;
      assert.deepEqual([back.buffer.resizable, back.buffer.maxByteLength], [true, max]);
      assert.deepEqual(new Uint8Array(back.buffer), new Uint8Array(buffer));
      assert.equal(buffer.byteLength, length);
      back.buffer.resize(12);
      assert.equal(back.follows.length, 2);
      assert.equal(back.fixed.length, 0);
      assert.equal(back.data.byteLength, 12);
      back.buffer.resize(length);
      assert.equal(back.fixed.length, length - 8);
    }
  });

  it("views that follow the length of a buffer in which no whole number of elements fits", () => {
    const buffer = resizable(16, 24);
    const follows = new BigInt64Array(buffer);
    buffer.resize(15);
    new Uint8Array(buffer)[14] = 42;
    const back = cross({ follows, empty: new BigUint64Array(resizable(9, 12), 8, 0) });
    assert.equal(back.follows.length, 1);
    assert.equal(new Uint8Array(back.follows.buffer)[14], 42);
    (back.follows.buffer as unknown as typeof buffer).resize(24);
    assert.equal(back.follows.length, 3);
    assert.equal(back.empty.length, 0);
  });

  it("growable shared memory", () => {
    const buffer = new (SharedArrayBuffer as unknown as new (length: number, options: object) => SharedArrayBuffer)(8, {
      maxByteLength: 16,
    });
    const back = cross({ view: new Uint8Array(buffer) });
    (buffer as unknown as { grow(length: number): void }).grow(16);
    assert.equal(back.view.length, 16);
  });

  it("growable shared memory, with views that span it and do not follow", () => {
    const buffer = new (SharedArrayBuffer as unknown as new (length: number, options: object) => SharedArrayBuffer)(8, {
      maxByteLength: 16,
    });
    const named = Object.defineProperty(new Uint8Array(buffer, 0, 8), "constructor", { value: 1, configurable: true });
    const fixed = [new Uint8Array(buffer, 0, 8), new Float64Array(buffer, 0, 1), new Int16Array(buffer, 2, 3), named];
    const follows = [new Uint8Array(buffer), new Int16Array(buffer, 2)];
    const back = cross({ fixed, follows });
    (buffer as unknown as { grow(length: number): void }).grow(16);
    assert.deepEqual(back.fixed.map(({ byteLength }) => byteLength), [8, 8, 6, 8]);
    assert.deepEqual(back.follows.map(({ byteLength }) => byteLength), [16, 14]);
    assert.equal(named.constructor, 1 as never);
    assert.deepEqual([Object.hasOwn(fixed[0]!, "constructor"), Object.hasOwn(follows[0]!, "constructor")], [
      false,
      false,
    ]);
  });

  it("whatever properties a view or a buffer was given", () => {
    const names = ["buffer", "byteOffset", "byteLength", "length", "BYTES_PER_ELEMENT"];
    const lying = <T extends object>(value: T): T => {
      for (const name of names) Object.defineProperty(value, name, { value: 1 });
      return value;
    };
    const buffer = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer;
    assert.deepEqual([...cross(lying(new Uint8Array(buffer, 2, 4)))], [3, 4, 5, 6]);
    assert.deepEqual([...cross(lying(new Uint16Array(buffer, 2, 2)))], [0x403, 0x605]);
    assert.equal(cross(lying(new DataView(buffer, 4, 2))).byteLength, 2);
    assert.deepEqual([...new Uint8Array(cross(lying(buffer)))], [1, 2, 3, 4, 5, 6, 7, 8]);
    const memory = lying(new SharedArrayBuffer(8));
    assert.equal(cross(memory), memory);
  });

  it("but refuses memory that is gone", () => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    const data = new DataView(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    refuses([buffer], "result[0]", /ArrayBuffer: its memory was transferred away/);
    refuses({ view }, "result.view", /transferred away/);
    refuses({ data }, "result.data", /transferred away/);
    const shrunk = resizable(16, 16);
    const out = new Uint8Array(shrunk, 8, 4);
    shrunk.resize(4);
    refuses({ out }, "result.out", /resized below it/);
  });
});
