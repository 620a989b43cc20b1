/**
 * Decodes UTF-8, in pieces where a text is longer than runtimes decode at once.
 *
 * @module
 */

import { TextDecoder } from "../captured.ts";

/** So many bytes are decoded in one go: runtimes refuse 512 MiB and more, also where that is a shorter string. */
const PART = 256 * 1024 * 1024;

// A byte order mark is text here. Wrong UTF-8 cannot come from our encoder and gives U+FFFD.
const whole = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Decodes UTF-8 of any length.
 *
 * @throws {RangeError} If the text is longer than a string may be
 */
export function decodeUtf8(bytes: Uint8Array, part: number = PART): string {
  if (bytes.length <= part) return whole.decode(bytes as Uint8Array<ArrayBuffer>);
  // Of its own, as it keeps the beginning of a character between two parts.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  for (let at = 0; at < bytes.length; at += part) {
    text += decoder.decode(bytes.subarray(at, at + part) as Uint8Array<ArrayBuffer>, { stream: true });
  }
  return text + decoder.decode();
}
