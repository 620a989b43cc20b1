/**
 * Reads what is rarer than numbers, strings, arrays and plain objects: dates, maps, typed arrays, instances of
 * registered classes. Handed to the decoder, which so does not import it.
 *
 * @module
 */

import { addItem, Date, Map, Object, RegExp, Set, setEntry, toBigInt, toObject } from "../captured.ts";
import { join, push } from "../lists.ts";
import { SerializationError } from "../errors.ts";
import { describe } from "./describe.ts";
import { readDOMException, readError } from "./_decode_error.ts";
import { wasmBrand } from "./_wasm.ts";
import type { Decoder } from "./_decoder.ts";
import { malformed } from "./_reader.ts";
import * as tags from "./_tags.ts";
import { trackingView, type ViewConstructor } from "./_views.ts";
import { registry } from "./registry.ts";
import type { RegisteredClass } from "./registry.ts";

const VIEWS: readonly (ViewConstructor | undefined)[] = tags.VIEW_TYPES.map((name) =>
  (globalThis as unknown as Record<string, ViewConstructor | undefined>)[name]
);
const BUFFER_TYPE = tags.VIEW_TYPES.indexOf("Buffer");

/** Reads a value that `Decoder.value` does not read itself. */
export function readRich(decoder: Decoder, tag: number): unknown {
  switch (tag) {
    case tags.BIGINT:
      return readBigInt(decoder);
    case tags.NEGATIVE_BIGINT:
      return -readBigInt(decoder);
    case tags.DATE:
      return decoder.add(new Date(decoder.double()));
    case tags.REGEXP:
      return decoder.add(new RegExp(decoder.string(), decoder.string()));
    case tags.MAP:
      return readMap(decoder, decoder.add(new Map()));
    case tags.SET:
      return readSet(decoder, decoder.add(new Set()));
    case tags.BOXED:
      return readBoxed(decoder);
    case tags.BUFFER:
      return decoder.add(bufferAt(decoder).buffer);
    case tags.VIEW:
      return readView(decoder, false);
    case tags.TRACKING_VIEW:
      return readView(decoder, true);
    case tags.ERROR:
      return readError(decoder, false);
    case tags.DOM_EXCEPTION:
      return readDOMException(decoder);
    case tags.INSTANCE: {
      const instance = newInstance(decoder);
      decoder.properties(instance);
      return instance;
    }
    case tags.CUSTOM:
      return readCustom(decoder);
    case tags.EXTENDED:
      return readExtended(decoder);
    case tags.DEFERRED:
      return readDeferred(decoder);
    case tags.PORT:
      return decoder.add(portAt(decoder));
    case tags.PROXY:
      return decoder.callbacks.wrap(portAt(decoder), decoder.scopes ??= []);
    case tags.WASM:
      return decoder.add(wasmAt(decoder));
    case tags.STAND_IN:
      return readStandIn(decoder);
    default:
      throw malformed("a tag is unknown");
  }
}

function readBigInt(decoder: Decoder): bigint {
  const bytes = decoder.take(decoder.count(1));
  if (bytes.length === 0) throw malformed("a number is empty");
  const digits: string[] = [];
  for (let i = bytes.length - 1; i >= 0; i--) push(digits, bytes[i]!.toString(16).padStart(2, "0"));
  return toBigInt(`0x${join(digits, "")}`);
}

function readMap(decoder: Decoder, map: Map<unknown, unknown>): Map<unknown, unknown> {
  decoder.enter();
  for (let left = decoder.count(2); left > 0; left--) {
    const key = decoder.value(decoder.byte());
    setEntry(map, key, decoder.value(decoder.byte()));
  }
  decoder.depth--;
  return map;
}

function readSet(decoder: Decoder, set: Set<unknown>): Set<unknown> {
  decoder.enter();
  for (let left = decoder.count(1); left > 0; left--) addItem(set, decoder.value(decoder.byte()));
  decoder.depth--;
  return set;
}

function readBoxed(decoder: Decoder): object {
  const number = push(decoder.objects, undefined) - 1;
  const primitive = decoder.value(decoder.byte());
  if (primitive === null || typeof primitive === "object" || typeof primitive === "undefined") {
    throw malformed("a primitive is expected");
  }
  return decoder.objects[number] = toObject(primitive);
}

/** Text in place of an object that could not cross; it keeps the object's number. */
function readStandIn(decoder: Decoder): unknown {
  const text = decoder.string();
  push(decoder.objects, toObject(text));
  return text;
}

function bufferAt(decoder: Decoder): Decoder["buffers"][number] {
  const buffer = decoder.buffers[decoder.varint()];
  if (buffer === undefined) throw malformed("a buffer is missing");
  return buffer;
}

function readView(decoder: Decoder, tracking: boolean): ArrayBufferView {
  const type = decoder.byte();
  const { buffer, start } = bufferAt(decoder);
  const offset = decoder.varint() - start;
  const length = tracking ? undefined : decoder.varint();
  if (offset < 0) throw malformed("a view begins before its buffer");
  const nodeBuffer = type === BUFFER_TYPE ? decoder.nodeBuffer : undefined;
  if (nodeBuffer !== undefined) {
    if (offset + (length ?? 0) > buffer.byteLength) throw malformed("a view ends after its buffer");
    return decoder.add(nodeBuffer.from(buffer, offset, length));
  }
  const View = type === BUFFER_TYPE ? Uint8Array : VIEWS[type];
  if (View === undefined || type > BUFFER_TYPE) {
    const name = tags.VIEW_TYPES[type];
    if (name === undefined) throw malformed("a view is of an unknown type");
    throw new SerializationError(`Cannot decode the message as this runtime has no ${name}`, "");
  }
  if (tracking) return decoder.add(trackingView(View, buffer, offset));
  return decoder.add(new View(buffer, offset, length));
}

function portAt(decoder: Decoder): object {
  const port = decoder.attachments[decoder.varint()];
  if (typeof port !== "object" || port === null || !("postMessage" in port)) throw malformed("a port is missing");
  return port;
}

function wasmAt(decoder: Decoder): object {
  const object = decoder.attachments[decoder.varint()];
  if (wasmBrand(object) === undefined) throw malformed("a WebAssembly object is missing");
  return object as object;
}

function classNamed(name: string): RegisteredClass {
  const found = registry.classes.get(name);
  if (found !== undefined) return found;
  const message = `Cannot decode an instance of '${name}' as that class is not registered in this thread: ` +
    "call registerClass() in the module that defines the class, so that both sides run it";
  throw new SerializationError(message, "");
}

function newInstance(decoder: Decoder): object {
  return decoder.add(Object.create(classNamed(decoder.string()).prototype) as object);
}

function readCustom(decoder: Decoder): object {
  const number = push(decoder.objects, undefined) - 1;
  const { name, deserialize } = classNamed(decoder.string());
  if (deserialize === undefined) throw malformed("a class has no 'deserialize'");
  decoder.enter();
  decoder.pinned++;
  const data = decoder.value(decoder.byte());
  decoder.pinned--;
  decoder.depth--;
  let instance: unknown;
  try {
    instance = deserialize(data);
  } catch (cause) {
    throw new SerializationError(`Cannot decode an instance of '${name}' as its 'deserialize' threw`, "", { cause });
  }
  if (typeof instance === "object" && instance !== null) return decoder.objects[number] = instance;
  const message = `Cannot decode an instance of '${name}' as its 'deserialize' gave ${describe(instance)}`;
  throw new SerializationError(message, "");
}

function readExtended(decoder: Decoder): object {
  const { prototype } = classNamed(decoder.string());
  // No level of its own: the encoder counts that of the value inside.
  const tag = decoder.byte();
  if (tag === tags.EXTENDED) throw malformed("a class extends a class");
  const value = decoder.value(tag);
  if (typeof value !== "object" || value === null) throw malformed("an object is expected");
  // After the contents, since the class may have methods of its own for what fills it.
  const finish = () => void Object.setPrototypeOf(value, prototype);
  if (tag === tags.DEFERRED) decoder.putOff(finish);
  else finish();
  decoder.properties(value);
  return value;
}

/** Makes a container whose contents come later. */
function readDeferred(decoder: Decoder): object {
  if (decoder.pinned > 0) throw malformed("an instance is put off");
  const tag = decoder.byte();
  switch (tag) {
    case tags.OBJECT: {
      const object = decoder.add({});
      decoder.putOff(() => decoder.properties(object));
      return object;
    }
    case tags.LIST: {
      const list = decoder.add([] as unknown[]);
      decoder.putOff(() => decoder.list(list));
      return list;
    }
    case tags.MAP: {
      const map = decoder.add(new Map<unknown, unknown>());
      decoder.putOff(() => readMap(decoder, map));
      return map;
    }
    case tags.SET: {
      const set = decoder.add(new Set<unknown>());
      decoder.putOff(() => readSet(decoder, set));
      return set;
    }
    case tags.INSTANCE: {
      const instance = newInstance(decoder);
      decoder.putOff(() => decoder.properties(instance));
      return instance;
    }
    case tags.ERROR:
      return readError(decoder, true);
    default:
      throw malformed("this cannot be put off");
  }
}
