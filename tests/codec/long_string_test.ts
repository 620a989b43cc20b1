import assert from "node:assert/strict";
import { freemem } from "node:os";
import { describe, it } from "node:test";
import { decodeUtf8 } from "../../src/codec/_utf8.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("decodeUtf8()", () => {
  it("gives the same text in one part and in many, wherever they are cut", () => {
    for (const text of ["", "a", "\ufeffbom\ufeff", "é€😀é€😀", "x".repeat(20) + "€".repeat(7), "\ufffd\0"]) {
      for (let part = 1; part < 25; part++) assert.equal(decodeUtf8(encode(text), part), text, `${text} by ${part}`);
    }
    assert.equal(decodeUtf8(Uint8Array.of(0x61, 0xe2, 0x82), 2), "a\ufffd", "a broken end is told as in one part");
  });

  // Three bytes a character: more than the runtimes decode at once, and a third of what a string may hold.
  const size = 540_000_000;
  const isTight = freemem() < 8 * size;
  it("decodes 540 MB", { skip: isTight ? "there is not so much memory" : false, timeout: 300_000 }, () => {
    const bytes = new Uint8Array(size);
    const pattern = encode("€".repeat(1_000_000));
    for (let at = 0; at < size; at += pattern.length) bytes.set(pattern, at);
    const text = decodeUtf8(bytes);
    assert.equal(text.length, size / 3);
    for (let at = 0; at < text.length; at += 999_983) assert.equal(text.charCodeAt(at), 0x20ac);
    assert.equal(text.charCodeAt(text.length - 1), 0x20ac);
  });
});
