/** Payloads of chaos tasks, and checksums by which both sides agree on them. */
import type { Random } from "./random.ts";

/** Any view on bytes. */
export type View = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array | BigInt64Array;

/** A checksum that depends on every byte and its place, as if each byte had been exchanged with `key`. */
export function checksum(view: ArrayBufferView, key = 0): number {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let sum = 0x811c9dc5 ^ bytes.length;
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i]! ^ key, 0x01000193);
  return sum >>> 0;
}

/** A copy of the same class with each byte exchanged with `key`. */
export function flipped<V extends View>(view: V, key: number): V {
  const bytes = new Uint8Array(view.byteLength);
  const from = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let i = 0; i < bytes.length; i++) bytes[i] = from[i]! ^ key;
  const Type = view.constructor as new (buffer: ArrayBuffer) => V;
  return new Type(bytes.buffer);
}

/** Random bytes. */
export function randomBytes(random: Random, length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let word = random.bits();
  for (let i = 0; i < words.length; i++) words[i] = word = Math.imul(word, 1664525) + 1013904223;
  return new Uint8Array(words.buffer, 0, length);
}

const types = [Uint8Array, Uint16Array, Int32Array, Float32Array, Float64Array, BigInt64Array] as const;

/** A typed array of random class and length; now and then a view into a larger buffer. */
export function randomView(random: Random): View {
  const Type = random.pick(types);
  const length = Math.floor(random.size() / Type.BYTES_PER_ELEMENT);
  const before = random.chance(0.2) ? random.int(0, 3) * 8 : 0;
  const bytes = randomBytes(random, before + length * Type.BYTES_PER_ELEMENT);
  // NaNs may change their bits on the way through a number.
  if (Type === Float32Array || Type === Float64Array) { for (let i = 0; i < bytes.length; i++) bytes[i]! &= 0x3f; }
  return new Type(bytes.buffer, before, length);
}

/** A string, sometimes of characters outside Latin-1. */
export function randomText(random: Random): string {
  const length = random.size(random.chance(0.1) ? 1024 * 1024 : 4096);
  const alphabet = random.pick(["abc xyz0189", "äöüß±é", "日本語テキスト", "a😀b\u{1f680}"]);
  const piece = Array.from({ length: 64 }, () => random.pick([...alphabet])).join("");
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length).toWellFormed();
}

/** A nested value: JSON-safe, or with what only `auto` carries. */
export function randomValue(random: Random, plain: boolean, depth = 4): unknown {
  const leaf = depth === 0 || random.chance(0.3);
  if (leaf) {
    switch (random.int(0, plain ? 4 : 11)) {
      case 0:
        return random.bits();
      case 1:
        return random.bits() / 7;
      case 2:
        return randomText(random).slice(0, 200);
      case 3:
        return random.chance(0.5);
      case 4:
        return null;
      case 5:
        return undefined;
      case 6:
        return BigInt(random.bits()) ** 5n;
      case 7:
        return new Date(random.bits());
      case 8:
        return random.pick([NaN, -0, Infinity]);
      case 9:
        return randomBytes(random, random.int(0, 300));
      case 10:
        return /a(b|c)+/giu;
      default:
        return new Error(`nested ${random.bits()}`);
    }
  }
  const children = Array.from({ length: random.int(0, 6) }, () => randomValue(random, plain, depth - 1));
  if (random.chance(0.4)) return children;
  if (!plain && random.chance(0.15)) return new Map(children.map((child, i) => [i, child]));
  if (!plain && random.chance(0.15)) return new Set(children);
  return Object.fromEntries(children.map((child, i) => [`key${i}`, child]));
}
