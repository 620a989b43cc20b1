/** Writes values in the format `auto`; an object that is met for the second time is written as a reference. @module */

import { Array, Object, structuredClone, toText } from "../captured.ts";
import { SerializationError } from "../errors.ts";
import { describe } from "./describe.ts";
import type { Classifier } from "./_brands.ts";
import { Identities } from "./_identities.ts";
import { MessageWriter } from "./_message_writer.ts";
import { ShapeTrie } from "./_shapes.ts";
import type { ShapeNode } from "./_shapes.ts";
import * as tags from "./_tags.ts";
import type { Callbacks } from "./proxy.ts";
import { registeredClass } from "./registry.ts";

const ABSENT = tags.ABSENT;
const hasOwn = Object.hasOwn;
const isArray = Array.isArray;
const objectPrototype = Object.prototype;
/** Whether `Object.values` of an array is slow (JavaScriptCore, whose errors have a `line`). */
const SLOW_VALUES = hasOwn(new Error(), "line");
/** Length up to which a list of the keys is made faster than they are gone through, where `Object.values` is slow. */
const KEYED = 6;
/** Length from which on a clone of primitives is looked at instead. */
const CLONED = 100;

/** Writes a value that is neither a plain object or array with a number already, nor a simple primitive. */
export type WriteRich = (encoder: Encoder, value: unknown) => void;

/** Walks a value once and writes it in the format of `_tags.ts`. */
export class Encoder extends MessageWriter {
  /** The objects met. */
  readonly identities: Identities = new Identities();
  readonly #trie: ShapeTrie = new ShapeTrie();
  #message = 0;
  #shapes = 0;
  /** Whether `Object.prototype` has enumerable properties, which `for in` would give. */
  #polluted = false;
  /** Handed over, as what it is made of needs this class. */
  readonly #writeRich: WriteRich;

  constructor(classifier: Classifier, callbacks: Callbacks, writeRich: WriteRich) {
    super(classifier, callbacks);
    this.#writeRich = writeRich;
  }

  override begin(root: string): void {
    super.begin(root);
    this.#message++;
    this.#polluted = false;
    for (const _ in objectPrototype) this.#polluted = true;
  }

  override clear(): void {
    super.clear();
    this.identities.clear();
    this.#shapes = 0;
    this.#trie.trim();
  }

  /** Writes any value. */
  write(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.string(value);
      case "number":
        return this.number(value);
      case "object":
        if (value === null) return this.byte(tags.NULL);
        return this.#object(value);
      case "boolean":
        return this.byte(value ? tags.TRUE : tags.FALSE);
      case "undefined":
        return this.byte(tags.UNDEFINED);
      default:
        return this.#writeRich(this, value);
    }
  }

  number(value: number): void {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      if (value >= 0 && value < 64) return this.byte(tags.SMALL_INT | value);
      this.byte(tags.INT);
      let rest = ((value << 1) ^ (value >> 31)) >>> 0;
      this.reserve(5);
      while (rest > 0x7f) {
        this.bytes[this.position++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      this.bytes[this.position++] = rest;
      return;
    }
    this.byte(tags.DOUBLE);
    this.double(value);
  }

  /** Writes a reference if the object was met before, else gives it a number. */
  #known(value: object): boolean {
    const number = this.identities.meet(value);
    if (number < 0) return false;
    if (this.identities.isOpen(value)) {
      const path = this.where();
      throw new SerializationError(
        `Cannot send '${path}' as 'serialize' gave data that holds the instance itself`,
        path,
      );
    }
    this.byte(tags.REF);
    this.varint(number);
    return true;
  }

  #object(value: object): void {
    if (this.#known(value)) return;
    if (this.classifier.isProxy(value)) return this.refuse(value, "send the object it stands for", "a Proxy");
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (isArray(value)) {
      if (prototype !== Array.prototype && registeredClass(prototype) !== undefined) {
        return this.#writeRich(this, value);
      }
      if (this.depth >= tags.MAX_DEPTH && this.defers(tags.LIST, () => this.array(value))) return;
      return this.array(value);
    }
    if (prototype !== objectPrototype) return this.#writeRich(this, value);
    if (this.lenient || this.#polluted || this.depth >= tags.MAX_DEPTH) return this.#writeRich(this, value);
    if (!this.#shaped(value as Record<string, unknown>)) this.#writeRich(this, value);
  }

  /**
   * Writes a plain object by its shape.
   *
   * @returns `false`, with nothing written, if it has no keys, or keys that make no shape, or is an arguments object
   */
  #shaped(value: Record<string, unknown>): boolean {
    let node: ShapeNode | null = this.#trie.root;
    for (const key in value) {
      node = node.lastKey === key ? node.last : node.step(key, this.#trie);
      if (node === null) return false;
    }
    if (node.depth === 0 || (node.indexed && this.classifier.isArguments(value))) return false;
    this.#shape(node);
    const depth = this.depth++;
    const { path } = this;
    const { keys } = node;
    let index = 0;
    for (const key in value) {
      // A getter may have removed properties.
      while (keys[index] !== key) this.#absent(keys, index++);
      index++;
      path[depth] = key;
      const item = value[key];
      if (typeof item === "string") this.string(item);
      else if (typeof item === "number") this.number(item);
      else if (typeof item === "object" && item !== null) this.#object(item);
      else if (item === undefined && !hasOwn(value, key)) this.byte(ABSENT);
      else this.write(item);
    }
    while (index < keys.length) this.#absent(keys, index++);
    this.depth = depth;
    return true;
  }

  #absent(keys: readonly string[], index: number): void {
    if (index >= keys.length) throw new SerializationError(`Cannot send '${this.where()}' as it changes`, this.where());
    this.byte(ABSENT);
  }

  #shape(node: ShapeNode): void {
    if (node.message !== this.#message) {
      node.message = this.#message;
      node.id = this.#shapes++;
      this.byte(tags.NEW_SHAPE);
      return this.string(node.definition);
    }
    if (node.id < 64) return this.byte(tags.SMALL_SHAPE | node.id);
    this.byte(tags.SHAPE);
    this.varint(node.id);
  }

  /** Writes own enumerable properties as a dictionary. */
  properties(value: object, keys: readonly string[] = Object.keys(value)): void {
    this.byte(tags.DICTIONARY);
    this.varint(keys.length);
    this.#pairs(value, keys);
  }

  #pairs(value: object, keys: readonly string[]): void {
    const depth = this.depth++;
    for (const key of keys) {
      this.string(key);
      this.path[depth] = key;
      this.property(value, key);
    }
    this.depth = depth;
  }

  /** Writes one property, whose getter may throw. */
  property(value: object, key: string): void {
    let item: unknown;
    if (!this.lenient) item = (value as Record<string, unknown>)[key];
    else {
      try {
        item = (value as Record<string, unknown>)[key];
      } catch (error) {
        item = `[getter that threw ${describe(error)}]`;
      }
    }
    if (item === undefined && !hasOwn(value, key)) this.byte(ABSENT);
    else this.write(item);
  }

  /** Writes an array's contents. */
  array(value: readonly unknown[]): void {
    const { length } = value;
    if (!isDense(value)) {
      const keys = Object.keys(value);
      this.byte(tags.SPARSE_ARRAY);
      this.varint(value.length); // a getter may have changed it
      this.varint(keys.length);
      return this.#pairs(value, keys);
    }
    this.byte(tags.ARRAY);
    this.varint(length);
    const depth = this.depth++;
    const { path } = this;
    for (let i = 0; i < length; i++) {
      path[depth] = i;
      const item = value[i];
      if (typeof item === "number") this.number(item);
      else if (typeof item === "string") this.string(item);
      else if (typeof item === "object" && item !== null) this.#object(item);
      else if (item === undefined && !hasOwn(value, i)) this.byte(ABSENT);
      else this.write(item);
    }
    this.depth = depth;
  }

  /** Writes the arguments of a call. */
  list(values: readonly unknown[]): void {
    const { length } = values;
    this.byte(tags.ARGUMENTS);
    this.varint(length);
    this.depth = 1;
    for (let i = 0; i < length; i++) {
      this.path[0] = i;
      this.write(values[i]);
    }
    this.depth = 0;
  }
}

/** Whether an array has neither holes nor properties beside its items. */
function isDense(value: readonly unknown[]): boolean {
  const { length } = value;
  if (SLOW_VALUES && length >= CLONED && isPlain(value)) return isBare(value);
  if (length === 0 || (SLOW_VALUES && length > KEYED)) return hasIndexKeysOnly(value);
  if (SLOW_VALUES) {
    const keys = Object.keys(value);
    return keys.length === length && keys[length - 1] === toText(length - 1); // indices come first, in order
  }
  for (let i = 0; i < length; i++) if (value[i] === undefined && !hasOwn(value, i)) return false;
  const values = Object.values(value);
  // Another key would make up for an index that is not enumerable, and come behind the indices.
  return values.length === length && Object.is(values[length - 1], value[length - 1]);
}

/** Whether a clone is made quickly: without holes, and of primitives only. */
function isPlain(value: readonly unknown[]): boolean {
  for (let i = 0; i < value.length; i++) {
    const type = typeof value[i];
    if (type !== "number" && type !== "string" && type !== "boolean") return false;
  }
  return true;
}

/** Whether there is nothing beside the items. A clone can be emptied, where no key is made for each of them. */
function isBare(value: readonly unknown[]): boolean {
  try {
    const clone = structuredClone(value) as unknown[];
    clone.length = 0;
    return Object.keys(clone).length === 0;
  } catch {
    return false; // what cannot be cloned is not an item
  }
}

/** The indices come first and in order: it is enough to look at the last one and at what follows. */
function hasIndexKeysOnly(value: readonly unknown[]): boolean {
  const last = value.length - 1;
  let index = 0;
  for (const key in value) {
    if (index === last && key !== toText(last)) return false;
    if (index > last) return !hasOwn(value, key);
    index++;
  }
  return index > last;
}
