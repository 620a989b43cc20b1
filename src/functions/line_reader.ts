/**
 * Reads lines of a part of a file, in a worker. A part is a range of bytes; its lines are those that begin in it, so the
 * last one may end behind it, and each line of the file belongs to one part.
 *
 * @module
 */

import { JSON, Math, TextDecoder, Uint8Array } from "../captured.ts";
import type { Adapter, OpenFile } from "../adapter.ts";

/** A part of a file of lines. */
export interface LinePart {
  /** Path of the file. */
  readonly path: string;
  /** Lines that begin at this byte or later, ... */
  readonly from: number;
  /** ... and before this one. */
  readonly to: number;
}

/** Bytes that are read at once; a line may be longer. */
const BLOCK = 1024 * 1024;
const LF = 10;
const CR = 13;

/** The lines of a part in batches: as text, parsed as JSON (empty lines are left out), or just as so many items. */
export function* readLines(
  adapter: Adapter,
  { path, from, to }: LinePart,
  format: "text" | "json" | "count",
): Generator<unknown[]> {
  const file = adapter.openFile(path);
  try {
    let at = from;
    // The line that holds the byte before belongs to the part before, unless that byte ends it.
    if (from > 0) {
      at = findLineStart(file, from - 1);
      if (at >= to || at < 0) return;
    }
    let block = new Uint8Array(Math.min(BLOCK, Math.max(4096, to - at + 4096)));
    while (at < to) {
      let length = file.read(block, at);
      if (length === 0) return;
      // Up to the end of the last line that begins before `to`.
      let end = lastEnd(block, length, to - at);
      while (end < 0 && length === block.length) {
        const larger = new Uint8Array(block.length * 2);
        larger.set(block);
        length += file.read(larger.subarray(block.length), at + block.length);
        block = larger;
        end = lastEnd(block, length, to - at);
      }
      if (end < 0) end = length; // the file's last line has no line break
      const bytes = block.subarray(at === 0 ? startOfText(block) : 0, end);
      const batch = format === "count" ? countLines(bytes) : toLines(bytes);
      yield format === "json" ? parse(batch as string[]) : batch;
      at += end;
    }
  } finally {
    file.close();
  }
}

/** First byte behind the line break at or after `from`; -1 if there is none. */
function findLineStart(file: OpenFile, from: number): number {
  const block = new Uint8Array(64 * 1024);
  for (let at = from;;) {
    const length = file.read(block, at);
    if (length === 0) return -1;
    const found = block.subarray(0, length).indexOf(LF);
    if (found >= 0) return at + found + 1;
    at += length;
  }
}

/** End of the last whole line of a block that begins before `limit`, or -1 if the block ends within its first line. */
function lastEnd(block: Uint8Array, length: number, limit: number): number {
  if (limit < length) {
    // The line that holds the byte before the limit is the last one.
    const end = block.subarray(0, length).indexOf(LF, limit - 1);
    if (end >= 0) return end + 1;
  }
  const end = block.subarray(0, length).lastIndexOf(LF);
  return end < 0 ? -1 : end + 1;
}

/** Length of a byte order mark. */
function startOfText(block: Uint8Array): number {
  return block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? 3 : 0;
}

const decoder: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

function toLines(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  const text = decoder.decode(bytes);
  const lines = text.split("\n");
  if (bytes[bytes.length - 1] === LF) lines.pop();
  if (bytes.includes(CR)) {
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      if (line.charCodeAt(line.length - 1) === CR) lines[i] = line.slice(0, -1);
    }
  }
  return lines;
}

function countLines(bytes: Uint8Array): undefined[] {
  let count = bytes.length > 0 && bytes[bytes.length - 1] !== LF ? 1 : 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) count++;
  return new Array<undefined>(count).fill(undefined);
}

/** @throws {SyntaxError} If a line is no JSON */
function parse(lines: readonly string[]): unknown[] {
  const values: unknown[] = [];
  for (const line of lines) {
    if (line.trim() === "") continue;
    try {
      values.push(JSON.parse(line));
    } catch (cause) {
      const shown = line.length > 60 ? `${line.slice(0, 57)}...` : line;
      throw new SyntaxError(
        `Cannot parse line as JSON: ${(cause as Error).message}; the line is ${JSON.stringify(shown)}`,
        {
          cause,
        },
      );
    }
  }
  return values;
}
