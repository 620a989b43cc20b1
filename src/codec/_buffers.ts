/**
 * Whether a value is an ArrayBuffer or shared memory, of this realm or another.
 *
 * @module
 */

import { apply, ArrayBuffer, isInstance, Math, SafeMap, SharedArrayBuffer, Uint8Array } from "../captured.ts";
import { findIndex, map, push } from "../lists.ts";
import { BUFFER_ATTACHED, BUFFER_INLINE, BUFFER_SHARED, LARGE_BINARY } from "./_tags.ts";
import type { ByteWriter } from "./_writer.ts";
import { malformed } from "./_reader.ts";
import type { ByteReader } from "./_reader.ts";
import type { Attachment, Received } from "./types.ts";
import { getter } from "./_views.ts";
import type { Resizable } from "./_views.ts";

const lengthOf = getter(ArrayBuffer.prototype, "byteLength");
/** Missing where shared memory is switched off: the pool says so, this module must only load. */
const sharedLengthOf = typeof SharedArrayBuffer === "function"
  ? getter(SharedArrayBuffer.prototype, "byteLength")
  : undefined;

/** A buffer of the message, and how much of it goes. */
interface Entry {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly shared: boolean;
  readonly size: number;
  start: number;
  end: number;
  /** Largest element size of its views, so that they stay aligned. */
  alignment: number;
}

/** Whether an ArrayBuffer is detached; Node 20 has no property for it. */
export function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength !== 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** By brand, as the buffer may be of another realm: Jest and Vitest with jsdom run programs in one of their own. */
export function isArrayBuffer(buffer: unknown): buffer is ArrayBuffer {
  try {
    apply(lengthOf, buffer, []);
    return true;
  } catch {
    return false;
  }
}

/** By brand, for the same reason. */
export function isShared(buffer: unknown): buffer is SharedArrayBuffer {
  try {
    apply(sharedLengthOf!, buffer, []);
    return sharedLengthOf !== undefined;
  } catch {
    return false;
  }
}

/** The sender's side: the buffers of one message. */
export class BufferTable {
  #entries: Entry[] = [];
  /** The numbers of the buffers, from the first search on that would be long. */
  #numbers: Map<object, number> | null = null;

  /** Whether the message has no buffer. */
  get empty(): boolean {
    return this.#entries.length === 0;
  }

  clear(): void {
    if (this.#entries.length > 0) this.#entries = [];
    this.#numbers = null;
  }

  #entry(buffer: ArrayBuffer | SharedArrayBuffer): number {
    const entries = this.#entries;
    if (entries.length > 8) this.#numbers ??= new SafeMap(map(entries, (entry, i) => [entry.buffer, i]));
    const known = this.#numbers === null
      ? findIndex(entries, (entry) => entry.buffer === buffer)
      : this.#numbers.get(buffer) ?? -1;
    if (known >= 0) return known;
    const shared = !isInstance(buffer, ArrayBuffer) && isShared(buffer);
    this.#numbers?.set(buffer, entries.length);
    const size = apply(shared ? sharedLengthOf! : lengthOf, buffer, []);
    return push(entries, { buffer, shared, size, start: size, end: 0, alignment: 1 }) - 1;
  }

  /** The number of a buffer that goes whole. */
  whole(buffer: ArrayBuffer | SharedArrayBuffer): number {
    const number = this.#entry(buffer);
    const entry = this.#entries[number]!;
    entry.start = 0;
    entry.end = entry.size;
    return number;
  }

  /** The number of a buffer of which a range is needed. */
  range(buffer: ArrayBuffer | SharedArrayBuffer, start: number, end: number, alignment: number): number {
    const number = this.#entry(buffer);
    const entry = this.#entries[number]!;
    if (start < entry.start) entry.start = start;
    if (end > entry.end) entry.end = end;
    if (alignment > entry.alignment) entry.alignment = alignment;
    return number;
  }

  /** Writes the section; buffers that move are in `moving` with the position of their attachment. */
  write(writer: ByteWriter, attachments: Attachment[], moving: ReadonlyMap<object, number>): void {
    writer.varint(this.#entries.length);
    for (const { buffer, shared, size, start, end, alignment } of this.#entries) {
      if (shared) {
        writer.byte(BUFFER_SHARED);
        writer.varint(push(attachments, { kind: "shared", buffer: buffer as SharedArrayBuffer }) - 1);
        continue;
      }
      const moved = moving.get(buffer);
      const resizable = buffer as unknown as Resizable;
      const from = resizable.resizable || moved !== undefined
        ? 0
        : Math.min(start, end) - Math.min(start, end) % alignment;
      const to = resizable.resizable ? size : Math.max(end, from);
      const attached = moved !== undefined || to - from >= LARGE_BINARY;
      writer.byte(attached ? BUFFER_ATTACHED : BUFFER_INLINE);
      writer.varint(from);
      // 0 says that the buffer cannot be resized.
      writer.varint(resizable.resizable ? resizable.maxByteLength + 1 : 0);
      if (moved !== undefined) writer.varint(moved);
      else {
        const bytes = new Uint8Array(buffer as ArrayBuffer, from, to - from);
        if (attached) writer.varint(push(attachments, { kind: "copy", bytes }) - 1);
        else {
          writer.varint(bytes.length);
          writer.raw(bytes);
        }
      }
    }
  }
}

/** A buffer as the receiver has it; `start` is its first byte's offset at the sender. */
export interface ReceivedBuffer {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly start: number;
}

/** Reads the section of buffers. */
export function readBuffers(reader: ByteReader, attachments: readonly Received[]): ReceivedBuffer[] {
  const count = reader.count(2);
  const buffers: ReceivedBuffer[] = [];
  for (let i = 0; i < count; i++) {
    const kind = reader.byte();
    if (kind === BUFFER_SHARED) {
      const buffer = attachments[reader.varint()];
      if (!isShared(buffer)) throw malformed("its shared memory is missing");
      push(buffers, { buffer, start: 0 });
      continue;
    }
    if (kind !== BUFFER_INLINE && kind !== BUFFER_ATTACHED) throw malformed("a buffer is of an unknown kind");
    const start = reader.varint();
    const limit = reader.varint();
    let bytes: Uint8Array;
    if (kind === BUFFER_INLINE) bytes = reader.take(reader.count(1));
    else {
      const buffer = attachments[reader.varint()];
      if (!isArrayBuffer(buffer)) throw malformed("its attached memory is missing");
      if (limit === 0 || (buffer as unknown as Resizable).resizable) {
        push(buffers, { buffer, start });
        continue;
      }
      bytes = new Uint8Array(buffer);
    }
    if (limit !== 0 && limit - 1 < bytes.length) throw malformed("a buffer is larger than it may be");
    const options = limit === 0 ? undefined : { maxByteLength: limit - 1 };
    const buffer = new (ArrayBuffer as new (length: number, options?: object) => ArrayBuffer)(bytes.length, options);
    new Uint8Array(buffer).set(bytes);
    push(buffers, { buffer, start });
  }
  return buffers;
}
