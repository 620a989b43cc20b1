/** Where workers start from. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/mod.ts";
import { inlineEntry, toBlobUrl, toDataUrl } from "../../adapters/worker_url.ts";
import { workerSource } from "../../adapters/worker_inline.gen.ts";
import { launch, until } from "./_lab.ts";

describe("inlineEntry()", () => {
  it("gives one URL, or says what to do where there is no source", () => {
    if (workerSource !== "") return assert.equal(inlineEntry(toDataUrl), inlineEntry(toDataUrl));
    assert.throws(() => inlineEntry(toDataUrl), { code: "ERR_MULTICORE_WORKER_ENTRY", message: /npm run generate/ });
  });
});

describe("An inlined worker", () => {
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    const text = "é % 😀 \\u2028";
    const stack = () => new Error("x").stack;
    if (workerData?.port) workerData.port.postMessage([text, stack()]), parentPort.on("message", () => {});
    else globalThis.addEventListener("message", ({ data }) => data.port.postMessage([text, stack()]));`;
  const toUrl = adapter.name === "bun" ? toBlobUrl : toDataUrl;

  for (const env of adapter.name === "deno" ? [undefined, {}] : [undefined]) {
    it(`runs any source, with short stacks${env ? ", in an environment of its own" : ""}`, async () => {
      const alive = adapter.keepAlive();
      alive.ref();
      const subject = launch("echo", { entry: toUrl(source), env });
      const [text, stack] = await subject.message() as [string, string];
      assert.equal(text, "é % 😀 \u2028");
      assert.ok(stack.length < 1000, stack);
      subject.handle.terminate();
      await until(() => subject.closes > 0);
      alive.close();
    });
  }
});
