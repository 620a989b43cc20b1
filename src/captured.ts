/**
 * Globals and methods as they were when this module was imported. A program may replace, patch or freeze its globals later,
 * as fake timers, polyfills and security tools do: what the library needs so that no task hangs and no value changes is
 * taken from here, under the names of the globals.
 *
 * @module
 */

const global: typeof globalThis = globalThis;
const array: ArrayConstructor = global.Array;
const atomics: Atomics = global.Atomics;
const json: JSON = global.JSON;
const math: Math = global.Math;
const object: ObjectConstructor = global.Object;
const reflect: typeof global.Reflect = global.Reflect;
const hasOwn: typeof object.hasOwn = object.hasOwn;
const RealMap: MapConstructor = global.Map;
const RealPromise: PromiseConstructor = global.Promise;
const RealSet: SetConstructor = global.Set;
const RealWeakMap: WeakMapConstructor = global.WeakMap;

/** `Reflect.apply`: `fn.call` and `fn.apply` would be looked up in `Function.prototype`. */
export const apply: typeof global.Reflect.apply = reflect.apply;

/** The functions of `Reflect` that are used. */
export const Reflect: Pick<typeof global.Reflect, "defineProperty" | "deleteProperty"> = {
  defineProperty: reflect.defineProperty,
  deleteProperty: reflect.deleteProperty,
};

/** `Function.prototype.toString`, for `apply`. */
export const sourceOf: () => string = global.Function.prototype.toString;
const hasInstance = global.Function.prototype[global.Symbol.hasInstance];

/** `value instanceof Class`, whatever `Class[Symbol.hasInstance]` says. */
// deno-lint-ignore no-explicit-any
export function isInstance<T>(value: unknown, Class: abstract new (...args: any) => T): value is T {
  return apply(hasInstance, Class, [value]);
}

/** `Object.prototype.toString`, for `apply`. */
export const tagOf: () => string = object.prototype.toString;
/** `Object.prototype.propertyIsEnumerable`, for `apply`. */
export const isEnumerable: (key: PropertyKey) => boolean = object.prototype.propertyIsEnumerable;

/** The global `queueMicrotask`. */
export const queueMicrotask: (fn: () => void) => void = global.queueMicrotask;
/** The global `structuredClone`. */
export const structuredClone: typeof global.structuredClone = global.structuredClone;

/** Operations on shared memory. */
export const Atomics: Pick<
  Atomics,
  "add" | "compareExchange" | "load" | "notify" | "store" | "wait" | "waitAsync"
> = {
  add: atomics.add,
  compareExchange: atomics.compareExchange,
  load: atomics.load,
  notify: atomics.notify,
  store: atomics.store,
  wait: atomics.wait,
  waitAsync: atomics.waitAsync,
};

/** The functions of `Math` that are used. */
export const Math: Pick<Math, "abs" | "ceil" | "clz32" | "exp" | "floor" | "log2" | "max" | "min" | "round"> = {
  abs: math.abs,
  ceil: math.ceil,
  clz32: math.clz32,
  exp: math.exp,
  floor: math.floor,
  log2: math.log2,
  max: math.max,
  min: math.min,
  round: math.round,
};

/** `Number`, called. */
export const toNumber: (value: unknown) => number = global.Number;
/** The functions of `Number` that are used. */
export const Number: Pick<
  NumberConstructor,
  "isFinite" | "isInteger" | "isNaN" | "isSafeInteger" | "MAX_SAFE_INTEGER" | "MIN_VALUE"
> = {
  isFinite: global.Number.isFinite,
  isInteger: global.Number.isInteger,
  isNaN: global.Number.isNaN,
  isSafeInteger: global.Number.isSafeInteger,
  MAX_SAFE_INTEGER: global.Number.MAX_SAFE_INTEGER,
  MIN_VALUE: global.Number.MIN_VALUE,
};

/** `String`, called. */
export const toText: (value: unknown) => string = global.String;
/** `String.fromCharCode`. */
export const fromCharCode: typeof String.fromCharCode = global.String.fromCharCode;

/** The well-known symbols that are looked up at run time. */
export const Symbol: Pick<SymbolConstructor, "iterator" | "species" | "toStringTag"> = {
  iterator: global.Symbol.iterator,
  species: global.Symbol.species,
  toStringTag: global.Symbol.toStringTag,
};

/** The text format. */
export const JSON: Pick<JSON, "parse" | "stringify"> = { parse: json.parse, stringify: json.stringify };

/** `BigInt`, called. */
export const toBigInt: (text: string) => bigint = global.BigInt;
/** The global `parseInt`. */
export const parseInt: (text: string, radix: number) => number = global.parseInt;

/** `Object`, called. */
export const toObject: (value: unknown) => object = object;
/** The functions of `Object` that are used. */
export const Object: Pick<
  ObjectConstructor,
  | "assign"
  | "create"
  | "defineProperty"
  | "entries"
  | "freeze"
  | "fromEntries"
  | "getOwnPropertyDescriptor"
  | "getOwnPropertyDescriptors"
  | "getOwnPropertyNames"
  | "getOwnPropertySymbols"
  | "getPrototypeOf"
  | "hasOwn"
  | "is"
  | "keys"
  | "prototype"
  | "setPrototypeOf"
  | "values"
> = {
  assign: object.assign,
  create: object.create,
  defineProperty: object.defineProperty,
  entries: object.entries,
  freeze: object.freeze,
  fromEntries: object.fromEntries,
  getOwnPropertyDescriptor: object.getOwnPropertyDescriptor,
  getOwnPropertyDescriptors: object.getOwnPropertyDescriptors,
  getOwnPropertyNames: object.getOwnPropertyNames,
  getOwnPropertySymbols: object.getOwnPropertySymbols,
  getPrototypeOf: object.getPrototypeOf,
  hasOwn: object.hasOwn,
  is: object.is,
  keys: object.keys,
  prototype: object.prototype,
  setPrototypeOf: object.setPrototypeOf,
  values: object.values,
};

/** A property of the object itself, not of its prototypes. */
export function ownValue<T extends object, K extends keyof T>(holder: T, key: K): T[K] | undefined {
  return hasOwn(holder, key) ? holder[key] : undefined;
}

/** `Array.from`. */
export const arrayFrom: typeof array.from = array.from.bind(array);
/** The other functions of `Array` that are used. */
export const Array: Pick<ArrayConstructor, "isArray" | "prototype"> = {
  isArray: array.isArray,
  prototype: array.prototype,
};

/** The class of promises; what hangs on it is below. */
export const Promise: PromiseConstructor = RealPromise;
/** `Promise.prototype.then`. */
export const nativeThen: PromiseLike<unknown>["then"] = RealPromise.prototype.then;

/** Whether a value is a promise of this realm, and of no class derived from it. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && object.getPrototypeOf(value) === RealPromise.prototype;
}

/** A promise to be given to a `resolve`, which looks up `then`: that of the promise itself, should the method be replaced. */
export function toFollow<T>(promise: Promise<T>): Promise<T> {
  if (promise.then !== nativeThen) object.defineProperty(promise, "then", { value: nativeThen });
  return promise;
}

/** `promise.then`, of a promise of this realm. */
export function promiseThen<T, R = T, E = R>(
  promise: Promise<T>,
  fulfilled?: (value: T) => R | PromiseLike<R>,
  rejected?: (reason: unknown) => E | PromiseLike<E>,
): Promise<R | E> {
  return apply(nativeThen as typeof promise.then, promise, [fulfilled, rejected]);
}

/** `Promise.resolve`. */
export const promiseResolve: <T = void>(value?: T | PromiseLike<T>) => Promise<Awaited<T>> = RealPromise.resolve.bind(
  RealPromise,
);
/** `Promise.reject`. */
export const promiseReject: (reason: unknown) => Promise<never> = RealPromise.reject.bind(RealPromise);

/** `Promise.all`, of what may be promises of this realm. */
export function promiseAll<T extends readonly unknown[]>(values: readonly [...T]): Promise<AwaitedAll<T>> {
  return new RealPromise((resolve, reject) => {
    const results: unknown[] = [];
    let left = results.length = values.length;
    const settle = (index: number) => (value: unknown): void => {
      results[index] = value;
      if (--left === 0) resolve(results as AwaitedAll<T>);
    };
    if (left === 0) resolve(results as AwaitedAll<T>);
    for (let i = 0; i < values.length; i++) promiseThen(promiseResolve(values[i]), settle(i), reject);
  });
}

type AwaitedAll<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/** `Promise.race`, of promises of this realm. */
export function promiseRace<T>(promises: readonly Promise<T>[]): Promise<T> {
  return new RealPromise((resolve, reject) => {
    for (let i = 0; i < promises.length; i++) promiseThen(promises[i]!, resolve, reject);
  });
}

/** Classes of the globals, should they be replaced; what hangs on their prototypes stays as the program has it. */
export const AbortController: typeof global.AbortController = global.AbortController;
export const AbortSignal: typeof global.AbortSignal = global.AbortSignal;
export const AggregateError: AggregateErrorConstructor = global.AggregateError;
export const DOMException: typeof global.DOMException = global.DOMException;
export const Error: ErrorConstructor = global.Error;
export const RangeError: RangeErrorConstructor = global.RangeError;
export const ReferenceError: ReferenceErrorConstructor = global.ReferenceError;
export const TypeError: TypeErrorConstructor = global.TypeError;
export const MessagePort: typeof global.MessagePort = global.MessagePort;
export const URL: typeof global.URL = global.URL;
export const ArrayBuffer: typeof global.ArrayBuffer = global.ArrayBuffer;
export const DataView: typeof global.DataView = global.DataView;
export const FinalizationRegistry: typeof global.FinalizationRegistry = global.FinalizationRegistry;
export const Date: typeof global.Date = global.Date;
export const Float64Array: typeof global.Float64Array = global.Float64Array;
export const Int32Array: typeof global.Int32Array = global.Int32Array;
export const Map: MapConstructor = RealMap;
export const MessageChannel: typeof global.MessageChannel = global.MessageChannel;
export const RegExp: typeof global.RegExp = global.RegExp;
export const Set: SetConstructor = RealSet;
export const SharedArrayBuffer: typeof global.SharedArrayBuffer = global.SharedArrayBuffer;
export const TextDecoder: typeof global.TextDecoder = global.TextDecoder;
export const TextEncoder: typeof global.TextEncoder = global.TextEncoder;
export const Uint8Array: typeof global.Uint8Array = global.Uint8Array;
export const Uint16Array: typeof global.Uint16Array = global.Uint16Array;
export const Uint32Array: typeof global.Uint32Array = global.Uint32Array;
export const WeakRef: typeof global.WeakRef = global.WeakRef;

/** Gives a class the methods of its parent as its own, where nobody else can replace them. */
function own<C extends { readonly prototype: object }>(Class: C, { prototype }: { readonly prototype: object }): C {
  for (const key of reflect.ownKeys(prototype)) {
    if (key === "constructor") continue;
    object.defineProperty(Class.prototype, key, object.getOwnPropertyDescriptor(prototype, key)!);
  }
  return Class;
}

const realSet = RealMap.prototype.set;
const realAdd = RealSet.prototype.add;

/** Adds an entry to a map of the program's; the method is called as such where it is still itself, which is faster. */
export function setEntry(map: Map<unknown, unknown>, key: unknown, value: unknown): void {
  if (map.set === realSet) map.set(key, value);
  else apply(realSet, map, [key, value]);
}

/** Adds an item to a set of the program's. */
export function addItem(set: Set<unknown>, item: unknown): void {
  if (set.add === realAdd) set.add(item);
  else apply(realAdd, set, [item]);
}

/** A `Map` of the library's own; not to be handed to the program. */
export const SafeMap: MapConstructor = own(class SafeMap<K, V> extends RealMap<K, V> {}, RealMap);
/** A `Set` of the library's own. */
export const SafeSet: SetConstructor = own(class SafeSet<T> extends RealSet<T> {}, RealSet);
/** A `WeakMap` of the library's own. */
export const SafeWeakMap: WeakMapConstructor = own(
  class SafeWeakMap<K extends WeakKey, V> extends RealWeakMap<K, V> {},
  RealWeakMap,
);

/** What `subarray` gives, of memory that a replaced `subarray` must not see: the arguments of all tasks of a pool, say. */
export function viewOf(bytes: Uint8Array, start: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
}
