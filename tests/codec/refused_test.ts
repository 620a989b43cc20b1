import assert from "node:assert/strict";
import { createHash, createSecretKey, generateKeyPairSync } from "node:crypto";
import { BlockList, SocketAddress } from "node:net";
import { createHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { StringDecoder } from "node:string_decoder";
import { describe, it } from "node:test";
import { MIMEType } from "node:util";
import { Script } from "node:vm";
import { SerializationError } from "../../src/errors.ts";
import { codec, cross, refuses } from "./_support.ts";

interface Memory {
  readonly buffer: ArrayBuffer;
}
const { Memory } =
  (globalThis as unknown as { WebAssembly: { Memory: new (options: { initial: number }) => Memory } }).WebAssembly;

const REFUSED: Record<string, [() => unknown, RegExp]> = {
  functions: [() => function named() {}, /a function: named: mark a callback with proxy\(\)/],
  classes: [() => class Thing {}, /a class: Thing/],
  symbols: [() => Symbol("mark"), /a symbol: Symbol\(mark\)/],
  "boxed symbols": [() => Object(Symbol("mark")), /symbol/i],
  promises: [() => Promise.resolve(1), /a Promise: await it first/],
  WeakMap: [() => new WeakMap(), /a WeakMap/],
  WeakSet: [() => new WeakSet(), /a WeakSet/],
  WeakRef: [() => new WeakRef({}), /a WeakRef/],
  FinalizationRegistry: [() => new FinalizationRegistry(() => {}), /a FinalizationRegistry/],
  generators: [() => (function* () {})(), /a generator/],
  "async generators": [() => (async function* () {})(), /generator/],
  "array iterators": [() => [][Symbol.iterator](), /iterator/],
  "map iterators": [() => new Map().entries(), /iterator/],
  "arguments objects": [(...args: unknown[]) =>
    (function () {
      return arguments;
    })(...args as []), /an arguments object/],
  proxies: [() => new Proxy({ a: 1 }, {}), /a Proxy/],
  "proxies of arrays": [() => new Proxy([1], {}), /a Proxy/],
  "revoked proxies": [() => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }, /a Proxy/],
  URL: [() => new URL("http://localhost/"), /a URL: send its href/],
  URLSearchParams: [() => new URLSearchParams("a=1"), /a URLSearchParams/],
  Headers: [() => new Headers(), /a Headers/],
  Request: [() => new Request("http://localhost/"), /a Request/],
  Response: [() => new Response(), /a Response/],
  Blob: [() => new Blob(["x"]), /a Blob: send its bytes/],
  FormData: [() => new FormData(), /a FormData/],
  AbortController: [() => new AbortController(), /an AbortController/],
  AbortSignal: [() => new AbortController().signal, /an AbortSignal.*taskSignal/],
  ReadableStream: [() => new ReadableStream(), /a ReadableStream/],
  TextEncoder: [() => new TextEncoder(), /a TextEncoder/],
  "Intl formats": [() => new Intl.NumberFormat(), /a NumberFormat/],
  "WebAssembly memory": [() => new Memory({ initial: 1 }), /a Memory/],
  "secret keys": [() => createSecretKey(Buffer.from("abc")), /a KeyObject: it has no meaning in another thread/],
  "public keys": [() => generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey, /a KeyObject/],
  hashes: [() => createHash("sha256"), /a Hash/],
  BlockList: [() => new BlockList(), /a BlockList/],
  SocketAddress: [() => new SocketAddress({}), /a SocketAddress/],
  histograms: [() => createHistogram(), /a Histogram/],
  "histograms of the event loop": [() => monitorEventLoopDelay(), /a Histogram/],
  timers: [() => stopped(setTimeout(() => {}, 1)), /a Timeout/],
  immediates: [() => {
    const immediate = setImmediate(() => {});
    clearImmediate(immediate);
    return immediate;
  }, /an Immediate/],
  scripts: [() => new Script("1"), /a Script/],
  StringDecoder: [() => new StringDecoder(), /a StringDecoder/],
  MIMEType: [() => new MIMEType("a/b"), /a MIMEType/],
  "segments of a text": [() => new Intl.Segmenter().segment("abc"), /a Segments/],
  MessagePort: [() => {
    const { port1, port2 } = new MessageChannel();
    port1.close();
    port2.close();
    return port1;
  }, /a MessagePort: list it in transfer\(\)/],
};

const { Bun, Deno } = globalThis as unknown as {
  Bun?: { CryptoHasher: new (name: string) => object };
  Deno?: { Command: new (name: string) => object };
};
if (Bun !== undefined) REFUSED["Bun's hashers"] = [() => new Bun.CryptoHasher("md5"), /a CryptoHasher/];
if (Deno !== undefined) REFUSED["Deno's commands"] = [() => new Deno.Command("x"), /a Command/];

function stopped(timer: ReturnType<typeof setTimeout>): unknown {
  clearTimeout(timer);
  return timer;
}

describe("auto refuses what has no meaning elsewhere", () => {
  for (const [what, [make, message]] of Object.entries(REFUSED)) {
    it(what, () => {
      refuses(make(), "result", message);
      refuses([1, { user: { callback: make() } }], "result[1].user.callback", message);
      refuses([1, make()], "arguments[1]", message, "auto", "arguments");
      assert.throws(() => codec.encode(new Map([["k", [make()]]]), "auto", "result"), SerializationError);
    });
  }

  it("arguments objects of any length, and with properties of their own", () => {
    function args(..._: unknown[]): IArguments {
      return arguments;
    }
    for (const value of [args(), args(1), args(1, 2, 3), Object.assign(args(1), { a: 2 })]) {
      refuses(value, "result", /an arguments object/);
    }
  });

  it("but not what looks or is called like it", () => {
    class KeyObject {
      key = 1;
    }
    class Timeout {
      after = 1;
    }
    const values = [new KeyObject(), new Timeout(), { 0: 1, length: 1 }, { "0": { "1": 2 }, a: 3 }, { "1st": 1 }];
    assert.deepEqual(cross(values), [{ key: 1 }, { after: 1 }, ...values.slice(2)]);
  });

  it("module namespaces", async () => {
    refuses(await import("node:path"), "result", /a module namespace/);
  });
});

describe("auto names the place", () => {
  const bad = () => {};
  it("in every container", () => {
    refuses({ "my key": bad }, 'result["my key"]', /'result\["my key"\]'/);
    refuses({ a: { 0: bad } }, 'result.a["0"]', /function/);
    refuses(new Map([["k", { f: bad }]]), 'result.get("k").f', /function/);
    refuses(new Map([[{ f: bad }, 1]]), "result.keys()[0].f", /function/);
    refuses(new Map([[{}, bad]]), "result.values()[0]", /function/);
    refuses(new Set([1, [bad]]), "result.values()[1][0]", /function/);
    refuses(Object.assign([1], { extra: bad }), "result.extra", /function/);
    refuses([, , bad], 'result["2"]', /function/);
    refuses(Object.assign(Object.create(null), { f: bad }), "result.f", /function/);
    refuses(new Error("x", { cause: { f: bad } }), "result.cause.f", /function/);
    refuses([{}, [[bad]]], "arguments[1][0][0]", /function/, "auto", "arguments");
  });

  it("beyond what is put off, in short", () => {
    let value: unknown = bad;
    for (let i = 0; i < 1000; i++) value = { v: value };
    assert.throws(() => codec.encode(value, "auto", "result"), (error) => {
      assert(error instanceof SerializationError);
      assert.match(error.path, /^result\.v\.v.*\.\.\..*\.v$/);
      return error.path.length < 1000;
    });
  });

  it("of a getter that throws, with its error as the cause", () => {
    const cause = new Error("no");
    const value = {
      a: {
        get b(): number {
          throw cause;
        },
      },
    };
    assert.throws(() => codec.encode([value], "auto", "arguments"), (error) => {
      assert(error instanceof SerializationError);
      assert.equal(error.path, "arguments[0].a.b");
      return error.cause === cause;
    });
    assert.equal(cross(1), 1);
  });

  it("and does not call traps of a Proxy", () => {
    const fail = () => assert.fail("a trap was called");
    const traps = new Proxy({}, { get: () => fail });
    refuses(new Proxy({}, traps), "result", /Proxy/);
  });
});
