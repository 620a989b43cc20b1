/** What cannot cross, and must say so; and objects of the platform. */
import { type Case, comparison, echo, refused, refusedResult, rejection, settled } from "../case.ts";

export const refusals: Case[] = [
  refused("symbol", () => Symbol("s")),
  refused("symbol inside", () => ({ list: [1, Symbol.iterator] })),
  refused("function", () => () => 1),
  refused("function inside", () => ({ save: () => 1 })),
  refused("class inside", () => [class Thing {}]),
  refused("WeakMap", () => new WeakMap()),
  refused("WeakRef inside", () => ({ ref: new WeakRef({}) })),
  refused("Promise inside", () => ({ later: Promise.resolve(1) })),
  refused("Proxy", () => ({ proxy: new Proxy({ a: 1 }, {}) })),
  refused("generator inside", () => ({
    items: (function* () {
      yield 1;
    })(),
  })),
  refused("getter that throws", () => ({
    get broken() {
      throw new Error("no value");
    },
  })),
  refused("detached ArrayBuffer", () => {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    return buffer;
  }),
  refusedResult("result: a function", "function"),
  refusedResult("result: a symbol inside", "nested_symbol"),
  echo("URL; or refused", () => new URL("https://example.org/a?b=1"), { mayRefuse: true }),
  echo("Headers; or refused", () => new Headers({ a: "1" }), { mayRefuse: true }),
  {
    title: "Blob; or refused",
    async run(pool) {
      const outcome = await settled(() => pool.run("echo", new Blob(["text"], { type: "text/plain" })));
      if ("error" in outcome) return rejection(outcome.error, true);
      const finding = comparison(new Blob(["text"], { type: "text/plain" }), outcome.value);
      return finding.verdict === "kept" ? comparison("text", await (outcome.value as Blob).text()) : finding;
    },
  },
];
