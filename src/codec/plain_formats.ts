/**
 * The formats `string` and `bytes`: arguments and results are of that one type, or `undefined`.
 *
 * @module
 */

import { SerializationError } from "../errors.ts";
import { isArrayBuffer } from "./_buffers.ts";
import { isBytes } from "./_views.ts";
import { describe } from "./describe.ts";

/** Checks one argument or result of the format `string`. */
export function requireString(value: unknown, path: string): unknown {
  if (typeof value === "string" || value === undefined) return value;
  const message = `Cannot send '${path}' as it must be a string in the format 'string': received ${describe(value)}`;
  throw new SerializationError(message, path);
}

/** Checks one argument or result of the format `bytes`. */
export function requireBytes(value: unknown, path: string): unknown {
  if (value === undefined || isBytes(value) || isArrayBuffer(value)) return value;
  const message = "Cannot send '" + path + "' as it must be a Uint8Array or an ArrayBuffer in the format 'bytes'" +
    `: received ${describe(value)}`;
  throw new SerializationError(message, path);
}
