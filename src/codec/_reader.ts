/**
 * One message of the format `auto` while it is read: tags, numbers, strings and attachments. `_message_writer.ts` is
 * its counterpart.
 *
 * @module
 */

import {
  apply,
  ArrayBuffer,
  DataView,
  fromCharCode,
  isInstance,
  Math,
  Number,
  Uint16Array,
  Uint8Array,
  viewOf,
} from "../captured.ts";
import { SerializationError } from "../errors.ts";
import { decodeUtf8 } from "./_utf8.ts";
import { SMALL_STRING, STRING, STRING_UTF16, STRING_UTF8 } from "./_tags.ts";

/** Up to this length a loop beats the call of the decoder. */
const SHORT = 24;
/** Shared bytes beyond this are copied to private memory of their own, not to the reader's. */
const KEPT = 1024 * 1024;
/** Shared bytes up to this length are read in place. */
const TINY = 32;

/** The error for bytes that no encoder wrote. */
export function malformed(what: string, cause?: unknown): SerializationError {
  const message = `Cannot decode the message as ${what}`;
  return new SerializationError(message, "", cause === undefined ? undefined : { cause });
}

/** Reads what a `ByteWriter` wrote, and never past its end. */
export class ByteReader {
  bytes: Uint8Array = new Uint8Array(0);
  position = 0;
  /** End of the part being read; at most `bytes.length`. */
  end = 0;
  /** On `bytes`, made when first needed. */
  #view: DataView | null = null;
  /** Private memory that shared bytes are copied to, so that nobody changes them meanwhile. */
  #copy: Uint8Array = new Uint8Array(0);
  /** The run of short strings being cut up. */
  #run = "";
  #cut = 0;
  /** Where the next run begins and where the section ends. */
  #nextRun = 0;
  #runsEnd = 0;

  /** Begins with `source`; `end` is its length. */
  start(source: Uint8Array): void {
    const length = source.length;
    let bytes = source;
    // All at once: V8 copies shared memory by words only from an aligned start.
    if (length > TINY && !isInstance(source.buffer, ArrayBuffer)) {
      if (length > KEPT) bytes = source.slice();
      else {
        if (length > this.#copy.length) this.#copy = new Uint8Array(length * 2);
        bytes = this.#copy;
        bytes.set(source);
      }
    }
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.#view = null;
    }
    this.position = 0;
    this.end = length;
    this.#run = "";
    this.#cut = this.#nextRun = this.#runsEnd = 0;
  }

  /** Says where the section of strings stands. */
  strings(start: number, end: number): void {
    this.#nextRun = start;
    this.#runsEnd = end;
  }

  /** Forgets the message, so that its memory can go. */
  finish(): void {
    if (this.bytes !== this.#copy) {
      this.bytes = this.#copy;
      this.#view = null;
    }
    this.#run = "";
  }

  byte(): number {
    if (this.position >= this.end) throw malformed("it is cut short");
    return this.bytes[this.position++]!;
  }

  /** Reads a whole number from 0 to 2^53 - 1. */
  varint(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    for (let i = 1; i < 8; i++) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw malformed("a number is too large");
  }

  /** Reads how many things follow, each of which takes `size` bytes or more. */
  count(size: number): number {
    const count = this.varint();
    if (count * size > this.end - this.position) throw malformed("it is cut short");
    return count;
  }

  double(): number {
    if (this.end - this.position < 8) throw malformed("it is cut short");
    const value = this.#dataView().getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  #dataView(): DataView {
    if (this.#view !== null) return this.#view;
    const { buffer, byteOffset, byteLength } = this.bytes;
    return this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  /** Takes `length` bytes as a view of the message. */
  take(length: number): Uint8Array {
    if (length > this.end - this.position) throw malformed("it is cut short");
    const start = this.position;
    this.position += length;
    return viewOf(this.bytes, start, length);
  }

  /** Reads a string whose tag was read. */
  text(tag: number): string {
    if (tag >= SMALL_STRING && tag < SMALL_STRING + 64) return this.cut(tag - SMALL_STRING);
    if (tag === STRING) return this.cut(this.varint());
    if (tag !== STRING_UTF8 && tag !== STRING_UTF16) throw malformed("a string is expected");
    const length = this.double();
    if (!(length >= 0 && length <= this.end - this.position) || length % 1 !== 0) throw malformed("it is cut short");
    const text = tag === STRING_UTF8 ? this.#utf8(this.position, length) : this.#utf16(this.position, length);
    this.position += length;
    return text;
  }

  /** Reads a string with its tag. */
  string(): string {
    return this.text(this.byte());
  }

  /** Takes the next `length` UTF-16 units of the section of strings. */
  cut(length: number): string {
    let start = this.#cut;
    if (start + length > this.#run.length) {
      if (start !== this.#run.length) throw malformed("a string crosses two runs");
      this.#loadRun();
      start = 0;
      if (length > this.#run.length) throw malformed("a string is cut short");
    }
    this.#cut = start + length;
    return this.#run.substring(start, start + length);
  }

  #loadRun(): void {
    const { position, end } = this;
    this.position = this.#nextRun;
    this.end = this.#runsEnd;
    const head = this.varint();
    const length = Math.floor(head / 2);
    if (length > this.end - this.position) throw malformed("its strings are cut short");
    this.#run = head % 2 === 0 ? this.#utf8(this.position, length) : this.#utf16(this.position, length);
    this.#nextRun = this.position + length;
    this.position = position;
    this.end = end;
  }

  #utf8(start: number, length: number): string {
    const { bytes } = this;
    if (length <= SHORT) {
      let text = "";
      let i = 0;
      for (; i < length; i++) {
        const code = bytes[start + i]!;
        if (code > 0x7f) break;
        text += fromCharCode(code);
      }
      if (i === length) return text;
    }
    return decodeUtf8(viewOf(bytes, start, length) as Uint8Array);
  }

  #utf16(start: number, length: number): string {
    if (length % 2 !== 0) throw malformed("a string is cut short");
    const view = this.#dataView();
    const units = new Uint16Array(Math.min(length / 2, 4096));
    let text = "";
    for (let done = 0; done < length / 2;) {
      const part = Math.min(units.length, length / 2 - done);
      for (let i = 0; i < part; i++) units[i] = view.getUint16(start + (done + i) * 2, true);
      text += apply(fromCharCode, null, units.subarray(0, part) as unknown as number[]);
      done += part;
    }
    return text;
  }
}
