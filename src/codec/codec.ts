/**
 * The codec of one thread: chooses the format's encoder and decoder. The built-in formats and registered codecs meet
 * here.
 *
 * @module
 */

import { Array, Error, isInstance, Uint8Array } from "../captured.ts";
import { includes, join, map } from "../lists.ts";
import type { BrandChecks } from "../adapter.ts";
import { SerializationError } from "../errors.ts";
import { isShared } from "./_buffers.ts";
import { isBytes } from "./_views.ts";
import { describe } from "./describe.ts";
import { AutoFormat } from "./auto.ts";
import type { CallbackReceiver } from "./callback_scope.ts";
import { fromJSON, toJSON } from "./json.ts";
import { requireBytes, requireString } from "./plain_formats.ts";
import { FORMATS } from "./formats.ts";
import { registry } from "./registry.ts";
import type { CustomCodec } from "./registry.ts";
import { fromSuperJSON, toSuperJSON } from "./superjson.ts";
import type { Codec, CodecOptions, Encoded, Format, Received } from "./types.ts";

/** A codec that can also send whatever a task threw. */
export interface ThreadCodec extends Codec {
  /** Never throws; the receiver decodes it as `auto`. */
  encodeThrown(value: unknown): Encoded;
}

/**
 * Makes the codec of a thread.
 *
 * @param brands The runtime's brand checks.
 * @param options How ports are kept from holding the program.
 */
export function createCodec(brands: BrandChecks, options: CodecOptions = {}): ThreadCodec {
  return new FormatCodec(brands, options);
}

/**
 * Encodes what a task threw, and never throws itself: an error keeps what can cross, the rest is
 * replaced by its description. The receiver decodes it as `auto`.
 */
export function encodeThrown(codec: Codec, value: unknown): Encoded {
  return (codec as ThreadCodec).encodeThrown(value);
}

/** Picks the format. All of them end in `auto`, which carries their strings and bytes. */
class FormatCodec implements ThreadCodec {
  readonly #auto: AutoFormat;

  constructor(brands: BrandChecks, options: CodecOptions) {
    this.#auto = new AutoFormat(this, brands, options);
  }

  encode(value: unknown, format: Format, root: string): Encoded {
    if (format === "auto") return this.#auto.encode(value, root);
    switch (format) {
      case "json":
        return this.#carry(each(value, root, toJSON), root);
      case "superjson":
        return this.#carry(toSuperJSON(value, root), "superjson");
      case "string":
        return this.#carry(each(value, root, requireString), root);
      case "bytes":
        return this.#carry(each(value, root, requireBytes), root);
      default:
        return this.#carry(encodeCustom(customCodec(format), value, format, root), root);
    }
  }

  /** Marks of `transfer` are for `auto`: what the other formats carry has none. */
  #carry(value: unknown, root: string): Encoded {
    const live = registry.liveTransfers;
    registry.liveTransfers = 0;
    try {
      return this.#auto.encode(value, root);
    } finally {
      registry.liveTransfers = live;
    }
  }

  encodeThrown(value: unknown): Encoded {
    return this.#auto.encodeThrown(value);
  }

  decode(bytes: Uint8Array, format: Format, attachments: readonly Received[], into?: CallbackReceiver): unknown {
    if (format === "auto") return this.#auto.decode(bytes, attachments, into);
    const custom = includes(FORMATS, format) ? undefined : customCodec(format);
    const carried = this.#auto.decode(bytes, attachments, into);
    switch (format) {
      case "json":
        return Array.isArray(carried) ? map(carried, fromJSON) : fromJSON(carried);
      case "superjson":
        return fromSuperJSON(carried);
      case "string":
        return each(carried, Array.isArray(carried) ? "arguments" : "result", requireString);
      case "bytes":
        return each(carried, Array.isArray(carried) ? "arguments" : "result", requireBytes);
      default:
        return decodeCustom(custom!, carried, format);
    }
  }
}

/** Applies a format to each argument, or to the result. */
function each(value: unknown, root: string, apply: (value: unknown, path: string) => unknown): unknown {
  if (root !== "arguments" || !Array.isArray(value)) return apply(value, root);
  return map(value, (item, i) => apply(item, `arguments[${i}]`));
}

function customCodec(format: string): CustomCodec {
  const codec = registry.codecs.get(format);
  if (codec !== undefined) return codec;
  const known = join([...FORMATS, ...registry.codecs.keys()], ", ");
  const message = `Cannot use the format '${format}' as this thread has none of that name (it has ${known})` +
    ": call registerCodec() in a module that both sides load";
  throw new SerializationError(message, "");
}

function encodeCustom(codec: CustomCodec, value: unknown, format: string, root: string): unknown {
  if (value === undefined) return undefined;
  let bytes: unknown;
  try {
    bytes = codec.encode(value);
  } catch (cause) {
    const why = isInstance(cause, Error) ? cause.message : describe(cause);
    throw new SerializationError(`Cannot send '${root}' in the format '${format}': ${why}`, root, { cause });
  }
  if (isBytes(bytes)) {
    // Shared memory would go by reference.
    const own = isShared(bytes.buffer) ? new Uint8Array(bytes) : bytes;
    return root === "arguments" ? [own] : own;
  }
  const message = `Cannot send '${root}' as the codec '${format}' must give a Uint8Array: it gave ${describe(bytes)}`;
  throw new SerializationError(message, root);
}

function decodeCustom(codec: CustomCodec, carried: unknown, format: string): unknown {
  if (carried === undefined) return undefined;
  const isCall = Array.isArray(carried);
  const bytes: unknown = isCall ? carried[0] : carried;
  if (!isBytes(bytes)) throw new SerializationError(`Cannot decode the message as '${format}'`, "");
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (cause) {
    const why = isInstance(cause, Error) ? cause.message : describe(cause);
    throw new SerializationError(`Cannot decode the message as '${format}': ${why}`, "", { cause });
  }
  if (!isCall || Array.isArray(value)) return value;
  const message = `Cannot decode the arguments as the codec '${format}' must give an array of them: it gave ${
    describe(value)
  }`;
  throw new SerializationError(message, "arguments");
}
