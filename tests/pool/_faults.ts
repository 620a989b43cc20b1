/** An adapter and a codec each of whose calls can be made to throw once. */
import { adapter } from "../../adapters/runtime/mod.ts";
import type { Adapter, Port } from "../../src/adapter.ts";
import { createThreadCodec } from "../../src/executor/thread_codec.ts";

/** What a call that was made to fail throws. */
export class Fault extends Error {
  override name = "Fault";
}

// deno-lint-ignore no-explicit-any
type Method = (...args: any[]) => unknown;

/** Counts the calls by name, and has the `nth` one of one name throw before it does anything. */
export class Faults {
  readonly counts: Map<string, number> = new Map();
  readonly #name: string;
  readonly #nth: number;

  /** @param nth counted from 1; 0 for none at all */
  constructor(name: string, nth: number) {
    this.#name = name;
    this.#nth = nth;
  }

  /** The method, which fails when its turn comes. */
  wrap<F extends Method>(name: string, fn: F): F {
    const strike = (): void => this.#count(name);
    return function (this: unknown, ...args: unknown[]) {
      strike();
      return Reflect.apply(fn, this, args);
    } as F;
  }

  #count(name: string): void {
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    if (name === this.#name && count === this.#nth) throw new Fault(`${name} was made to fail at call ${count}`);
  }

  #wrapAll<T extends object>(prefix: string, object: T, names: readonly string[]): T {
    const methods = object as Record<string, Method>;
    for (const name of names) {
      const fn = methods[name]!;
      Object.defineProperty(object, name, { value: this.wrap(`${prefix}.${name}`, fn), configurable: true });
    }
    return object;
  }

  /** The runtime's adapter with all its calls in the program wrapped. */
  get adapter(): Adapter {
    const wrapped = { ...adapter } as unknown as Record<string, unknown>;
    for (const [name, member] of Object.entries(adapter)) {
      // All but the clock, which is one call of the runtime's own `performance.now`.
      if (typeof member === "function" && name !== "now") wrapped[name] = this.wrap(name, member as Method);
    }
    const { keepAlive, channel, spawn } = adapter;
    wrapped["keepAlive"] = this.wrap(
      "keepAlive",
      () => this.#wrapAll("keepAlive", { ...keepAlive() }, ["ref", "unref"]),
    );
    wrapped["spawn"] = this.wrap("spawn", (options: Parameters<typeof spawn>[0]) => {
      return this.#wrapAll("worker", { ...spawn(options) }, ["terminate"]);
    });
    wrapped["channel"] = this.wrap("channel", (): [Port, Port] => {
      const [ours, theirs] = channel();
      return [this.#wrapAll("port", ours, ["postMessage"]), theirs];
    });
    return wrapped as unknown as Adapter;
  }

  /** Wraps the calls of all codecs of this thread; gives what ends that. */
  wrapCodec(): () => void {
    const prototype = Object.getPrototypeOf(createThreadCodec(adapter)) as Record<string, Method>;
    const { encode, decode } = prototype as { encode: Method; decode: Method };
    prototype["encode"] = this.wrap("codec.encode", encode);
    prototype["decode"] = this.wrap("codec.decode", decode);
    return () => Object.assign(prototype, { encode, decode });
  }
}
