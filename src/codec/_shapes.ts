/**
 * Shapes: the lists of keys that plain objects share. The sender finds an object's shape by walking
 * a trie of keys, and writes each shape once a message as one string; the receiver looks that
 * string up among those it has met, so that keys are made and interned once a thread.
 *
 * @module
 */

import { fromCharCode, Object, SafeMap } from "../captured.ts";
import { join, map, push } from "../lists.ts";

const { hasOwn, prototype: objectPrototype } = Object;
/** Objects with more keys than this are written as dictionaries. */
export const MAX_KEYS = 48;
/** Keys longer than this make a dictionary, so that a length fits one character. */
const MAX_KEY = 127;
/** Size at which the sender's trie and the receiver's table start afresh. */
const MAX_NODES = 8192;
const MAX_SHAPES = 1024;

/** A place in the sender's trie: the keys on the way from the root. */
export class ShapeNode {
  readonly key: string;
  readonly parent: ShapeNode | null;
  /** How many keys lead here. */
  readonly depth: number;
  /** Whether the first key begins with a digit, as that of an `arguments` object does. */
  readonly indexed: boolean;
  /** The message that last used this shape, and its number there. */
  message = 0;
  id = 0;
  /** The step taken last, which is mostly the next one too. */
  lastKey: string | null = null;
  last: ShapeNode | null = null;
  #steps: Map<string, ShapeNode> | null = null;
  #keys: readonly string[] | null = null;
  #definition: string | null = null;

  constructor(key: string, parent: ShapeNode | null) {
    this.key = key;
    this.parent = parent;
    this.depth = parent === null ? 0 : parent.depth + 1;
    this.indexed = this.depth === 1 ? key >= "0" && key < ":" : parent !== null && parent.indexed;
  }

  /** The shape with one key more, or `null` if that is no shape but a dictionary. */
  step(key: string, trie: ShapeTrie): ShapeNode | null {
    let next = this.#steps?.get(key);
    if (next === undefined) {
      if (this.depth >= MAX_KEYS || key.length > MAX_KEY) return null;
      next = new ShapeNode(key, this);
      (this.#steps ??= new SafeMap()).set(key, next);
      trie.nodes++;
    }
    this.lastKey = key;
    this.last = next;
    return next;
  }

  /** The keys on the way here. */
  get keys(): readonly string[] {
    if (this.#keys !== null) return this.#keys;
    return this.#keys = this.parent === null ? [] : [...this.parent.keys, this.key];
  }

  /** The shape as a string: count of keys, the length of each, the keys. */
  get definition(): string {
    return this.#definition ??= define(this.keys);
  }
}

/** The sender's side. */
export class ShapeTrie {
  root: ShapeNode = new ShapeNode("", null);
  nodes = 0;

  /** Called between messages. */
  trim(): void {
    if (this.nodes <= MAX_NODES) return;
    this.root = new ShapeNode("", null);
    this.nodes = 0;
  }
}

/** A shape as the receiver has it. */
export interface Shape {
  readonly keys: readonly string[];
  /** Whether a key needs `defineProperty`, as `__proto__` and `toString` do. */
  special: boolean;
}

function isSpecial(keys: readonly string[]): boolean {
  for (let i = 0; i < keys.length; i++) if (hasOwn(objectPrototype, keys[i]!)) return true;
  return false;
}

/** The receiver's side. */
export class ShapeTable {
  #shapes: Map<string, Shape> = new SafeMap();

  /** The shape of a definition, or `undefined` if it is not one. */
  get(definition: string): Shape | undefined {
    const known = this.#shapes.get(definition);
    if (known === undefined) return this.#parse(definition);
    // Something may have been added to the prototype since.
    known.special ||= isSpecial(known.keys);
    return known;
  }

  #parse(definition: string): Shape | undefined {
    const count = definition.charCodeAt(0);
    if (!(count <= MAX_KEYS) || definition.length < count + 1) return undefined;
    const keyed: Record<string, undefined> = Object.create(null);
    const keys: string[] = [];
    let at = count + 1;
    for (let i = 1; i <= count; i++) {
      const length = definition.charCodeAt(i);
      const key = definition.slice(at, at += length);
      if (key.length !== length || key in keyed) return undefined;
      keyed[key] = undefined;
      push(keys, key);
    }
    if (at !== definition.length) return undefined;
    const shape = { keys, special: isSpecial(keys) };
    if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
    // Built from the keys, as a cut of the message would keep its whole run alive.
    this.#shapes.set(define(keys), shape);
    return shape;
  }
}

function define(keys: readonly string[]): string {
  return fromCharCode(keys.length, ...map(keys, (key) => key.length)) + join(keys, "");
}
