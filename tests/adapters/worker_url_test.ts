/** Where workers start from. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { adapter } from "../../adapters/runtime/mod.ts";
import { inlineEntry, toBlobUrl, toDataUrl, toScript } from "../../adapters/runtime/worker_url.ts";
import { workerSource } from "../../adapters/runtime/worker_inline.gen.ts";
import { launch, until } from "./_lab.ts";

describe("inlineEntry()", () => {
  it("gives one entry, or says what to do where there is no source", () => {
    if (workerSource !== "") return assert.equal(inlineEntry(toDataUrl), inlineEntry(toDataUrl));
    assert.throws(() => inlineEntry(toDataUrl), { code: "ERR_MULTICORE_WORKER_ENTRY", message: /npm run generate/ });
  });
});

describe("An inlined worker", () => {
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    const text = "é % 😀 \\u2028";
    const stack = () => new Error("x").stack;
    const port = (workerData?.multicoreInit ?? workerData)?.port;
    if (port) port.postMessage([text, stack()]), parentPort.on("message", () => {});
    else globalThis.addEventListener("message", ({ data }) => data.multicoreInit.port.postMessage([text, stack()]));`;
  const builtins = ["node:worker_threads"];

  for (const env of adapter.name === "deno" ? [undefined, {}] : [undefined]) {
    it(`runs any source, with short stacks${env ? ", in an environment of its own" : ""}`, async () => {
      const alive = adapter.keepAlive();
      alive.ref();
      const toUrl = adapter.name === "node" || env ? toDataUrl : toBlobUrl;
      const subject = launch("echo", { entry: toUrl(source, builtins), env });
      const [text, stack] = await subject.message() as [string, string];
      assert.equal(text, "é % 😀 \u2028");
      assert.ok(stack.length < 1000, stack);
      subject.handle.terminate();
      await until(() => subject.closes > 0);
      alive.close();
    });
  }

  if (adapter.name === "node") {
    it("runs as a script, with short stacks and no trace of CommonJS in the global scope", async () => {
      const { port1, port2 } = new MessageChannel();
      const seen = "typeof require + typeof module + typeof exports + typeof __filename + typeof __dirname";
      const script = toScript(`${source}\nworkerData.port.postMessage((0, eval)(${JSON.stringify(seen)}))`);
      const worker = new Worker(script, { eval: true, workerData: { port: port2 }, transferList: [port2] });
      const messages: unknown[] = [];
      port1.on("message", (message) => messages.push(message));
      await until(() => messages.length === 2);
      const [[text, stack], types] = messages as [[string, string], string];
      assert.equal(text, "é % 😀 \u2028");
      assert.ok(stack.includes("multicore-worker.js") && stack.length < 1000, stack);
      assert.equal(types, "undefined".repeat(5));
      await worker.terminate();
      port1.close();
    });
  }
});
