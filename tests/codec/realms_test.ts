/** Values of another realm, as Jest and `node:vm` make them, and errors that only their prototype makes errors. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { inherits, types } from "node:util";
import { createContext, runInContext } from "node:vm";
import { describe, it } from "node:test";
import { createCodec, registerClass, registerCodec } from "../../src/codec/mod.ts";
import { portable } from "../../adapters/runtime/_portable.ts";
import { codec, cross, crossThrown, deliver, refuses, shared } from "./_support.ts";

const realm = createContext({});
const foreign = <T>(code: string): T => runInContext(code, realm) as T;

/** As jsonwebtoken, verror and bluebird make them: no call of `Error`. */
function TokenError(this: Record<string, unknown>, message: string): void {
  this.name = "TokenError";
  this.message = message;
  this.details = { at: [1] };
}
TokenError.prototype = Object.create(Error.prototype);
TokenError.prototype.constructor = TokenError;
const OldError = TokenError as unknown as new (message: string) => Error & { details: { at: number[] } };

function Inheriting(this: Record<string, unknown>, message: string): void {
  Error.captureStackTrace?.(this, Inheriting);
  this.message = message;
}
inherits(Inheriting, RangeError);

class Registered {
  message: string;
  constructor(message: string) {
    this.message = message;
  }
}
Object.setPrototypeOf(Registered.prototype, TypeError.prototype);
registerClass(Registered);

describe("an error without the engine's brand", () => {
  it("arrives as an error with name, message, stack and its properties", () => {
    const error = new OldError("expired");
    assert.ok(!types.isNativeError(error), "it has no brand");
    for (const back of [cross(error), cross({ in: [error] }).in[0]!, crossThrown(error), cross(error, "superjson")]) {
      assert.ok(types.isNativeError(back));
      const { name, message, stack, details } = back as typeof error;
      assert.deepEqual([name, message, stack], ["TokenError", "expired", "TokenError: expired"]);
      assert.deepEqual(details, { at: [1] });
    }
  });

  it("keeps the stack that it has, and the built-in class", () => {
    const error = new (Inheriting as unknown as new (message: string) => Error)("far");
    const back = cross(error);
    assert.ok(types.isNativeError(back) && back instanceof RangeError);
    assert.equal(back.message, "far");
    if (typeof error.stack === "string") assert.equal(back.stack, error.stack);
    else assert.match(String(back.stack), /far/);
  });

  it("keeps a class that is registered", () => {
    const back = cross(new Registered("no"));
    assert.ok(back instanceof Registered && back instanceof TypeError);
    assert.ok(types.isNativeError(back));
    assert.equal(back.message, "no");
  });

  it("may be as bare as can be, be a cause, or hold itself", () => {
    const bare = Object.create(Error.prototype) as Error;
    assert.deepEqual([cross(bare).name, cross(bare).message, cross(bare).stack], ["Error", "", "Error: "]);
    const outer = Object.assign(new OldError("outer"), { cause: bare, self: null as unknown });
    outer.self = outer;
    const back = cross(outer);
    assert.equal(back.self, back);
    assert.ok(types.isNativeError(back.cause));
  });

  it("may have getters that throw, and a Proxy on its chain", () => {
    const error = Object.create(Error.prototype, {
      name: {
        get(): never {
          throw new Error("no name");
        },
      },
      message: { value: "still here" },
    }) as Error;
    assert.equal((crossThrown(error) as Error).message, "still here");
    let asked = 0;
    const chain: object = new Proxy({}, {
      getPrototypeOf(): object {
        if (++asked > 1000) throw new Error("asked for ever");
        return chain;
      },
    });
    const value = Object.assign(Object.create(chain) as object, { a: 1 });
    assert.deepEqual({ ...cross(value) }, { a: 1 });
    assert.equal(asked, 0, "nothing asks a Proxy");
  });
});

describe("values of another realm", () => {
  it("errors keep class, message, stack and properties", () => {
    for (const name of ["Error", "RangeError", "TypeError", "AggregateError"] as const) {
      const make = name === "AggregateError" ? "new AggregateError([new Error('part')], 'far')" : `new ${name}('far')`;
      const error = foreign<Error>(`Object.assign(${make}, { code: 'E_FAR' })`);
      assert.ok(!((error as unknown) instanceof Error), "it is of another realm");
      for (const back of [cross(error), crossThrown(error) as Error, cross(error, "superjson")]) {
        assert.ok(back instanceof (globalThis as unknown as Record<string, ErrorConstructor>)[name]!);
        assert.deepEqual([back.name, back.message, (back as Error & { code: string }).code], [name, "far", "E_FAR"]);
        assert.equal(back.stack, error.stack);
      }
    }
  });

  it("old-style errors and subclasses as well", () => {
    const old = foreign<Error>(
      "function Old() { this.message = 'old' } Old.prototype = Object.create(RangeError.prototype); new Old()",
    );
    const back = cross(old);
    assert.ok(back instanceof RangeError && types.isNativeError(back));
    assert.equal(back.message, "old");
    const sub = cross(foreign<Error>("new (class Sub extends TypeError { name = 'Sub' })('sub')"));
    assert.ok(sub instanceof TypeError);
    assert.deepEqual([sub.name, sub.message], ["Sub", "sub"]);
  });

  it("views and buffers of every type, small and large", () => {
    for (const size of [3, 70_000]) {
      for (const type of ["Uint8Array", "Float64Array", "Uint8ClampedArray", "BigInt64Array", "DataView"]) {
        const code = type === "DataView" ? `new DataView(new ArrayBuffer(${size}))` : `new ${type}(${size})`;
        const view = foreign<Uint8Array>(code);
        const back = cross({ view }).view;
        assert.ok(back instanceof (globalThis as unknown as Record<string, Uint8ArrayConstructor>)[type]!, type);
        assert.equal(back.byteLength, view.byteLength);
      }
      const buffer = cross(foreign<ArrayBuffer>(`new Uint8Array(${size}).fill(7).buffer`));
      assert.deepEqual(new Uint8Array(buffer), new Uint8Array(size).fill(7));
    }
    const memory = foreign<SharedArrayBuffer>("new SharedArrayBuffer(8)");
    assert.equal(cross(memory), memory, "shared memory goes by reference");
  });

  it("views in every format that takes bytes", () => {
    const bytes = foreign<Uint8Array>("Uint8Array.of(1, 2, 3)");
    assert.deepEqual([...cross(bytes, "bytes")], [1, 2, 3]);
    assert.equal(cross(foreign<ArrayBuffer>("new ArrayBuffer(4)"), "bytes").byteLength, 4);
    registerCodec("foreign bytes", { encode: () => bytes, decode: (got) => [...got] });
    assert.deepEqual(cross("x" as unknown, "foreign bytes"), [1, 2, 3]);
  });

  it("containers, dates and plain data, also as JSON", () => {
    const value = foreign<Record<string, unknown>>(
      "({ list: [1, { a: null }], when: new Date(5), map: new Map([[1, new Set([2])]]), re: /x/g, box: Object(1n) })",
    );
    assert.deepEqual(cross(value), {
      list: [1, { a: null }],
      when: new Date(5),
      map: new Map([[1, new Set([2])]]),
      re: /x/g,
      box: Object(1n),
    });
    assert.deepEqual(cross(foreign<unknown>("({ list: [1, { a: [] }], text: 'x' })"), "json"), {
      list: [1, { a: [] }],
      text: "x",
    });
  });

  it("but not what has no meaning in another thread", () => {
    refuses(foreign("new WeakRef({})"), "result", /WeakRef/);
    refuses(foreign("new Intl.NumberFormat('en')"), "result", /NumberFormat/);
    refuses(foreign("Promise.resolve(1)"), "result", /Promise/);
    refuses(foreign("new (class Foo {})()"), "result", /Foo/, "json");
  });

  it("received memory is told by its brand", () => {
    // A library that runs in a realm of its own gets its messages from the runtime's realm.
    const encoded = codec.encode(new Uint8Array(70_000).fill(9), "auto", "result");
    assert.equal(deliver(encoded.attachments).length, 1);
    const [attached] = [foreign<ArrayBuffer>("new Uint8Array(70_000).fill(9).buffer")];
    const back = codec.decode(shared(encoded), "auto", [attached]) as Uint8Array;
    assert.ok(back.length === 70_000 && back.every((byte) => byte === 9));
    const memory = new Int32Array(new SharedArrayBuffer(8));
    const named = codec.encode(memory, "auto", "result");
    const other = foreign<SharedArrayBuffer>("new SharedArrayBuffer(8)");
    assert.equal((codec.decode(shared(named), "auto", [other]) as Int32Array).buffer, other);
    for (const wrong of [{}, null, 5, new Uint8Array(8)]) {
      assert.throws(() => codec.decode(shared(named), "auto", [wrong as object]), { name: "SerializationError" });
      assert.throws(() => codec.decode(shared(encoded), "auto", [wrong as object]), { name: "SerializationError" });
    }
  });

  it("a Buffer stays one where there is no global Buffer", () => {
    const scope = globalThis as Record<string, unknown>;
    const own = Object.getOwnPropertyDescriptor(scope, "Buffer")!;
    const bare = createCodec(portable.types, { nodeBuffer: portable.nodeBuffer });
    delete scope["Buffer"];
    try {
      const encoded = bare.encode(Buffer.from("bytes"), "auto", "result");
      const back = bare.decode(shared(encoded), "auto", deliver(encoded.attachments));
      assert.ok(Buffer.isBuffer(back));
      assert.equal(back.toString(), "bytes");
    } finally {
      Object.defineProperty(scope, "Buffer", own);
    }
  });
});
