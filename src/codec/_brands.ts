/**
 * What an object is, by the internal brand that neither prototypes nor `Symbol.toStringTag` can fake. The encoder
 * decides by it how an object crosses, or why it cannot.
 *
 * @module
 */

import {
  apply,
  ArrayBuffer,
  Date,
  DOMException,
  isInstance,
  MessagePort,
  Object,
  SafeMap,
  SafeWeakMap,
  Symbol,
} from "../captured.ts";
import type { BrandChecks, NodeBufferClass } from "../adapter.ts";
import { SerializationError } from "../errors.ts";
import { className } from "./describe.ts";
import { wasmBrand } from "./_wasm.ts";
import { errorClassOf, isNative } from "./_error_classes.ts";

/** What an object is, by its internal brand. Other text names something that cannot cross. */
export type Brand =
  | "object"
  | "date"
  | "regexp"
  | "map"
  | "set"
  | "error"
  | "dom_exception"
  | "boxed"
  | "buffer"
  | "shared"
  | "view"
  | "port"
  | "module"
  | "memory"
  | { readonly refused: string };

/** Objects of a runtime or of the language that have no meaning in another thread. */
const PLATFORM = (
  "URL URLSearchParams URLPattern Headers Request Response FormData Blob File FileList Event EventTarget CustomEvent MessageEvent " +
  "AbortController AbortSignal ReadableStream WritableStream TransformStream ReadableStreamDefaultReader " +
  "ReadableStreamBYOBReader WritableStreamDefaultWriter CompressionStream DecompressionStream TextDecoderStream " +
  "TextEncoderStream TextEncoder TextDecoder MessageChannel BroadcastChannel Worker SharedWorker WebSocket EventSource CryptoKey Crypto " +
  "SubtleCrypto Storage Cache CacheStorage Performance PerformanceEntry PerformanceObserver Navigator ImageData " +
  "ImageBitmap WeakMap WeakSet WeakRef FinalizationRegistry Promise Iterator DisposableStack AsyncDisposableStack"
).split(" ");

const UNBOXINGS: readonly (() => unknown)[] = [Number, String, Boolean, BigInt, globalThis.Symbol].map((type) =>
  type.prototype.valueOf
);
const dateOf = Date.prototype.getTime;
const nameOf = (globalThis as { DOMException?: { prototype: object } }).DOMException === undefined
  ? undefined
  : Object.getOwnPropertyDescriptor(DOMException.prototype, "name")?.get;

/** Whether a getter or method that only works on its own brand accepts the value. */
function accepts(method: ((this: never) => unknown) | undefined, value: object): boolean {
  if (method === undefined) return false;
  try {
    apply(method, value, []);
    return true;
  } catch {
    return false;
  }
}

/** Whether the value is a DOMException of this runtime; slow where it is none. */
export function isDOMException(value: object): boolean {
  return accepts(nameOf, value);
}

function prototypes(): Map<object, string> {
  const found = new SafeMap<object, string>();
  const add = (name: string, holder: object) => {
    try {
      const prototype = (holder as Record<string, { prototype?: unknown } | undefined>)[name]?.prototype;
      // Bun's File has the prototype of Blob.
      if (typeof prototype === "object" && prototype !== null && !found.has(prototype)) found.set(prototype, name);
    } catch {
      // A global that cannot be read has no instances here.
    }
  };
  for (const name of PLATFORM) add(name, globalThis);
  for (const space of ["Intl", "WebAssembly", "Temporal"]) {
    const holder = (globalThis as Record<string, unknown>)[space];
    if (typeof holder !== "object" || holder === null) continue;
    for (const name of Object.getOwnPropertyNames(holder)) add(name, holder);
  }
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  found.set(iterator, "iterator");
  found.set(
    Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})()))),
    "async iterator",
  );
  found.delete(Object.prototype);
  return found;
}

/** What a prototype says of its objects, if nothing on its chain answers as it likes. */
interface Kind {
  /** The platform class on its chain. */
  readonly platform: string | undefined;
  /** Whether a built-in class of errors is on its chain, of this realm or another. */
  readonly isError: boolean;
  readonly isDOMException: boolean;
  readonly isPort: boolean;
}

const PLAIN: Kind = { platform: undefined, isError: false, isDOMException: false, isPort: false };

/** Tells brands; one a codec. */
export class Classifier {
  readonly #checks: BrandChecks;
  #byPrototype: WeakMap<object, Kind> = new SafeWeakMap();
  /** Made at the first object that is not plain. */
  #platform: Map<object, string> | null = null;

  /** Node's class of byte arrays. */
  readonly nodeBuffer: NodeBufferClass | undefined;

  constructor(checks: BrandChecks, nodeBuffer: NodeBufferClass | undefined) {
    this.#checks = checks;
    this.nodeBuffer = nodeBuffer;
  }

  isProxy(value: object): boolean {
    return this.#checks.isProxy(value);
  }

  /** Told from plain objects by nothing but the brand. */
  isArguments(value: object): boolean {
    return this.#checks.isArgumentsObject(value);
  }

  /** The brand of an object that is not a Proxy and not an array. */
  brand(value: object): Brand {
    const checks = this.#checks;
    if (ArrayBuffer.isView(value)) return "view";
    if (checks.isMap(value)) return "map";
    if (checks.isSet(value)) return "set";
    if (checks.isDate(value)) return "date";
    const kind = this.#kind(Object.getPrototypeOf(value));
    if (kind.isDOMException && isDOMException(value)) return "dom_exception";
    if (checks.isNativeError(value)) return "error";
    if (checks.isRegExp(value)) return "regexp";
    if (checks.isArrayBuffer(value)) return "buffer";
    if (checks.isSharedArrayBuffer(value)) return "shared";
    if (checks.isBoxedPrimitive(value)) return "boxed";
    if (kind.isPort && isPort(value)) return "port";
    if (checks.isPromise(value)) return { refused: "Promise" };
    if (checks.isWeakMap(value)) return { refused: "WeakMap" };
    if (checks.isWeakSet(value)) return { refused: "WeakSet" };
    if (checks.isGeneratorObject(value)) return { refused: "generator" };
    if (checks.isModuleNamespaceObject(value)) return { refused: "module namespace" };
    if (checks.isArgumentsObject(value)) return { refused: "arguments object" };
    // What old-style classes make is an error by its prototype only.
    if (kind.isError) return "error";
    const { platform } = kind;
    if (platform === undefined) return "object";
    const isWasm = platform === "Module" || platform === "Memory";
    return (isWasm ? wasmBrand(value) : undefined) ?? { refused: platform };
  }

  #kind(prototype: object | null): Kind {
    if (prototype === null || prototype === Object.prototype) return PLAIN;
    const known = this.#byPrototype.get(prototype);
    if (known !== undefined) return known;
    const table = this.#platform ??= prototypes();
    let platform: string | undefined;
    let [isError, isDOMException, isPort] = [false, false, false];
    for (let at: object | null = prototype, i = 0; at !== null && i < 100; at = Object.getPrototypeOf(at), i++) {
      // A Proxy on the chain could answer anything, at any length.
      if (this.#checks.isProxy(at)) break;
      isError ||= errorClassOf(at) !== undefined;
      isDOMException ||= typeof DOMException === "function" && at === DOMException.prototype;
      isPort ||= typeof MessagePort === "function" && at === MessagePort.prototype;
      platform ??= table.get(at) ?? this.#unlisted(at, table);
    }
    const kind = { platform, isError, isDOMException, isPort };
    this.#byPrototype.set(prototype, kind);
    return kind;
  }

  /** The class of the platform that no global leads to. */
  #unlisted(prototype: object, listed: ReadonlyMap<object, string>): string | undefined {
    if (Object.hasOwn(prototype, "containing") && isSegments(prototype)) return "Segments";
    const name = Object.hasOwn(prototype, "constructor") ? className(prototype) : undefined;
    if (name === undefined) return undefined;
    if (this.#checks.isPlatformClass(prototype, name)) return name;
    // One of another realm has the same name.
    return isNative(prototype) && [...listed.values()].includes(name) ? name : undefined;
  }
}

/** Whether this is the prototype of what `Intl.Segmenter` gives, which has no constructor. */
function isSegments(prototype: object): boolean {
  return typeof Intl.Segmenter === "function" && Object.getPrototypeOf(new Intl.Segmenter().segment("")) === prototype;
}

/** Whether the value is a MessagePort. */
export function isPort(value: unknown): boolean {
  return typeof MessagePort === "function" && isInstance(value, MessagePort) && value !== MessagePort.prototype;
}

/** The time in a Date, whatever its methods were replaced by. */
export function timeOf(date: object): number {
  return apply(dateOf, date, []);
}

/** The primitive in a boxed primitive, or the error for a boxed symbol. */
export function unbox(box: object): unknown {
  for (const valueOf of UNBOXINGS) {
    try {
      return apply(valueOf, box, []);
    } catch {
      // Another type's box.
    }
  }
  throw new SerializationError("Cannot send a boxed value of an unknown type", "");
}
