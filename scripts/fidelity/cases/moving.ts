/** What is shared or moved, not copied, and functions. */
import type { TaskName } from "../../bench/library.ts";
import { call, type Case, comparison, rejection, settled } from "../case.ts";
import type { Finding } from "../protocol.ts";

const says = (isRight: boolean, note: string): Finding => isRight ? { verdict: "kept" } : { verdict: "changed", note };

const shared = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

/** What of WebAssembly is used; TypeScript knows it in browsers only. */
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: { add(a: number, b: number): number } };
  readonly Memory: new (options: object) => { readonly buffer: SharedArrayBuffer };
}
const { Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;

/** A module that exports `add`. */
const adder = (): object =>
  new Module(
    // deno-fmt-ignore
    Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0,
      0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11),
  );

const compiled: Case[] = [
  {
    title: "WebAssembly.Module, there and back",
    async run(pool) {
      const outcome = await settled(() => call(pool, "echo", { module: adder() }));
      if ("error" in outcome) return rejection(outcome.error, false);
      const { module } = Object(outcome.value) as { module?: unknown };
      if (module === undefined || module === null) return { verdict: "lost", note: `gave ${module}` };
      if (!(module instanceof Module)) return { verdict: "changed", note: "no module" };
      return comparison(42, new Instance(module).exports.add(20, 22));
    },
  },
  {
    title: "WebAssembly.Memory that is shared: one for both",
    async run(pool) {
      const memory = new Memory({ initial: 1, maximum: 2, shared: true });
      const outcome = await settled(() => call(pool, "writeMemory", memory));
      if ("error" in outcome) return rejection(outcome.error, false);
      const back = outcome.value;
      const words = new Int32Array(memory.buffer);
      if (words[0] !== 42) return says(false, "a copy");
      if (!(back instanceof Memory)) return { verdict: "changed", note: "no memory" };
      words[1] = 7;
      return says(new Int32Array(back.buffer)[1] === 7, "a copy");
    },
  },
];

export const moving: Case[] = [
  ...compiled,
  {
    title: "SharedArrayBuffer: the caller sees what the worker writes",
    async run(pool) {
      const array = shared(4);
      await call(pool, "write", array);
      return says(array[0] === 42, "a copy");
    },
  },
  {
    title: "SharedArrayBuffer in a result is the same memory",
    async run(pool) {
      const array = shared(4);
      const back = await call(pool, "write", array) as Int32Array;
      array[1] = 7;
      return says(back.buffer instanceof SharedArrayBuffer && back[0] === 42 && back[1] === 7, "a copy");
    },
  },
  {
    title: "two views overlap in the worker, too",
    async run(pool) {
      const buffer = new ArrayBuffer(8);
      const seen = await call(pool, "overlap", [new Uint8Array(buffer), new Uint8Array(buffer, 1)]);
      return comparison(99, seen);
    },
  },
  {
    title: "transfer of an ArrayBuffer: moved, and empty here",
    async run(pool) {
      const buffer = new Uint8Array(1_000_000).fill(5).buffer;
      const seen = await pool.transfer("measure" as TaskName, buffer, [buffer]);
      const finding = comparison([1_000_000, 5], seen);
      return finding.verdict === "kept" ? says(buffer.byteLength === 0, "copied, not moved") : finding;
    },
  },
  {
    title: "transfer of a view's buffer",
    async run(pool) {
      const view = new Uint8Array(1_000_000).fill(5);
      const seen = await pool.transfer("measure" as TaskName, view, [view.buffer]);
      const finding = comparison([1_000_000, 5], seen);
      return finding.verdict === "kept" ? says(view.length === 0, "copied, not moved") : finding;
    },
  },
  {
    title: "transfer of a MessagePort: the worker answers on it",
    async run(pool) {
      const { port1, port2 } = new MessageChannel();
      const heard = new Promise<unknown>((resolve) => port1.onmessage = ({ data }) => resolve(data));
      await pool.transfer("answer" as TaskName, port2, [port2]);
      const data = await heard;
      port1.close();
      return comparison("from the worker", data);
    },
  },
  {
    title: "callback, through the library's proxy",
    async run(pool) {
      if (pool.proxy === undefined) return { verdict: "none" };
      return comparison(42, await call(pool, "callBack", pool.proxy((x: number) => 2 * x)));
    },
  },
  {
    title: "two functions of one name, each its own result",
    async run(pool) {
      if (pool.call === undefined) return { verdict: "none" };
      const one = { same: (x: number) => x + 1 }.same;
      const other = { same: (x: number) => x * 100 }.same;
      const calls = Array.from({ length: 20 }, (_, i) => pool.call!(i % 2 === 0 ? one : other, i));
      return comparison(calls.map((_, i) => i % 2 === 0 ? i + 1 : i * 100), await Promise.all(calls));
    },
  },
  {
    title: "100 values sent at once, each its own result",
    async run(pool) {
      const values = Array.from({ length: 100 }, (_, i) => ({ id: i, pad: "x".repeat(i * 50) }));
      return comparison(values, await pool.runMany("echo", values));
    },
  },
];
