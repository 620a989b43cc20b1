/**
 * The format `auto`: whole graphs of values, as `structuredClone` has them and better. It puts encoder and decoder
 * together for one thread.
 *
 * @module
 */

import { Array, Error, isInstance, Object, RangeError, TypeError } from "../captured.ts";
import type { BrandChecks, NodeBufferClass } from "../adapter.ts";
import { MulticoreError, SerializationError } from "../errors.ts";
import { Classifier } from "./_brands.ts";
import { readRich } from "./_decode_rich.ts";
import { Decoder } from "./_decoder.ts";
import { describe } from "./describe.ts";
import { writeRich } from "./_encode_rich.ts";
import { Encoder } from "./_encoder.ts";
import { globalBufferClass } from "./_node_buffer.ts";
import { malformed } from "./_reader.ts";
import { type CallbackReceiver, joinScopes } from "./callback_scope.ts";
import { Callbacks } from "./proxy.ts";
import { registry } from "./registry.ts";
import { dropTransfers, reserveTransfers, takeTransfers } from "./transfer.ts";
import type { Codec, CodecOptions, Encoded, Received } from "./types.ts";

/** The format `auto`: whole graphs of values, as `structuredClone` has them and better. */
export class AutoFormat {
  readonly #classifier: Classifier;
  readonly #nodeBuffer: NodeBufferClass | undefined;
  readonly #callbacks: Callbacks;
  /** Those that no message is in; lost if the stack overflows while they forget one, so that nothing is left of it. */
  #encoder: Encoder | null = null;
  #decoder: Decoder | null = null;

  constructor(codec: Codec, brands: BrandChecks, options: CodecOptions) {
    const nodeBuffer = options.nodeBuffer ?? globalBufferClass();
    this.#nodeBuffer = nodeBuffer;
    this.#classifier = new Classifier(brands, nodeBuffer);
    this.#callbacks = new Callbacks(codec, (value) => this.encodeThrown(value), options);
  }

  encode(value: unknown, root: string, lenient = false): Encoded {
    const encoder = this.#encoder ?? new Encoder(this.#classifier, this.#callbacks, writeRich);
    this.#encoder = null; // a getter of the value may start another message
    const isCall = root === "arguments" && Array.isArray(value);
    try {
      encoder.begin(root);
      encoder.lenient = lenient;
      const marked = registry.liveTransfers === 0
        ? null
        : reserveTransfers(isCall ? value as unknown[] : [value], encoder.attachments, encoder.moving);
      if (isCall) encoder.list(value as unknown[]);
      else encoder.write(value);
      const encoded = encoder.end();
      if (marked !== null) takeTransfers(marked, encoder.attachments);
      return encoded;
    } catch (error) {
      joinScopes(encoder.scopes)?.release();
      dropTransfers(isCall ? value as unknown[] : [value]);
      throw this.#failure(error, encoder);
    } finally {
      encoder.clear();
      this.#encoder = encoder;
    }
  }

  /** What a getter, a `serialize` or the executor threw becomes a SerializationError. */
  #failure(error: unknown, encoder: Encoder): unknown {
    if (error instanceof SerializationError || isMisuse(error)) return error;
    const path = encoder.where();
    const deep = isInstance(error, RangeError) && /call stack/i.test(error.message);
    const why = deep ? "the call stack is nearly full" : `reading it threw ${describe(error)}`;
    return new SerializationError(`Cannot send '${path}' as ${why}`, path, { cause: error });
  }

  /** Never throws: what cannot cross is replaced by its description. */
  encodeThrown(value: unknown): Encoded {
    if (!this.#isError(value)) {
      try {
        return this.encode(value, "thrown");
      } catch (error) {
        return this.encodeThrown(this.#standIn(value, error));
      }
    }
    try {
      return this.#lenient(value);
    } catch (error) {
      try {
        return this.#lenient(reduced(value));
      } catch {
        return this.#lenient(this.#standIn(value, error));
      }
    }
  }

  #isError(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    try {
      if (this.#classifier.isProxy(value)) return false;
      const brand = this.#classifier.brand(value);
      return brand === "error" || brand === "dom_exception";
    } catch {
      return false;
    }
  }

  #lenient(error: unknown): Encoded {
    return this.encode(error, "thrown", true);
  }

  /** Stands for a thrown value that cannot cross. A Proxy of an error still tells its message. */
  #standIn(value: unknown, error: unknown): Error {
    if (typeof value === "object" && value !== null && this.#classifier.isProxy(value)) {
      const copy = reduced(value);
      if (copy.message !== "" || copy.name !== "Error") return copy;
    }
    const path = error instanceof SerializationError ? error.path : "thrown";
    const detail = isInstance(error, Error) ? `: ${error.message}` : "";
    const message = `A task threw ${describe(value)}, which cannot be sent${detail}`;
    return new SerializationError(message, path);
  }

  decode(bytes: Uint8Array, attachments: readonly Received[], into?: CallbackReceiver): unknown {
    const decoder = this.#decoder ?? new Decoder(this.#callbacks, readRich, this.#nodeBuffer);
    this.#decoder = null; // a class's `deserialize` may decode meanwhile
    try {
      const value = decoder.message(bytes, attachments);
      if (into !== undefined) into.callbacks = joinScopes(decoder.scopes);
      return value;
    } catch (error) {
      joinScopes(decoder.scopes)?.release();
      if (error instanceof MulticoreError) throw error;
      throw malformed("it holds something that cannot be", error);
    } finally {
      decoder.clear();
      this.#decoder = decoder;
    }
  }
}

function isMisuse(error: unknown): boolean {
  return isInstance(error, TypeError) && (error as { code?: unknown }).code === "ERR_MULTICORE_INVALID_TRANSFER";
}

/** The few parts of an error that matter most, each read with care. */
function reduced(value: unknown): Error {
  const read = (key: string): string | undefined => {
    try {
      const text = (value as Record<string, unknown>)[key];
      return typeof text === "string" ? text : undefined;
    } catch {
      return undefined;
    }
  };
  const error = new Error(read("message") ?? "");
  for (const key of ["name", "stack", "code"]) {
    const text = read(key);
    if (text === undefined) continue;
    Object.defineProperty(error, key, { value: text, enumerable: key === "code", writable: true, configurable: true });
  }
  return error;
}
