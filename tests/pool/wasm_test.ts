import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, type Pool, proxy } from "../../mod.ts";
import * as wasm from "../fixtures/wasm.ts";
import { fixture, settles } from "./_support.ts";

let pool: Pool;

describe("WebAssembly between threads", () => {
  before(() => void (pool = createPool({ workers: 1, modules: [fixture("wasm")] })));
  after(() => pool.close());

  it("a module goes to a task, waiting or blocking", async () => {
    const module = wasm.adder();
    assert.equal(await settles(pool.run(wasm.addBy, module, 2, 3)), 5);
    assert.equal(pool.runSync(wasm.addBy, module, 4, 5), 9);
    assert.deepEqual(await settles(pool.broadcast(wasm.addBy, module, 1, 1)), [2]);
  });

  it("a module comes back from a task, beside small and large data", async () => {
    for (const large of [false, true]) {
      for (
        const { module, bytes } of [await settles(pool.run(wasm.makeAdder, large)), pool.runSync(wasm.makeAdder, large)]
      ) {
        assert.equal(wasm.addBy(module, 20, 22), 42);
        assert.ok(bytes.every((byte) => byte === 3));
      }
    }
  });

  it("a shared memory is one for both", async () => {
    const memory = wasm.memory(true);
    assert.equal(await settles(pool.run(wasm.increment, memory)), 1);
    assert.equal(new Int32Array(memory.buffer)[0], 1);
    const lent = await settles(pool.run(wasm.lendMemory));
    await settles(pool.run(wasm.writeLent, 77));
    assert.equal(new Int32Array(lent.buffer)[0], 77);
  });

  it("goes through a callback in both directions", async () => {
    const use = async (ask: (module: object | null) => Promise<object>) => (await ask(await ask(null))) !== null;
    const seen: (object | null)[] = [];
    const answer = proxy((module: object | null) => {
      seen.push(module);
      return Promise.resolve(wasm.adder());
    });
    assert.equal(await settles(pool.run(use, answer)), true);
    assert.equal(seen.length, 2);
    assert.equal(wasm.addBy(seen[1]!, 1, 2), 3);
  });
});
