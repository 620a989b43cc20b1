/**
 * Reads values from the format `auto`: the same graph of objects as was sent. What stands very deep comes later in the
 * message, so that the stack does not overflow.
 *
 * @module
 */

import { Number, Object, toNumber } from "../captured.ts";
import { push } from "../lists.ts";
import type { NodeBufferClass } from "../adapter.ts";
import { readBuffers } from "./_buffers.ts";
import type { ReceivedBuffer } from "./_buffers.ts";
import { define } from "./_define.ts";
import { ByteReader, malformed } from "./_reader.ts";
import { ShapeTable } from "./_shapes.ts";
import type { Shape } from "./_shapes.ts";
import * as tags from "./_tags.ts";
import { ABSENT, SMALL_INT, SMALL_SHAPE, SMALL_STRING } from "./_tags.ts";
import type { CallbackScope } from "./callback_scope.ts";
import type { Callbacks } from "./proxy.ts";
import type { Received } from "./types.ts";

const objectPrototype: object = Object.prototype;
const INDEX = /^(?:0|[1-9][0-9]{0,9})$/;
const MAX_LENGTH = 2 ** 32 - 1;
/** Arrays longer than this that are mostly holes are made sparse before they get their length. */
const SPARSE = 10_000;

/** Reads a value that `Decoder.value` does not read itself. */
export type ReadRich = (decoder: Decoder, tag: number) => unknown;

/** Reads what an `Encoder` wrote; any other bytes give a `SerializationError`. */
export class Decoder extends ByteReader {
  attachments: readonly Received[] = [];
  buffers: readonly ReceivedBuffer[] = [];
  /** How deep the container being read stands. */
  depth = 0;
  /** Inside how many instances that cannot be deferred. */
  pinned = 0;
  readonly callbacks: Callbacks;
  /** What ends the callbacks that came with the message. */
  scopes: CallbackScope[] | null = null;
  /** The objects by their numbers; `undefined` while one is in the making. */
  objects: (object | undefined)[] = [];
  #deferred: (() => void)[] = [];
  readonly #table: ShapeTable = new ShapeTable();
  #shapes: Shape[] = [];

  /** Handed over, as what it is made of needs this class. */
  readonly #readRich: ReadRich;

  /** Node's class of byte arrays; without it they are Uint8Arrays. */
  readonly nodeBuffer: NodeBufferClass | undefined;

  constructor(callbacks: Callbacks, readRich: ReadRich, nodeBuffer: NodeBufferClass | undefined) {
    super();
    this.callbacks = callbacks;
    this.nodeBuffer = nodeBuffer;
    this.#readRich = readRich;
  }

  /** Reads a whole message. */
  message(source: Uint8Array, attachments: readonly Received[]): unknown {
    this.start(source);
    this.attachments = attachments;
    const flags = this.byte();
    if (flags > (tags.FLAG_STRINGS | tags.FLAG_BUFFERS)) throw malformed("its flags are unknown");
    if (flags !== 0) this.#sections(flags);
    const value = this.value(this.byte());
    // The list grows meanwhile.
    for (let i = 0; i < this.#deferred.length; i++) {
      this.depth = 0;
      this.#deferred[i]!();
    }
    if (this.position !== this.end) throw malformed("bytes are left over");
    return value;
  }

  #sections(flags: number): void {
    const hasStrings = (flags & tags.FLAG_STRINGS) !== 0;
    const hasBuffers = (flags & tags.FLAG_BUFFERS) !== 0;
    const trailer = this.end - (hasStrings ? 8 : 0) - (hasBuffers ? 8 : 0);
    if (trailer < 1) throw malformed("it is cut short");
    this.position = trailer;
    const stringsAt = hasStrings ? this.double() : 0;
    const buffersAt = hasBuffers ? this.double() : trailer;
    const bodyEnd = hasStrings ? stringsAt : buffersAt;
    for (const at of [bodyEnd, buffersAt]) {
      if (!Number.isInteger(at) || at < 1 || at > trailer) throw malformed("its sections overlap");
    }
    if (bodyEnd > buffersAt) throw malformed("its sections overlap");
    if (hasStrings) this.strings(stringsAt, buffersAt);
    if (hasBuffers) {
      this.position = buffersAt;
      this.end = trailer;
      this.buffers = readBuffers(this, this.attachments);
      if (this.position !== trailer) throw malformed("bytes are left over");
    }
    this.position = 1;
    this.end = bodyEnd;
  }

  /** Forgets the message. */
  clear(): void {
    this.finish();
    this.objects = [];
    this.#shapes = [];
    this.#deferred = [];
    this.attachments = [];
    this.buffers = [];
    this.scopes = null;
    this.depth = this.pinned = 0;
  }

  /** Reads a value whose tag was read. */
  value(tag: number): unknown {
    if (tag >= SMALL_INT) {
      if (tag < SMALL_STRING) return tag - SMALL_INT;
      if (tag < SMALL_SHAPE) return this.cut(tag - SMALL_STRING);
      return this.#shaped(this.#shape(tag - SMALL_SHAPE));
    }
    // Literals, as executors make a jump table of them only; they are the tags of `_tags.ts`.
    switch (tag) {
      case 0x00:
        return undefined;
      case 0x01:
        return null;
      case 0x02:
        return true;
      case 0x03:
        return false;
      case 0x04:
        return this.#int();
      case 0x05:
        return this.double();
      case 0x0c:
        return this.#reference();
      case 0x0d:
        return this.#shaped(this.#newShape());
      case 0x0e:
        return this.#shaped(this.#shape(this.varint()));
      case 0x0f:
        return this.dictionary(this.add({}));
      case 0x10:
        return this.#array(this.add([]));
      case 0x11:
        return this.#sparseArray(this.add([]));
      case 0x25:
        return this.#array([]);
      default:
        if (tag >= tags.STRING && tag <= tags.STRING_UTF16) return this.text(tag);
        return this.#readRich(this, tag);
    }
  }

  /** Gives an object the next number. */
  add<T extends object>(object: T): T {
    push(this.objects, object);
    return object;
  }

  /** Goes one container deeper; only bytes that no encoder wrote go too deep. */
  enter(): void {
    if (++this.depth > tags.HARD_DEPTH + 8) throw malformed("it is nested too deep");
  }

  /** Puts off the contents of a container. */
  putOff(read: () => void): void {
    push(this.#deferred, read);
  }

  #int(): number {
    const value = this.varint();
    if (value > 0xffffffff) throw malformed("a number is too large");
    return (value >>> 1) ^ -(value & 1);
  }

  #reference(): object {
    const object = this.objects[this.varint()];
    if (object === undefined) throw malformed("a reference leads nowhere");
    return object;
  }

  #shape(number: number): Shape {
    const shape = this.#shapes[number];
    if (shape === undefined) throw malformed("a shape is unknown");
    return shape;
  }

  #newShape(): Shape {
    const shape = this.#table.get(this.string());
    if (shape === undefined) throw malformed("a shape is broken");
    push(this.#shapes, shape);
    return shape;
  }

  #shaped(shape: Shape): object {
    const target: Record<string, unknown> = {};
    push(this.objects, target);
    this.enter();
    const { keys } = shape;
    if (shape.special) this.#special(target, keys);
    else {
      for (let i = 0; i < keys.length; i++) {
        const tag = this.byte();
        if (tag !== ABSENT) target[keys[i]!] = this.value(tag);
      }
    }
    this.depth--;
    return target;
  }

  #special(target: object, keys: readonly string[]): void {
    for (const key of keys) {
      const tag = this.byte();
      if (tag !== ABSENT) define(target, key, this.value(tag));
    }
  }

  /** Reads the contents of a deferred plain object, or the properties of an instance. */
  properties(target: object): void {
    if (this.byte() !== tags.DICTIONARY) throw malformed("properties are expected");
    this.dictionary(target);
  }

  /** Reads keys and values; `target` is a plain object or something with a prototype of its own. */
  dictionary<T extends object>(target: T): T {
    this.enter();
    const plain = Object.getPrototypeOf(target) === objectPrototype;
    for (let left = this.count(2); left > 0; left--) {
      const key = this.string();
      const tag = this.byte();
      if (tag === ABSENT) continue;
      if (plain && !(key in objectPrototype)) (target as Record<string, unknown>)[key] = this.value(tag);
      else define(target, key, this.value(tag));
    }
    this.depth--;
    return target;
  }

  /** Reads the contents of a deferred array. */
  list(target: unknown[]): void {
    const tag = this.byte();
    if (tag === tags.ARRAY) this.#array(target);
    else if (tag === tags.SPARSE_ARRAY) this.#sparseArray(target);
    else throw malformed("an array is expected");
  }

  #array(target: unknown[]): unknown[] {
    this.enter();
    for (let left = this.count(1); left > 0; left--) {
      const tag = this.byte();
      if (tag === ABSENT) target.length++;
      else push(target, this.value(tag));
    }
    this.depth--;
    return target;
  }

  /** Never allocates by the length alone. */
  #sparseArray(target: unknown[]): unknown[] {
    this.enter();
    const length = this.varint();
    const count = this.count(2);
    if (length > MAX_LENGTH) throw malformed("an array is too long");
    const sparse = length > SPARSE && length / 4 > count;
    // An item far out makes executors take a hash table.
    if (sparse) target[length - 1] = undefined;
    else target.length = length;
    let last = false;
    for (let left = count; left > 0; left--) {
      const key = this.string();
      const tag = this.byte();
      if (tag === ABSENT) continue;
      const value = this.value(tag);
      if (!INDEX.test(key) || toNumber(key) >= MAX_LENGTH) define(target, key, value);
      else if (toNumber(key) >= length) throw malformed("an array is longer than it says");
      else {
        target[toNumber(key)] = value;
        if (toNumber(key) === length - 1) last = true;
      }
    }
    if (sparse && !last) delete target[length - 1];
    this.depth--;
    return target;
  }
}
