/**
 * Shared memory that is sent once to a thread and named by a number from then on, and that comes back as the object
 * it was. See "Shared memory" in README.md.
 *
 * @module
 */

import {
  arrayFrom,
  DataView,
  FinalizationRegistry,
  SafeMap,
  SafeSet,
  SafeWeakMap,
  Uint8Array,
  WeakRef,
} from "../captured.ts";
import { includes, indexOf, map, push } from "../lists.ts";
import type { Attachment } from "../codec/types.ts";
import type { ForgetMessage, ReleaseMessage, SentMemory, ShareMessage } from "./messages.ts";
import { firstCounts } from "./first_counts.ts";
import * as at from "./layout.ts";

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
    push(buffers, attachment.buffer);
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
  const names = arrayFrom({ length: count }, (_, i) => view.getUint32(i * NAME_BYTES, true));
  return { encoding: bytes.subarray(0, end), names };
}

/** What wants to know when objects were collected. */
interface Watcher {
  /** Called some time after the object of that number was collected. */
  collected(number: number): void;
}

/**
 * One registry for all pools of the thread. It must never be collected: V8 (Node 24) stops all FinalizationRegistry callbacks
 * of a thread, the user's included, once a registry with pending work is collected.
 */
const registry: FinalizationRegistry<{ readonly watcher: WeakRef<Watcher>; readonly number: number }> =
  /* @__PURE__ */ new FinalizationRegistry(({ watcher, number }) => watcher.deref()?.collected(number));

/** The caller's numbers. */
export class SharedNumbers implements Watcher {
  readonly #numbers: WeakMap<SharedArrayBuffer, number> = new SafeWeakMap();
  readonly #forget: (number: number) => void;
  readonly #self: WeakRef<this> = new WeakRef(this);
  /** Numbers of objects that were not collected yet. */
  readonly #live: Set<number> = new SafeSet();
  readonly #limit: number;
  #next: number;

  /**
   * @param forget called some time after the object of that number was collected
   * @param limit how many numbers there are: a name has 32 bits
   * @param first the first number
   */
  constructor(forget: (number: number) => void, limit: number = 2 ** 32, first: number = firstCounts.sharedNumber) {
    this.#forget = forget;
    this.#limit = limit;
    this.#next = first;
  }

  collected(number: number): void {
    this.#live.delete(number);
    this.#forget(number);
  }

  /** The number of an object; never that of another one. */
  of(buffer: SharedArrayBuffer): number {
    let number = this.#numbers.get(buffer);
    if (number === undefined) {
      // When the numbers come round, those of objects that live are passed over.
      do {
        number = this.#next;
        this.#next = (number + 1) % this.#limit;
      } while (this.#live.has(number));
      this.#live.add(number);
      this.#numbers.set(buffer, number);
      registry.register(buffer, { watcher: this.#self, number });
    }
    return number;
  }
}

/** The caller's side of the memory that it shares with one worker. Its own objects decide how long the worker's live. */
export class SharedOutlet implements Watcher {
  /** What the worker was sent, by the caller's numbers. */
  readonly #known: Map<number, WeakRef<SharedArrayBuffer>> = new SafeMap();
  /** What the worker has sent, by its numbers; `sent` is the last time. */
  readonly #adopted: Map<number, { readonly ref: WeakRef<SharedArrayBuffer>; readonly sent: number }> = new SafeMap();
  /** The worker's numbers. */
  readonly #theirs: WeakMap<object, number> = new SafeWeakMap();
  readonly #self: WeakRef<this> = new WeakRef(this);
  readonly #post: (message: ShareMessage | ForgetMessage | ReleaseMessage) => void;

  /** @param post sends a message; `share` must be readable before any payload that is published later */
  constructor(post: (message: ShareMessage | ForgetMessage | ReleaseMessage) => void) {
    this.#post = post;
  }

  /** Sends what the worker does not know. */
  share(names: readonly number[], buffers: readonly object[]): void {
    for (let i = 0; i < names.length; i++) {
      const number = names[i]!;
      if (this.#known.has(number)) continue;
      const buffer = buffers[i] as SharedArrayBuffer;
      this.#post({ kind: "share", number, buffer, yours: this.#theirs.get(buffer) ?? -1 });
      this.#known.set(number, new WeakRef(buffer));
    }
  }

  /** The object of that number is gone here. */
  forget(number: number): void {
    if (this.#known.delete(number)) this.#post({ kind: "forget", number });
  }

  /** The object here for memory that the worker has sent: what came only if there is none. */
  adopt({ number, sent, yours }: SentMemory, came: SharedArrayBuffer): SharedArrayBuffer {
    const last = this.#adopted.get(number)?.ref.deref();
    const buffer = last ?? this.#known.get(yours)?.deref() ?? came;
    if (buffer !== last) {
      this.#theirs.set(buffer, number);
      registry.register(buffer, { watcher: this.#self, number });
    }
    this.#adopted.set(number, { ref: new WeakRef(buffer), sent });
    return buffer;
  }

  /** The object here for the worker's number is gone. */
  collected(number: number): void {
    const adopted = this.#adopted.get(number);
    if (adopted === undefined || adopted.ref.deref() !== undefined) return; // it came once more meanwhile
    this.#adopted.delete(number);
    this.#post({ kind: "release", number, sent: adopted.sent });
  }
}

/** The worker's side: keeps the objects that the caller has as well. */
export class SharedObjects {
  /** What the caller has sent, by its numbers. */
  readonly #objects: Map<number, SharedArrayBuffer> = new SafeMap();
  /** The caller's numbers. */
  readonly #theirs: WeakMap<SharedArrayBuffer, number> = new SafeWeakMap();
  /** What the caller was sent, by the worker's numbers; `sent` is the last time. */
  readonly #sent: Map<number, { readonly buffer: SharedArrayBuffer; readonly sent: number }> = new SafeMap();
  /** The worker's numbers. */
  readonly #numbers: WeakMap<SharedArrayBuffer, number> = new SafeWeakMap();
  #next = 0;
  #count = 0;
  /** What the last task of each slot was given, by name. */
  readonly #given: ({ readonly entry: number; readonly names: readonly number[] } | undefined)[] = [];

  add({ number, buffer, yours }: ShareMessage): void {
    const object = this.#sent.get(yours)?.buffer ?? buffer;
    this.#objects.set(number, object);
    this.#theirs.set(object, number);
  }

  /** The caller's object is gone. */
  delete(message: ForgetMessage | ReleaseMessage): void {
    const { number } = message;
    if (message.kind === "forget") this.#objects.delete(number);
    else if (this.#sent.get(number)?.sent === message.sent) this.#sent.delete(number); // else it is on its way again
  }

  /** The objects of a task's names; `read` takes one message off the port, and says whether there was one. */
  all(entry: number, names: readonly number[], read: () => boolean): SharedArrayBuffer[] {
    this.#given[at.entrySlot(entry)] = { entry, names };
    return map(names, (name) => {
      for (;;) {
        const found = this.#objects.get(name);
        if (found !== undefined) return found;
        if (!read()) throw new Error(`Cannot find shared memory ${name} on the port`);
      }
    });
  }

  /** A slot has another task: an entry that comes round must not find what the older one was given. */
  reused(slot: number): void {
    if (this.#given[slot] !== undefined) this.#given[slot] = undefined;
  }

  /** Where objects stand among those that a task was given, or `null` if one does not. */
  positions(entry: number, buffers: readonly SharedArrayBuffer[]): number[] | null {
    const given = this.#given[at.entrySlot(entry)];
    if (given?.entry !== entry) return null;
    const positions = map(buffers, (buffer) => indexOf(given.names, this.#theirs.get(buffer) ?? -1));
    return includes(positions, -1) ? null : positions;
  }

  /** An object goes to the caller, at that position among the attachments. */
  send(position: number, buffer: SharedArrayBuffer): SentMemory {
    const number = this.#numbers.get(buffer) ?? this.#next++;
    const sent = ++this.#count;
    this.#numbers.set(buffer, number);
    this.#sent.set(number, { buffer, sent });
    return { position, number, sent, yours: this.#theirs.get(buffer) ?? -1 };
  }
}
