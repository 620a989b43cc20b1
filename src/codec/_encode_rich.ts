/**
 * Writes what is rarer than numbers, strings, arrays and plain objects, and says why a value cannot cross. Handed to
 * the encoder, which so does not import it.
 *
 * @module
 */

import { apply, Array, Map, Math, Object, parseInt, RegExp, Set } from "../captured.ts";
import { indexOf, push } from "../lists.ts";
import { isPort, timeOf, unbox } from "./_brands.ts";
import type { Brand } from "./_brands.ts";
import { isDetached } from "./_buffers.ts";
import { writeDOMException, writeError } from "./_encode_error.ts";
import type { Encoder } from "./_encoder.ts";
import { isNodeBuffer } from "./_node_buffer.ts";
import * as tags from "./_tags.ts";
import { isDead, rangeOf, tracksLength, viewType } from "./_views.ts";
import { registeredClass, registry } from "./registry.ts";
import type { RegisteredClass } from "./registry.ts";

const sourceOf = Object.getOwnPropertyDescriptor(RegExp.prototype, "source")!.get!;
const flagsOf = Object.getOwnPropertyDescriptor(RegExp.prototype, "flags")!.get!;
const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;

/** Why these cannot cross, and what to do instead. */
const ADVICE: Readonly<Record<string, string>> = {
  function: "mark a callback with proxy(), or export the function from a module that the worker loads",
  symbol: "symbols are unique to a thread, send a string",
  port: "list it in transfer()",
  detached: "its memory was transferred away",
  dead: "its memory was transferred away, or its buffer was resized below it",
  Promise: "await it first",
  Memory: "make it with 'shared: true', or send the bytes of its buffer",
  Instance: "send the WebAssembly.Module, and make the instance in the task",
  Blob: "send its bytes, as in new Uint8Array(await blob.arrayBuffer())",
  File: "send its name and its bytes, as in new Uint8Array(await file.arrayBuffer())",
  URL: "send its href",
  URLSearchParams: "send its toString()",
  Headers: "send its entries as an array",
  AbortSignal: "give it as the 'signal' of the call, and use taskSignal() in the task",
};
const DEFAULT_ADVICE = "it has no meaning in another thread, send the data it holds";

/** Writes a value that is not a plain object or array with a number already, nor a simple primitive. */
export function writeRich(encoder: Encoder, value: unknown): void {
  switch (typeof value) {
    case "bigint":
      return writeBigInt(encoder, value);
    case "function":
      if (registry.proxied.has(value) && !encoder.lenient) {
        encoder.byte(tags.PROXY);
        let position = encoder.moving.get(value);
        if (position === undefined) {
          const port = encoder.callbacks.open(value as (...args: unknown[]) => unknown, encoder.scopes ??= []);
          position = push(encoder.attachments, { kind: "port", port }) - 1;
          encoder.moving.set(value, position);
        }
        return encoder.varint(position);
      }
      return encoder.refuse(value, ADVICE["function"]!);
    case "symbol":
      return encoder.refuse(value, ADVICE["symbol"]!);
    default:
      return writeObject(encoder, value as object);
  }
}

function writeBigInt(encoder: Encoder, value: bigint): void {
  const negative = value < 0n;
  const hex = (negative ? -value : value).toString(16);
  const length = (hex.length + 1) >> 1;
  encoder.byte(negative ? tags.NEGATIVE_BIGINT : tags.BIGINT);
  encoder.varint(length);
  encoder.reserve(length);
  for (let end = hex.length; end > 0; end -= 2) {
    encoder.bytes[encoder.position++] = parseInt(hex.slice(Math.max(0, end - 2), end), 16);
  }
}

function writeObject(encoder: Encoder, value: object): void {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const registered = registeredClass(prototype);
  if (registered?.serialize !== undefined) return writeCustom(encoder, value, registered);
  const brand: Brand | "array" = Array.isArray(value) ? "array" : encoder.classifier.brand(value);
  if (registered === undefined || brand === "error") return writeBrand(encoder, value, brand);
  if (brand === "object" || typeof brand === "object") {
    if (encoder.depth >= tags.MAX_DEPTH && encoder.pinned === 0) {
      encoder.byte(tags.DEFERRED);
      encoder.byte(tags.INSTANCE);
      encoder.string(registered.name);
      return encoder.putOff(() => encoder.properties(value));
    }
    if (encoder.depth >= tags.HARD_DEPTH) encoder.tooDeep();
    encoder.byte(tags.INSTANCE);
    encoder.string(registered.name);
    return encoder.properties(value);
  }
  // The built-in value, then the properties that it does not carry by itself.
  encoder.byte(tags.EXTENDED);
  encoder.string(registered.name);
  writeBrand(encoder, value, brand);
  const indexed = brand === "array" || brand === "view" || brand === "boxed";
  const keys = indexed ? [] : Object.keys(value);
  if (keys.length > 0 && encoder.depth >= tags.HARD_DEPTH) encoder.tooDeep();
  encoder.properties(value, keys);
}

/** An instance whose class takes it apart; it cannot be deferred, as its maker needs all the data. */
function writeCustom(encoder: Encoder, value: object, { name, serialize }: RegisteredClass): void {
  if (encoder.depth >= tags.HARD_DEPTH) encoder.tooDeep();
  encoder.byte(tags.CUSTOM);
  encoder.string(name);
  encoder.pinned++;
  encoder.path[encoder.depth++] = { text: ".serialize()" };
  encoder.identities.open(value);
  encoder.write(serialize!(value));
  encoder.identities.close(value);
  encoder.depth--;
  encoder.pinned--;
}

function writeBrand(encoder: Encoder, value: object, brand: Brand | "array"): void {
  if (typeof brand === "object") {
    const { refused } = brand;
    return encoder.refuse(value, ADVICE[refused] ?? DEFAULT_ADVICE, `${article(refused)} ${refused}`);
  }
  switch (brand) {
    case "array":
      if (encoder.defers(tags.LIST, () => encoder.array(value as unknown[]))) return;
      return encoder.array(value as unknown[]);
    case "object":
      if (encoder.defers(tags.OBJECT, () => encoder.properties(value))) return;
      return encoder.properties(value);
    case "map":
      return writeMap(encoder, value as Map<unknown, unknown>);
    case "set":
      return writeSet(encoder, value as Set<unknown>);
    case "date":
      encoder.byte(tags.DATE);
      return encoder.double(timeOf(value));
    case "regexp":
      encoder.byte(tags.REGEXP);
      encoder.string(apply(sourceOf, value, []) as string);
      return encoder.string(apply(flagsOf, value, []) as string);
    case "error":
      return writeError(encoder, value as Error);
    case "dom_exception":
      return writeDOMException(encoder, value as DOMException);
    case "view":
      return writeView(encoder, value as ArrayBufferView);
    case "buffer":
      if (isDetached(value as ArrayBuffer)) return encoder.refuse(value, ADVICE["detached"]!, "an ArrayBuffer");
      encoder.byte(tags.BUFFER);
      return encoder.varint(encoder.buffers.whole(value as ArrayBuffer));
    case "shared":
      encoder.byte(tags.BUFFER);
      return encoder.varint(encoder.buffers.whole(value as SharedArrayBuffer));
    case "port":
      return writePort(encoder, value);
    case "module":
    case "memory": {
      encoder.byte(tags.WASM);
      return encoder.varint(push(encoder.attachments, { kind: "clone", object: value }) - 1);
    }
    case "boxed": {
      const primitive = unbox(value);
      if (typeof primitive === "symbol") return encoder.refuse(value, ADVICE["symbol"]!);
      encoder.byte(tags.BOXED);
      return encoder.write(primitive);
    }
  }
}

/** `an` before a vowel, but for names that begin with a `u` as in URL. */
function article(name: string): string {
  return /^[aeio]/i.test(name) ? "an" : "a";
}

function writeMap(encoder: Encoder, value: Map<unknown, unknown>): void {
  if (encoder.depth < tags.MAX_DEPTH) encoder.byte(tags.MAP);
  else if (encoder.defers(tags.MAP, () => writeEntries(encoder, value))) return;
  else encoder.byte(tags.MAP);
  writeEntries(encoder, value);
}

function writeEntries(encoder: Encoder, value: Map<unknown, unknown>): void {
  // A copy, since a getter may change the map.
  const entries: unknown[] = [];
  apply(mapForEach, value, [(item: unknown, key: unknown) => (push(entries, key), push(entries, item))]);
  encoder.varint(entries.length / 2);
  const depth = encoder.depth++;
  for (let i = 0; i < entries.length; i += 2) {
    const key = entries[i];
    if (!isSimple(key)) encoder.path[depth] = { text: `.keys()[${i / 2}]` };
    encoder.write(key);
    const item = entries[i + 1];
    if (!isSimple(item)) encoder.path[depth] = { key, index: i / 2 };
    encoder.write(item);
  }
  encoder.path[depth] = 0; // lets the last key go
  encoder.depth = depth;
}

/** Whether a value cannot be refused, so that its path is of no use. */
function isSimple(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}

function writeSet(encoder: Encoder, value: Set<unknown>): void {
  const write = () => {
    const items: unknown[] = [];
    apply(setForEach, value, [(item: unknown) => push(items, item)]);
    encoder.varint(items.length);
    const depth = encoder.depth++;
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (!isSimple(item)) encoder.path[depth] = { text: `.values()[${i}]` };
      encoder.write(item);
    }
    encoder.depth = depth;
  };
  if (encoder.defers(tags.SET, write)) return;
  encoder.byte(tags.SET);
  write();
}

function writeView(encoder: Encoder, value: ArrayBufferView): void {
  // A DataView that lost its memory throws when asked for its length.
  const name = viewType(value);
  if (name === "DataView" && isDead(value)) return encoder.refuse(value, ADVICE["dead"]!);
  const range = rangeOf(value, name);
  const { buffer, byteOffset, byteLength, elementSize } = range;
  if (byteLength === 0 && isDead(value)) return encoder.refuse(value, ADVICE["dead"]!);
  const tracking = tracksLength(value, range);
  const type = isNodeBuffer(value, encoder.classifier.nodeBuffer) ? "Buffer" : name;
  encoder.byte(tracking ? tags.TRACKING_VIEW : tags.VIEW);
  encoder.byte(indexOf(tags.VIEW_TYPES, type));
  encoder.varint(encoder.buffers.range(buffer, byteOffset, byteOffset + byteLength, elementSize));
  encoder.varint(byteOffset);
  if (!tracking) encoder.varint(byteLength / elementSize);
}

function writePort(encoder: Encoder, value: object): void {
  const position = encoder.moving.get(value);
  if (position === undefined || !isPort(value)) return encoder.refuse(value, ADVICE["port"]!, "a MessagePort");
  encoder.byte(tags.PORT);
  encoder.varint(position);
}
