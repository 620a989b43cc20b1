/**
 * Values between threads: the codec of a thread, and what users tell it. Other folders take the codec's functions from
 * here, and its contracts from `types.ts`.
 *
 * @module
 */

export { LARGE_BINARY } from "./_tags.ts";
export { withoutWorkerSource } from "./_worker_source.ts";
export { createCodec, encodeThrown } from "./codec.ts";
export type { CallbackReceiver, CallbackScope } from "./callback_scope.ts";
export type { ThreadCodec } from "./codec.ts";
export { proxy } from "./proxy.ts";
export { FORMATS } from "./formats.ts";
export { isFormat, registerClass, registerCodec, registerTransformer } from "./registry.ts";
export type { ClassOptions, CustomCodec, Transformer } from "./registry.ts";
export { sharedArray } from "./shared_array.ts";
export type { ElementOf, SharedArray, TypedArrayType } from "./shared_array.ts";
export { dropTransfers, hasTransfer, transfer } from "./transfer.ts";
export type { Attachment, Codec, CodecOptions, Encoded, Format, Received } from "./types.ts";
