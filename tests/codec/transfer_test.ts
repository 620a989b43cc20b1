import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transfer } from "../../src/codec/mod.ts";
import { codec, cross, crossThrown, deliver, refuses } from "./_support.ts";

const { Memory } =
  (globalThis as unknown as { WebAssembly: { Memory: new (options: { initial: number }) => { buffer: ArrayBuffer } } })
    .WebAssembly;

const invalid = { name: "TypeError", code: "ERR_MULTICORE_INVALID_TRANSFER" };

describe("transfer()", () => {
  it("moves a buffer, with the views on it", () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
    const value = { part: bytes.subarray(10, 20), all: bytes };
    assert.equal(transfer(value, [bytes.buffer]), value);
    const back = cross(value);
    assert.equal(bytes.length, 0);
    assert.equal(back.part.buffer, back.all.buffer);
    assert.equal(back.part.byteOffset, 10);
    assert.deepEqual([...back.part], [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it("moves a bare view or buffer, as an argument and as a result", () => {
    const bytes = new Float64Array([1, 2, 3]);
    const [other, back] = cross([1, transfer(bytes, [bytes.buffer])], "auto", "arguments") as [number, Float64Array];
    assert.deepEqual([other, bytes.length, [...back]], [1, 0, [1, 2, 3]]);
    const buffer = new ArrayBuffer(8);
    const encoded = codec.encode(transfer(buffer, [buffer]), "auto", "result");
    assert.deepEqual(encoded.attachments!.map(({ kind }) => kind), ["transfer"]);
    assert.equal(buffer.byteLength, 0);
  });

  it("moves what several arguments list, once", () => {
    const buffer = new ArrayBuffer(8);
    const values = [transfer({ buffer }, [buffer]), transfer({ view: new Uint8Array(buffer) }, [buffer])] as const;
    const [first, second] = cross([...values], "auto", "arguments") as unknown as [
      { buffer: ArrayBuffer },
      { view: Uint8Array },
    ];
    assert.equal(first.buffer, second.view.buffer);
  });

  it("moves resizable buffers as they are", () => {
    const buffer =
      new (ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer & { maxByteLength: number })(
        8,
        { maxByteLength: 16 },
      );
    const back = cross(transfer({ view: new Uint8Array(buffer), buffer }, [buffer]));
    assert.equal(back.buffer.maxByteLength, 16);
    assert.equal(back.view.buffer, back.buffer);
  });

  it("moves what a thrown error holds", () => {
    const buffer = new ArrayBuffer(8);
    const error = Object.assign(new RangeError("x"), { data: new Uint8Array(buffer) });
    const back = crossThrown(transfer(error, [buffer])) as typeof error;
    assert(back instanceof RangeError);
    assert.deepEqual([buffer.byteLength, back.data.length], [0, 8]);
    assert.deepEqual(cross({ after: 1 }), { after: 1 });
  });

  it("moves ports", async () => {
    const { port1, port2 } = new MessageChannel();
    const encoded = codec.encode(transfer({ port: port2 }, [port2]), "auto", "result");
    assert.deepEqual(encoded.attachments!.map(({ kind }) => kind), ["port"]);
    const back = codec.decode(encoded.bytes.slice(0, encoded.length), "auto", deliver(encoded.attachments)) as {
      port: MessagePort;
    };
    const message = new Promise((resolve) => back.port.onmessage = ({ data }) => resolve(data));
    port1.postMessage("hello");
    assert.equal(await message, "hello");
    port1.close();
    back.port.close();
  });

  it("takes nothing when the value is refused, and leaves no mark for a later call", () => {
    const buffer = new ArrayBuffer(8);
    const value: Record<string, unknown> = { buffer, bad() {} };
    transfer(value, [buffer]);
    refuses(value, "result.bad", /function/);
    assert.equal(buffer.byteLength, 8);
    delete value["bad"];
    assert.equal((cross(value)["buffer"] as ArrayBuffer).byteLength, 8);
    assert.equal(buffer.byteLength, 8, "it was copied");
    assert.equal((cross(transfer(value, [buffer]))["buffer"] as ArrayBuffer).byteLength, 8);
    assert.equal(buffer.byteLength, 0);
  });

  it("is for one call", () => {
    const buffer = new ArrayBuffer(8);
    const value = transfer({ buffer: buffer as ArrayBuffer | undefined, n: 1 }, [buffer]);
    cross(value);
    value.buffer = undefined;
    assert.equal(codec.encode(value, "auto", "result").attachments, null);
    value.buffer = buffer;
    refuses(value, "result.buffer", /transferred away/);
  });

  it("is for the value itself, not for what holds it", () => {
    const buffer = new ArrayBuffer(8);
    const marked = transfer({ buffer }, [buffer]);
    cross({ marked });
    assert.equal(buffer.byteLength, 8);
  });

  it("copies in other formats", () => {
    const bytes = new Uint8Array([1, 2]);
    assert.deepEqual(cross(transfer(bytes, [bytes.buffer]), "bytes"), new Uint8Array([1, 2]));
    assert.equal(bytes.length, 2);
  });

  it("throws where the mistake is made", () => {
    const buffer = new ArrayBuffer(8);
    assert.throws(() => transfer(5 as never, []), invalid);
    assert.throws(() => transfer({}, undefined as never), invalid);
    assert.throws(() => transfer({}, [new Uint8Array(2)]), { ...invalid, message: /list its 'buffer'/ });
    assert.throws(() => transfer({}, [new SharedArrayBuffer(2)]), invalid);
    assert.throws(() => transfer({}, [{}]), invalid);
    assert.throws(() => transfer({}, [buffer, buffer]), { ...invalid, message: /\[1\] is listed twice/ });
    structuredClone(buffer, { transfer: [buffer] });
    assert.throws(() => transfer({}, [buffer]), { ...invalid, message: /was transferred already/ });
  });

  it("throws at the call for a buffer lost meanwhile, and takes no other", () => {
    const [lost, kept] = [new ArrayBuffer(8), new ArrayBuffer(8)];
    const value = transfer({ kept }, [kept, lost]);
    structuredClone(lost, { transfer: [lost] });
    assert.throws(() => codec.encode(value, "auto", "result"), invalid);
    assert.equal(kept.byteLength, 8);
  });

  it("refuses memory that cannot leave, or copies it, and does not break it", () => {
    const memory = new Memory({ initial: 1 }).buffer;
    const kept = new ArrayBuffer(8);
    const value = transfer({ kept, memory }, [kept, memory]);
    let refused = true;
    try {
      assert.equal(cross(value).memory.byteLength, 65536);
      refused = false;
    } catch (error) {
      assert.equal((error as { code?: string }).code, invalid.code);
    }
    assert.deepEqual([memory.byteLength, kept.byteLength], [65536, refused ? 8 : 0]);
  });
});
