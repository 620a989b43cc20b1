import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codec, cross, crossThrown, refuses, shared } from "./_support.ts";
import { adder, memory, Wasm } from "../fixtures/wasm.ts";

describe("WebAssembly", () => {
  it("a module crosses, also when it stands twice", () => {
    const module = adder();
    const encoded = codec.encode({ a: module, list: [module] }, "auto", "result");
    assert.deepEqual(encoded.attachments?.map(({ kind }) => kind), ["clone"]);
    const back = codec.decode(shared(encoded), "auto", [structuredClone(module)]) as { a: object; list: object[] };
    assert.equal(back.a, back.list[0]);
    assert.equal(Wasm.Module.exports(back.a).length, 1);
  });

  it("a shared memory crosses, beside views of it", () => {
    const own = memory(true);
    new Int32Array(own.buffer)[0] = 42;
    const back = cross({ own, view: new Int32Array(own.buffer, 0, 1) });
    assert.equal(new Int32Array(back.own.buffer)[0], 42);
    assert.equal(back.view[0], 42);
  });

  it("any other is refused, with what to do", () => {
    refuses(memory(false), "result", /a Memory: make it with 'shared: true'/);
    refuses(new Wasm.Instance(adder()), "result", /an Instance: send the WebAssembly.Module/);
    refuses(Object.create(Wasm.Module.prototype), "result", /a Module/);
    refuses({ m: adder() }, "result.m", /Module/, "json");
    refuses({ m: adder() }, "result.m", /Module/, "superjson");
  });

  it("stands in a thrown error, too", () => {
    const back = crossThrown(Object.assign(new Error("x"), { module: adder() })) as Error & { module: object };
    assert.equal(Wasm.Module.exports(back.module).length, 1);
  });

  it("is decoded of nothing else", () => {
    const bytes = shared(codec.encode(adder(), "auto", "result"));
    for (const wrong of [[], [{}], [memory(false)], [new ArrayBuffer(1)]]) {
      assert.throws(() => codec.decode(bytes, "auto", wrong), { name: "SerializationError" });
    }
  });
});
