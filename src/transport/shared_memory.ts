/**
 * Shared memory that is sent once to a thread and named by a number from then on.
 *
 * The sender numbers each SharedArrayBuffer; a message `share` brings it to a receiver that does not
 * know it, and `forget` takes it away again once the sender's own object is collected. A sender keeps
 * the object while a payload that names it is on its way, so that no `forget` overtakes a name.
 *
 * @module
 */

import type { Attachment } from "../codec/types.ts";
import type { ForgetMessage, ShareMessage } from "./messages.ts";

/** Most shared memory that one payload names; one with more brings it along. */
const MOST_NAMES = 255;
/** Bytes of a name. */
const NAME_BYTES = 4;

/** The SharedArrayBuffers of attachments that are nothing else, or `null`: only such payloads use names. */
export function onlyShared(attachments: readonly Attachment[]): SharedArrayBuffer[] | null {
  if (attachments.length > MOST_NAMES) return null;
  const buffers: SharedArrayBuffer[] = [];
  for (const attachment of attachments) {
    if (attachment.kind !== "shared") return null;
    buffers.push(attachment.buffer);
  }
  return buffers;
}

/** An encoding with names behind it. */
export function withNames(encoding: Uint8Array, names: readonly number[]): Uint8Array {
  const all = new Uint8Array(encoding.length + names.length * NAME_BYTES);
  all.set(encoding);
  const view = new DataView(all.buffer);
  for (let i = 0; i < names.length; i++) view.setUint32(encoding.length + i * NAME_BYTES, names[i]!, true);
  return all;
}

/** Takes the names off an encoding that ends with so many. */
export function splitNames(bytes: Uint8Array, count: number): { encoding: Uint8Array; names: number[] } {
  const end = bytes.length - count * NAME_BYTES;
  if (end < 0) throw new RangeError("Cannot read payload as it is too short for the shared memory it names");
  const view = new DataView(bytes.buffer, bytes.byteOffset + end, count * NAME_BYTES);
  const names = Array.from({ length: count }, (_, i) => view.getUint32(i * NAME_BYTES, true));
  return { encoding: bytes.subarray(0, end), names };
}

/** The sender's numbers. */
export class SharedNumbers {
  readonly #numbers: WeakMap<SharedArrayBuffer, number> = new WeakMap();
  readonly #registry: FinalizationRegistry<number>;
  #next = 0;

  /** @param forget called some time after the object of that number was collected */
  constructor(forget: (number: number) => void) {
    this.#registry = new FinalizationRegistry(forget);
  }

  /** The number of an object; never that of another one. */
  of(buffer: SharedArrayBuffer): number {
    let number = this.#numbers.get(buffer);
    if (number === undefined) {
      number = this.#next++;
      this.#numbers.set(buffer, number);
      this.#registry.register(buffer, number);
    }
    return number;
  }
}

/** What one receiver was told of a sender's numbers. */
export class SharedOutlet {
  readonly #known: Set<number> = new Set();
  readonly #post: (message: ShareMessage | ForgetMessage) => void;

  /** @param post sends a message; `share` must be readable before any payload that is published later */
  constructor(post: (message: ShareMessage | ForgetMessage) => void) {
    this.#post = post;
  }

  /** Sends what the receiver does not know. */
  share(names: readonly number[], buffers: readonly object[]): void {
    for (let i = 0; i < names.length; i++) {
      const number = names[i]!;
      if (this.#known.has(number)) continue;
      this.#post({ kind: "share", number, buffer: buffers[i] as SharedArrayBuffer });
      this.#known.add(number);
    }
  }

  /** The object of that number is gone here. */
  forget(number: number): void {
    if (this.#known.delete(number)) this.#post({ kind: "forget", number });
  }
}

/** What a receiver has been sent. */
export class SharedObjects {
  readonly #objects: Map<number, SharedArrayBuffer> = new Map();

  /** How many it holds. */
  get size(): number {
    return this.#objects.size;
  }

  add(number: number, buffer: SharedArrayBuffer): void {
    this.#objects.set(number, buffer);
  }

  delete(number: number): void {
    this.#objects.delete(number);
  }

  clear(): void {
    this.#objects.clear();
  }

  /** The objects of these numbers; `read` takes one message off the port, and says whether there was one. */
  all(names: readonly number[], read: () => boolean): SharedArrayBuffer[] {
    return names.map((name) => {
      for (;;) {
        const found = this.#objects.get(name);
        if (found !== undefined) return found;
        if (!read()) throw new Error(`Cannot find shared memory ${name} on the port`);
      }
    });
  }
}
