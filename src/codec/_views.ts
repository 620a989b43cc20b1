/**
 * Typed arrays, DataViews and Buffers: which part of which memory they show, and how one is made anew.
 *
 * @module
 */

import { apply, ArrayBuffer, DataView, Object, Reflect, SafeMap, Symbol, Uint8Array } from "../captured.ts";
import { VIEW_TYPES } from "./_tags.ts";

/** Parts of resizable buffers that `lib` does not know everywhere. */
export interface Resizable {
  readonly resizable?: boolean;
  readonly growable?: boolean;
  readonly maxByteLength: number;
  resize(length: number): void;
}

type Getter = (this: unknown) => never;

/** A getter of the language, since an object may have a property of that name. */
export function getter(prototype: object, key: PropertyKey): Getter {
  return Object.getOwnPropertyDescriptor(prototype, key)!.get! as Getter;
}

function rangeGetters(prototype: object): { buffer: Getter; offset: Getter; length: Getter } {
  const [buffer, offset, length] = ["buffer", "byteOffset", "byteLength"].map((key) => getter(prototype, key));
  return { buffer: buffer!, offset: offset!, length: length! };
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const nameOf = getter(typedArray, Symbol.toStringTag);
const { keys: keysOf, subarray } = typedArray;
const OF_ARRAY = rangeGetters(typedArray);
const OF_DATA_VIEW = rangeGetters(DataView.prototype);
const GLOBALS = globalThis as unknown as Record<string, { BYTES_PER_ELEMENT?: number } | undefined>;
const SIZES = new SafeMap(VIEW_TYPES.map((name) => [name, GLOBALS[name]?.BYTES_PER_ELEMENT]));

/** What a view covers. */
export interface Range {
  /** The type of the view. */
  readonly name: string;
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly elementSize: number;
}

/** What a view covers; one that lost its memory has no bytes, or throws. */
export function rangeOf(view: ArrayBufferView, name: string): Range {
  const { buffer, offset, length } = name === "DataView" ? OF_DATA_VIEW : OF_ARRAY;
  return {
    name,
    buffer: apply(buffer, view, []),
    byteOffset: apply(offset, view, []),
    byteLength: apply(length, view, []),
    elementSize: SIZES.get(name) ?? 1,
  };
}

/** The type of a view by its brand, such as `"Float64Array"`. */
export function viewType(view: ArrayBufferView): string {
  return apply(nameOf, view, []) as string | undefined ?? "DataView";
}

/** Whether a value is a Uint8Array or a subclass of it, such as Buffer, of this realm or another. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && viewType(value) === "Uint8Array";
}

/** Whether a view of length 0 has lost its memory: the buffer is detached or was shrunk. */
export function isDead(view: ArrayBufferView): boolean {
  try {
    if (viewType(view) === "DataView") return (apply(OF_DATA_VIEW.length, view, []) as number) < 0;
    apply(keysOf, view, []);
    return false;
  } catch {
    return true;
  }
}

/**
 * Whether a view follows the length of its buffer. The language does not tell, but a typed array that
 * does gives `subarray`'s species no length. For a DataView, and an array that takes no properties, a
 * resizable buffer is resized for a moment. Where that cannot be (growable shared memory, no room), a
 * view that ends with its buffer counts as one that follows.
 */
export function tracksLength(view: ArrayBufferView, range: Range): boolean {
  const buffer = range.buffer as unknown as Resizable & ArrayBuffer;
  if (!buffer.resizable && !buffer.growable) return false;
  const { name, byteOffset, byteLength, elementSize } = range;
  const size = buffer.byteLength;
  if (size - byteOffset - byteLength >= elementSize) return false;
  const told = name === "DataView" ? undefined : toldBySpecies(view as Uint8Array);
  if (told !== undefined) return told;
  if (buffer.growable) return true;
  if (buffer.maxByteLength - size >= elementSize) {
    buffer.resize(size + elementSize);
    const follows = rangeOf(view, name).byteLength !== byteLength;
    buffer.resize(size);
    return follows;
  }
  // Nobody could tell the two apart, as the buffer never has room for an element.
  if (byteLength === 0) return false;
  const tail = new Uint8Array(buffer).slice(size - elementSize);
  buffer.resize(size - elementSize);
  // A view of fixed length would be out of bounds now.
  const follows = !isDead(view);
  buffer.resize(size);
  new Uint8Array(buffer).set(tail, size - elementSize);
  return follows;
}

function toldBySpecies(view: Uint8Array): boolean | undefined {
  const own = Object.getOwnPropertyDescriptor(view, "constructor");
  let follows: boolean | undefined;
  const species = function (_buffer: unknown, _offset: unknown, length: unknown): never {
    follows = length === undefined;
    throw follows; // no view is needed
  };
  const value = { [Symbol.species]: species };
  if (!Reflect.defineProperty(view, "constructor", { value, configurable: true })) return undefined;
  try {
    apply(subarray, view, [0]);
  } catch {
    // Told, or out of bounds.
  }
  if (own === undefined) Reflect.deleteProperty(view, "constructor");
  else Object.defineProperty(view, "constructor", own);
  return follows;
}

/** What makes a view. */
export type ViewConstructor = new (buffer: ArrayBufferLike, offset: number, length?: number) => ArrayBufferView;

/**
 * A view that follows the length of its resizable buffer. Node 20 makes one only where whole elements
 * fit, so there the buffer is cut for a moment; growable memory cannot be, and gets a view of fixed length.
 */
export function trackingView(View: ViewConstructor, buffer: ArrayBufferLike, offset: number): ArrayBufferView {
  const resizable = buffer as unknown as Resizable & ArrayBuffer;
  const elementSize = (View as unknown as Uint8ArrayConstructor).BYTES_PER_ELEMENT ?? 1;
  const rest = (buffer.byteLength - offset) % elementSize;
  try {
    return new View(buffer, offset);
  } catch (error) {
    if (rest <= 0 || !(resizable.resizable || resizable.growable)) throw error;
  }
  const size = buffer.byteLength;
  if (!resizable.resizable) return new View(buffer, offset, (size - rest - offset) / elementSize);
  const tail = new Uint8Array(buffer).slice(size - rest);
  resizable.resize(size - rest);
  try {
    return new View(buffer, offset);
  } finally {
    resizable.resize(size);
    new Uint8Array(buffer).set(tail, size - rest);
  }
}
