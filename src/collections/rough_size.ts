/**
 * About how many bytes a value takes, quickly.
 *
 * @module
 */

import { Array, ArrayBuffer, isInstance, Object } from "../captured.ts";

/** Properties that are looked at. */
const LOOKS = 8;

/** Bytes that a value takes on its way, good to a factor of a few. */
export function roughSize(value: unknown, depth = 2): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 9;
  if (ArrayBuffer.isView(value)) return value.byteLength + 16;
  if (isInstance(value, ArrayBuffer)) return value.byteLength + 16;
  if (depth === 0) return 100;
  if (Array.isArray(value)) {
    if (value.length === 0) return 4;
    return 4 + value.length * roughSize(value[value.length >> 1], depth - 1);
  }
  let size = 8;
  let count = 0;
  for (const key of Object.keys(value)) {
    if (++count > LOOKS) return size * (Object.keys(value).length / LOOKS);
    const descriptor = Object.getOwnPropertyDescriptor(value, key); // a getter may have effects
    size += 2 + roughSize(descriptor?.value, depth - 1);
  }
  return size;
}
