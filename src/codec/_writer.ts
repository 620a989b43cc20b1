/**
 * Writes bytes, numbers and text into scratch memory that grows, and that is used again for the next message.
 *
 * @module
 */

import { DataView, Math, TextEncoder, Uint8Array } from "../captured.ts";
import { push } from "../lists.ts";
import { LONG_STRING, SMALL_STRING, STRING, STRING_RUN, STRING_UTF16, STRING_UTF8 } from "./_tags.ts";

const INITIAL = 16 * 1024;
/** Scratch memory beyond this is given back when it is no longer used. */
const KEPT = 4 * 1024 * 1024;
/** Up to this length a loop beats the call of the encoder. */
const SHORT = 24;

const utf8 = new TextEncoder();

/** Whether a string holds no lone surrogate. */
function wellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** A growable buffer that is written from front to back and used again for the next message. */
export class ByteWriter {
  /** What was written is `bytes[0, position)`. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL);
  position = 0;
  /** On `bytes`. */
  #view: DataView = new DataView(this.bytes.buffer);
  /** The run of short strings being collected. */
  #run = "";
  /** Runs that are full. */
  #runs: string[] | null = null;
  /** Messages in a row that needed little of a large scratch. */
  #small = 0;

  /** Starts a new message. */
  start(): void {
    if (this.bytes.length > KEPT && this.position < KEPT / 4 && ++this.#small > 32) this.#allocate(INITIAL);
    else if (this.position >= KEPT / 4) this.#small = 0;
    this.position = 0;
    this.#run = "";
    this.#runs = null;
  }

  #allocate(size: number): void {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#small = 0;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.position + count;
    if (needed <= this.bytes.length) return;
    const old = this.bytes;
    this.#allocate(Math.max(needed, Math.min(old.length * 2, old.length + 256 * 1024 * 1024)));
    this.bytes.set(old.subarray(0, this.position));
  }

  byte(value: number): void {
    if (this.position >= this.bytes.length) this.reserve(1);
    this.bytes[this.position++] = value;
  }

  /** Writes a whole number from 0 to 2^53 - 1 in 7-bit groups, lowest first. */
  varint(value: number): void {
    this.reserve(8);
    while (value > 0x7f) {
      this.bytes[this.position++] = (value % 0x80) | 0x80;
      value = value < 0x80000000 ? value >>> 7 : Math.floor(value / 0x80);
    }
    this.bytes[this.position++] = value;
  }

  double(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  raw(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.position);
    this.position += source.length;
  }

  /** Writes a string with its tag. */
  string(text: string): void {
    const length = text.length;
    if (length >= LONG_STRING) return this.#long(text);
    if (length < 64) this.byte(SMALL_STRING | length);
    else {
      this.byte(STRING);
      this.varint(length);
    }
    if (this.#run.length + length > STRING_RUN) {
      push(this.#runs ??= [], this.#run);
      this.#run = text;
    } else this.#run += text;
  }

  #long(text: string): void {
    const exact = wellFormed(text);
    this.byte(exact ? STRING_UTF8 : STRING_UTF16);
    this.double(0);
    const start = this.position;
    if (exact) this.#utf8(text);
    else this.#utf16(text);
    this.#view.setFloat64(start - 8, this.position - start, true);
  }

  /** Guesses one byte a character first, since three for each would triple large scratch memory. */
  #utf8(text: string): void {
    this.reserve(text.length < 4096 ? text.length * 3 : text.length);
    let { read, written } = utf8.encodeInto(text, this.bytes.subarray(this.position));
    this.position += written;
    while (read < text.length) {
      const rest = text.slice(read);
      this.reserve(rest.length * 3);
      const more = utf8.encodeInto(rest, this.bytes.subarray(this.position));
      this.position += more.written;
      read += more.read;
    }
  }

  #utf16(text: string): void {
    this.reserve(text.length * 2);
    let at = this.position;
    for (let i = 0; i < text.length; i++, at += 2) this.#view.setUint16(at, text.charCodeAt(i), true);
    this.position = at;
  }

  /** Writes the section of strings; returns whether there is one. */
  runs(): boolean {
    if (this.#runs !== null) { for (const run of this.#runs) this.#section(run); }
    if (this.#run !== "") this.#section(this.#run);
    return this.#runs !== null || this.#run !== "";
  }

  /** One run: its byte length times two, plus one for UTF-16, then the text. */
  #section(run: string): void {
    const length = run.length;
    this.reserve(length * 3 + 4);
    const start = this.position;
    if (length <= SHORT) {
      let at = start;
      this.bytes[at++] = length * 2;
      let seen = 0;
      for (let i = 0; i < length; i++) {
        const code = run.charCodeAt(i);
        seen |= code;
        this.bytes[at++] = code;
      }
      this.position = at;
      if (seen < 0x80) return;
      this.position = start;
    }
    // The byte length is at most 3 * STRING_RUN, doubled: three groups of 7 bits.
    this.position = start + 3;
    const exact = wellFormed(run);
    if (exact) this.position += utf8.encodeInto(run, this.bytes.subarray(start + 3)).written;
    else this.#utf16(run);
    const head = (this.position - start - 3) * 2 + (exact ? 0 : 1);
    this.bytes[start] = (head & 0x7f) | 0x80;
    this.bytes[start + 1] = ((head >>> 7) & 0x7f) | 0x80;
    this.bytes[start + 2] = head >>> 14;
  }
}
