/**
 * What a value looks like between threads. A codec turns a value into bytes and, beside them, the
 * few things that bytes cannot hold.
 *
 * @module
 */

import type { CallbackReceiver, CallbackScope } from "./callback_scope.ts";
import type { NodeBufferClass } from "../adapter.ts";

/** A serialization format: one of the built-in ones or a name given to `registerCodec`. */
export type Format = "auto" | "superjson" | "json" | "string" | "bytes" | (string & Record<never, never>);

/**
 * Something that travels beside the bytes and is named in them by its position.
 *
 * - `copy`: large binary data; the transport copies it once on the sender's side.
 * - `transfer`: an ArrayBuffer that moves; it was already taken from the sender.
 * - `shared`: shared memory, by reference.
 * - `port`: a MessagePort that moves.
 * - `clone`: something that only the runtime can hand over, and that both sides have then: WebAssembly.
 */
export type Attachment =
  | { readonly kind: "copy"; readonly bytes: Uint8Array }
  | { readonly kind: "transfer"; readonly buffer: ArrayBuffer }
  | { readonly kind: "shared"; readonly buffer: SharedArrayBuffer }
  | { readonly kind: "port"; readonly port: object }
  | { readonly kind: "clone"; readonly object: object };

/** What of an attachment travels as it is: all but the bytes of a `copy`. */
export function contentsOf(attachment: Exclude<Attachment, { readonly kind: "copy" }>): object {
  if (attachment.kind === "port") return attachment.port;
  return attachment.kind === "clone" ? attachment.object : attachment.buffer;
}

/** An attachment as the receiver gets it: a `copy` and a `transfer` arrive as an ArrayBuffer of their own. */
export type Received = ArrayBuffer | SharedArrayBuffer | object;

/** An encoded value. */
export interface Encoded {
  /**
   * Holds the bytes from 0 to `length`. Borrowed: valid until the next `encode` on this thread, so
   * copy what must live longer.
   */
  readonly bytes: Uint8Array;
  /** Length of the encoding, in bytes. */
  readonly length: number;
  /** What travels beside the bytes, or `null`. */
  readonly attachments: readonly Attachment[] | null;
  /** Ends the callbacks among the values, or `null` if there is none; without it they live as long as what is made of them. */
  readonly callbacks: CallbackScope | null;
}

/** Encodes and decodes values for one thread. */
export interface Codec {
  /**
   * @param value any value; for the arguments of a call the array of them
   * @param format which encoding; the receiver must be told the same
   * @param root what the value is called in a `path`. `"arguments"` says that `value` is the array of
   * arguments: the rules of `json`, `string` and `bytes`, and the marks of `transfer`, are for each
   * of them. With any other name, such as `"result"`, they are for `value`. An argument or a result
   * may be `undefined` in every format
   * @throws {SerializationError} if the value, or one inside it, cannot cross in this format
   */
  encode(value: unknown, format: Format, root: string): Encoded;
  /**
   * @param bytes exactly the encoding; may be a view of shared memory, nothing in the result aliases it
   * @param attachments what came beside the bytes; ArrayBuffers among them become part of the result
   * @param into takes over the callbacks among the values; without it they live until they are collected
   * @throws {SerializationError} if the bytes are not an encoding of this format
   */
  decode(bytes: Uint8Array, format: Format, attachments: readonly Received[], into?: CallbackReceiver): unknown;
}

/** What a codec needs of its thread beside the brand checks. */
export interface CodecOptions {
  /** Lets the program end although a callback's port is open. */
  unref?(port: object): void;
  /** A port that has come, as one that tells when its other end is gone. */
  adopt?(port: object): object;
  /** A function that always runs with the async context in which this is called. */
  bindContext?<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R;
  /** Node's class of byte arrays; by default what the global `Buffer` is. */
  readonly nodeBuffer?: NodeBufferClass | undefined;
}
