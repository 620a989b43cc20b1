import { SerializationError } from "../errors.ts";
import type { Classifier } from "./_brands.ts";
import { BufferTable } from "./_buffers.ts";
import { pathText } from "./_path.ts";
import type { Step } from "./_path.ts";
import { ShapeTrie } from "./_shapes.ts";
import type { ShapeNode } from "./_shapes.ts";
import * as tags from "./_tags.ts";
import { ByteWriter } from "./_writer.ts";
import { writeRich } from "./_encode_rich.ts";
import { describe } from "./_describe.ts";
import { registeredClass } from "./registry.ts";
import type { Callbacks } from "./proxy.ts";
import type { Attachment, Encoded } from "./types.ts";

/** A container whose contents come after the body. */
interface Deferred {
  readonly write: () => void;
  readonly prefix: string;
}

const ABSENT = tags.ABSENT;
const hasOwn = Object.hasOwn;
const isArray = Array.isArray;
const objectPrototype = Object.prototype;
/** Whether `Object.values` of an array is slow (JavaScriptCore, whose errors have a `line`). */
const SLOW_VALUES = hasOwn(new Error(), "line");

/** Walks a value once and writes it in the format of `_tags.ts`. */
export class Encoder extends ByteWriter {
  readonly classifier: Classifier;
  readonly callbacks: Callbacks;
  /** Writes a description in place of what cannot cross; for thrown errors. */
  lenient = false;
  /** Whether the encoder is at work; a getter may start another message meanwhile. */
  busy = false;
  attachments: Attachment[] = [];
  readonly buffers: BufferTable = new BufferTable();
  /** Buffers and ports that move, with the position of their attachment. */
  moving: Map<object, number> = new Map();
  /** How deep the container being written stands. */
  depth = 0;
  /** Depth of instances inside which nothing can be deferred. */
  pinned = 0;
  /** The way to the value being written; valid up to `depth`. */
  readonly path: Step[] = [];
  /** Path of the value that `path` begins at. */
  #prefix = "";
  #deferred: Deferred[] = [];
  /** Objects met, in order, until one is met again. */
  #seen: Set<object> = new Set();
  /** Objects met, with their numbers, from the first that was met again. */
  #numbers: Map<object, number> | null = null;
  #count = 0;
  /** Instances of registered classes that are being taken apart. */
  readonly #open: Set<object> = new Set();
  readonly #trie: ShapeTrie = new ShapeTrie();
  #message = 0;
  #shapes = 0;
  /** Whether `Object.prototype` has enumerable properties, which `for in` would give. */
  #polluted = false;

  constructor(classifier: Classifier, callbacks: Callbacks) {
    super();
    this.classifier = classifier;
    this.callbacks = callbacks;
  }

  /** Starts a message whose value is called `root` in paths. */
  begin(root: string): void {
    this.start();
    this.byte(0);
    this.#prefix = root;
    this.#message++;
    this.#polluted = false;
    for (const _ in objectPrototype) this.#polluted = true;
  }

  /** Ends the message: what was deferred, then the sections. */
  end(): Encoded {
    for (let next = this.#deferred.shift(); next !== undefined; next = this.#deferred.shift()) {
      this.#prefix = next.prefix;
      this.depth = 1;
      next.write();
    }
    const stringsAt = this.position;
    let flags = this.runs() ? tags.FLAG_STRINGS : 0;
    const buffersAt = this.position;
    if (!this.buffers.empty) {
      flags |= tags.FLAG_BUFFERS;
      this.buffers.write(this, this.attachments, this.moving);
    }
    if (flags & tags.FLAG_STRINGS) this.double(stringsAt);
    if (flags & tags.FLAG_BUFFERS) this.double(buffersAt);
    this.bytes[0] = flags;
    const attachments = this.attachments.length === 0 ? null : this.attachments;
    return { bytes: this.bytes, length: this.position, attachments };
  }

  /** Forgets the message's values. */
  clear(): void {
    if (this.#seen.size > 0) this.#seen.clear();
    this.#numbers = null;
    this.#count = this.#shapes = this.depth = this.pinned = 0;
    this.#trie.trim();
    this.buffers.clear();
    if (this.attachments.length > 0) this.attachments = [];
    if (this.moving.size > 0) this.moving.clear();
    if (this.#deferred.length > 0) this.#deferred = [];
    if (this.#open.size > 0) this.#open.clear();
    if (this.path.length > 16) this.path.length = 0;
    this.lenient = false;
  }

  /** Path of the value being written. */
  where(): string {
    return pathText(this.#prefix, this.path.slice(0, this.depth));
  }

  /** Gives up, or in a thrown error writes what stands for the value. */
  refuse(value: unknown, advice: string, what: string = describe(value)): void {
    if (!this.lenient) {
      const path = this.where();
      throw new SerializationError(`Cannot send '${path}' as it is ${what}: ${advice}`, path);
    }
    // An object has a number already, a primitive and a function have none.
    if (typeof value === "object") this.byte(tags.STAND_IN);
    this.string(`[${what}]`);
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
        return writeRich(this, value);
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
    const count = this.#count;
    if (this.#numbers === null) {
      this.#seen.add(value);
      if (this.#seen.size > count) {
        this.#count = count + 1;
        return false;
      }
      let number = 0;
      this.#numbers = new Map();
      for (const object of this.#seen) this.#numbers.set(object, number++);
    }
    const number = this.#numbers.get(value);
    if (number === undefined) {
      this.#numbers.set(value, count);
      this.#count = count + 1;
      return false;
    }
    if (this.#open.size > 0 && this.#open.has(value)) {
      const path = this.where();
      throw new SerializationError(`Cannot send '${path}' as 'serialize' gave data that holds the instance itself`, path);
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
      if (prototype !== Array.prototype && registeredClass(prototype) !== undefined) return writeRich(this, value);
      if (this.depth >= tags.MAX_DEPTH && this.defers(tags.LIST, () => this.array(value))) return;
      return this.array(value);
    }
    if (prototype !== objectPrototype) return writeRich(this, value);
    if (this.lenient || this.#polluted || this.depth >= tags.MAX_DEPTH) return writeRich(this, value);
    if (!this.#shaped(value as Record<string, unknown>)) writeRich(this, value);
  }

  /**
   * Writes the head of a container and puts off its contents if it stands too deep.
   *
   * @returns whether the contents were put off
   */
  defers(head: number, write: () => void): boolean {
    if (this.depth < tags.MAX_DEPTH) return false;
    if (this.pinned > 0) {
      if (this.depth < tags.HARD_DEPTH) return false;
      this.tooDeep();
    }
    this.byte(tags.DEFERRED);
    this.byte(head);
    this.putOff(write);
    return true;
  }

  /** Writes the contents of a container after the body. */
  putOff(write: () => void): void {
    this.#deferred.push({ write, prefix: this.where() });
  }

  /** Refuses a value that is nested too deep. */
  tooDeep(): never {
    const path = this.where();
    throw new SerializationError(`Cannot send '${path}' as it is nested too deep`, path);
  }

  /**
   * Writes a plain object by its shape.
   *
   * @returns `false`, with nothing written, if it has no keys or keys that make no shape
   */
  #shaped(value: Record<string, unknown>): boolean {
    let node: ShapeNode | null = this.#trie.root;
    for (const key in value) {
      node = node.lastKey === key ? node.last : node.step(key, this.#trie);
      if (node === null) return false;
    }
    if (node.depth === 0) return false;
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
      this.varint(length);
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
      if (typeof item === "object" && item !== null) this.#object(item);
      else if (typeof item === "string") this.string(item);
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

  /** Marks an instance whose `serialize` was called: what it gives must not hold the instance. */
  opened(value: object): void {
    this.#open.add(value);
  }

  closed(value: object): void {
    this.#open.delete(value);
  }
}

/** Whether an array has neither holes nor properties beside its items. */
function isDense(value: readonly unknown[]): boolean {
  const { length } = value;
  if (length === 0 || SLOW_VALUES) return hasIndexKeysOnly(value);
  for (let i = 0; i < length; i++) { if (value[i] === undefined && !hasOwn(value, i)) return false; }
  return Object.values(value).length === length;
}

/** The indices come first and in order: it is enough to look at the last one and at what follows. */
function hasIndexKeysOnly(value: readonly unknown[]): boolean {
  const last = value.length - 1;
  let index = 0;
  for (const key in value) {
    if (index === last && key !== String(last)) return false;
    if (index > last) return !hasOwn(value, key);
    index++;
  }
  return index > last;
}
