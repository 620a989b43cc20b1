/**
 * What the user told us about values, for one thread. It hangs on `globalThis`, since the program
 * and the worker may each have a copy of this module.
 *
 * @module
 */

import { Object, ownValue, SafeMap, SafeWeakMap } from "../captured.ts";
import { find, includes, join } from "../lists.ts";
import { misuse } from "../errors.ts";
import { FORMATS } from "./formats.ts";
import type { Format } from "./types.ts";

/** How instances of a registered class cross. */
export interface ClassOptions<T extends object, D = unknown> {
  /** Name of the class between threads; the class's own name by default. */
  name?: string;
  /** Gives what crosses in place of the instance. */
  serialize?(instance: T): D;
  /** Makes an instance of what `serialize` gave. Must be there if `serialize` is. */
  deserialize?(data: D): T;
}

/** A registered class. */
export interface RegisteredClass {
  readonly name: string;
  readonly prototype: object;
  readonly serialize: ((instance: object) => unknown) | undefined;
  readonly deserialize: ((data: unknown) => object) | undefined;
}

/** A format added by `registerCodec`. */
export interface CustomCodec {
  /** Gets the array of arguments, or the result. */
  encode(value: unknown): Uint8Array;
  /** Gets bytes of its own, and gives what `encode` was given. */
  decode(bytes: Uint8Array): unknown;
}

/** A transformer for `superjson`, as its `registerCustom` takes it. */
export interface Transformer<T = unknown, J = unknown> {
  /** Whether this transformer is for that value. */
  isApplicable(value: unknown): value is T;
  /** Gives JSON-compatible data. */
  serialize(value: T): J;
  /** The partner of `serialize`. */
  deserialize(data: J): T;
}

/** Everything that is shared between copies of this module in one thread. */
export interface Registry {
  readonly classes: Map<string, RegisteredClass>;
  readonly byPrototype: WeakMap<object, RegisteredClass>;
  readonly codecs: Map<string, CustomCodec>;
  readonly transformers: Map<string, Transformer>;
  /** Counts registrations, so that what was derived from them can be renewed. */
  version: number;
  /** Values given to `transfer`, with what moves along. */
  readonly transfers: WeakMap<object, readonly object[]>;
  /** How many entries of `transfers` were not consumed yet; 0 spares the look-up. */
  liveTransfers: number;
  /** Functions given to `proxy`. */
  readonly proxied: WeakSet<object>;
}

const KEY = Symbol.for("multicore.registry");

/** This thread's registry. */
export const registry: Registry = ((globalThis as { [KEY]?: Registry })[KEY] ??= {
  classes: new SafeMap(),
  byPrototype: new SafeWeakMap(),
  codecs: new SafeMap(),
  transformers: new SafeMap(),
  version: 0,
  transfers: new SafeWeakMap(),
  liveTransfers: 0,
  proxied: new WeakSet(),
});

/**
 * Lets instances of a class keep their class between threads, in `auto` and in `superjson`.
 *
 * Call it where the class is defined, so that the caller and the worker both run it. Without
 * options the own enumerable properties are restored on an object that has the class's prototype:
 * the constructor does not run, and private fields are lost. Subclasses of Error, Map, Set, Array,
 * Date, typed arrays and the like keep their contents too.
 *
 * @example Usage
 * ```ts ignore
 * import { initialize, isMain, registerClass, run, shutdown } from "@multicore/multicore";
 *
 * class Point {
 *   x = 0;
 *   y = 0;
 * }
 * registerClass(Point); // in the workers, too: they load this module
 *
 * export function mirror({ x, y }: Point): Point {
 *   return Object.assign(new Point(), { x: y, y: x });
 * }
 *
 * if (isMain) {
 *   await initialize({ modules: [import.meta.url] });
 *   const mirrored = await run(mirror, Object.assign(new Point(), { x: 1 }));
 *   console.log(mirrored instanceof Point, mirrored.y); // true 1
 *   await shutdown();
 * }
 * ```
 *
 * @typeParam T The instances.
 * @typeParam D What crosses in place of an instance.
 * @param Class The class.
 * @param options Its name between threads, and how to take an instance apart.
 * @throws {TypeError} If `Class` is no class, if only one of `serialize` and `deserialize` is given,
 * or if another class has that name.
 */
export function registerClass<T extends object, D = unknown>(
  // deno-lint-ignore no-explicit-any
  Class: abstract new (...args: any[]) => T,
  options: ClassOptions<T, D> = {},
): void {
  const prototype: unknown = typeof Class === "function" ? Class.prototype : undefined;
  if (typeof prototype !== "object" || prototype === null) {
    throw misuse(new TypeError(`Cannot register a class: received ${typeof Class}`), "INVALID_CLASS");
  }
  const unknown = find(Object.keys(options), (key) => !/^(?:name|serialize|deserialize)$/.test(key));
  if (unknown !== undefined) {
    const message = `Unknown option '${unknown}': known are name, serialize, deserialize`;
    throw misuse(new TypeError(message), "UNKNOWN_OPTION");
  }
  const name = ownValue(options, "name") ?? Class.name;
  const [serialize, deserialize] = [ownValue(options, "serialize"), ownValue(options, "deserialize")];
  if (typeof name !== "string" || name === "") {
    throw misuse(new TypeError("Cannot register a class without a name: give 'name' in the options"), "INVALID_CLASS");
  }
  requireBoth(name, serialize, deserialize);
  const known = registry.classes.get(name);
  if (known !== undefined) {
    if (known.prototype === prototype) return;
    const message = `Cannot register class '${name}' as another class has that name: give 'name' in the options`;
    throw misuse(new TypeError(message), "DUPLICATE_CLASS");
  }
  if (registry.byPrototype.has(prototype)) {
    const other = registry.byPrototype.get(prototype)!.name;
    const message = `Cannot register class '${name}' as it is already registered as '${other}'`;
    throw misuse(new TypeError(message), "DUPLICATE_CLASS");
  }
  const entry = { name, prototype, serialize, deserialize } as RegisteredClass;
  registry.classes.set(name, entry);
  registry.byPrototype.set(prototype, entry);
  registry.version++;
}

function requireBoth(name: string, serialize: unknown, deserialize: unknown): void {
  const kinds = [typeof serialize, typeof deserialize];
  if (kinds[0] === kinds[1] && (kinds[0] === "function" || kinds[0] === "undefined")) return;
  const message =
    `Cannot register class '${name}' as 'serialize' and 'deserialize' must both be functions, or neither` +
    `: received ${join(kinds, " and ")}`;
  throw misuse(new TypeError(message), "INVALID_CLASS");
}

/**
 * Adds a serialization format. Both sides must run it. A result of `undefined` does not reach the
 * codec: it crosses by itself.
 *
 * @param name Name of the format, for the `serialization` option.
 * @param codec Turns values into bytes and back.
 * @throws {TypeError} If the name is taken or the codec lacks a method.
 * @example Usage
 * ```ts ignore
 * import { createPool, isMain, registerCodec } from "@multicore/multicore";
 *
 * registerCodec("date", {
 *   encode: (value) => new TextEncoder().encode((value as Date).toISOString()),
 *   decode: (bytes) => new Date(new TextDecoder().decode(bytes)),
 * });
 *
 * export function newYear(year: number): Date {
 *   return new Date(Date.UTC(year, 0));
 * }
 *
 * if (isMain) {
 *   const pool = createPool({ modules: [import.meta.url] });
 *   const date = await pool.with({ serialization: { result: "date" } }).run(newYear, 2030);
 *   console.log(date.toISOString()); // 2030-01-01T00:00:00.000Z
 *   await pool.close();
 * }
 * ```
 */
export function registerCodec(name: string, codec: CustomCodec): void {
  requireName("codec", name);
  requireMethods(`codec '${name}'`, codec, ["encode", "decode"]);
  const known = registry.codecs.get(name);
  if (known === codec) return;
  if (known !== undefined || includes(FORMATS, name)) {
    throw misuse(new TypeError(`Cannot register codec '${name}' as that name is taken`), "DUPLICATE_CODEC");
  }
  registry.codecs.set(name, codec);
}

/**
 * Adds a transformer to the format `superjson`. Both sides must run it.
 *
 * @param name Name of the transformer between threads.
 * @param transformer Recognises values and turns them into JSON-compatible data and back.
 * @throws {TypeError} If the name is taken or the transformer lacks a method.
 * @example Usage
 * ```ts ignore
 * import { createPool, isMain, registerTransformer } from "@multicore/multicore";
 *
 * class Money {
 *   cents = 0;
 * }
 * registerTransformer("Money", {
 *   isApplicable: (value): value is Money => value instanceof Money,
 *   serialize: (money) => money.cents,
 *   deserialize: (cents: number) => Object.assign(new Money(), { cents }),
 * });
 *
 * export function double(money: Money): Money {
 *   return Object.assign(new Money(), { cents: 2 * money.cents });
 * }
 *
 * if (isMain) {
 *   const pool = createPool({ modules: [import.meta.url] });
 *   const paid = await pool.with({ serialization: "superjson" }).run(double, Object.assign(new Money(), { cents: 21 }));
 *   console.log(paid instanceof Money, paid.cents); // true 42
 *   await pool.close();
 * }
 * ```
 */
export function registerTransformer<T, J>(name: string, transformer: Transformer<T, J>): void {
  requireName("transformer", name);
  requireMethods(`transformer '${name}'`, transformer, ["isApplicable", "serialize", "deserialize"]);
  const known = registry.transformers.get(name);
  if (known === transformer as unknown) return;
  if (known !== undefined) {
    throw misuse(new TypeError(`Cannot register transformer '${name}' as that name is taken`), "DUPLICATE_TRANSFORMER");
  }
  registry.transformers.set(name, transformer as unknown as Transformer);
  registry.version++;
}

function requireName(what: string, name: unknown): void {
  if (typeof name === "string" && name !== "") return;
  const received = typeof name === "string" ? "an empty string" : typeof name;
  throw misuse(
    new TypeError(`Cannot register a ${what} as its name must be a string: received ${received}`),
    "INVALID_NAME",
  );
}

function requireMethods(what: string, value: unknown, methods: readonly string[]): void {
  for (const method of methods) {
    if (typeof (value as Record<string, unknown> | null | undefined)?.[method] === "function") continue;
    throw misuse(new TypeError(`Cannot register ${what} as '${method}' must be a function`), "INVALID_CODEC");
  }
}

/** Whether a format can be used on this thread. */
export function isFormat(name: unknown): name is Format {
  return typeof name === "string" && (includes(FORMATS, name) || registry.codecs.has(name));
}

/** The class that a value's prototype is registered as. */
export function registeredClass(prototype: object | null): RegisteredClass | undefined {
  return prototype === null ? undefined : registry.byPrototype.get(prototype);
}
