import { portable } from "../../adapters/runtime/_portable.ts";
import { createCodec } from "../../src/codec/mod.ts";
import type { Attachment, CallbackReceiver, Encoded, Format, Received } from "../../src/codec/mod.ts";
import { contentsOf } from "../../src/codec/types.ts";
import { SerializationError } from "../../src/errors.ts";
import assert from "node:assert/strict";

export const codec: ReturnType<typeof createCodec> = createCodec(portable.types, {
  unref: (port) => (port as { unref?(): void }).unref?.(),
});

/** What the transport makes of attachments. */
export function deliver(attachments: readonly Attachment[] | null): Received[] {
  return (attachments ?? []).map((attachment) => {
    return attachment.kind === "copy" ? attachment.bytes.slice().buffer : contentsOf(attachment);
  });
}

/** The encoding in shared memory, where receivers read it. */
export function shared({ bytes, length }: Encoded): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(length));
  copy.set(bytes.subarray(0, length));
  return copy;
}

/** Sends a value and gives what arrives. */
export function cross<T>(value: T, format: Format = "auto", root = "result"): T {
  const encoded = codec.encode(value, format, root);
  return codec.decode(shared(encoded), format, deliver(encoded.attachments)) as T;
}

/** Throws a value in a task and gives what the caller catches. */
export function crossThrown(value: unknown): unknown {
  const encoded = codec.encodeThrown(value);
  return codec.decode(shared(encoded), "auto", deliver(encoded.attachments));
}

/** Asserts that a value is refused, with the path and a message that matches. */
export function refuses(value: unknown, path: string, message: RegExp, format: Format = "auto", root = "result"): void {
  assert.throws(() => codec.encode(value, format, root), (error) => {
    assert(error instanceof SerializationError, String(error));
    assert.equal(error.path, path);
    assert.match(error.message, message);
    return true;
  });
  // The codec stays usable.
  assert.deepEqual(cross({ after: [1] }), { after: [1] });
}

/** Sends arguments with callbacks and gives what arrives, and what ends both ends of the callbacks. */
export function crossWithCallbacks(args: readonly unknown[]): { value: unknown; release(): void } {
  const encoded = codec.encode(args, "auto", "arguments");
  const into: CallbackReceiver = { callbacks: null };
  const value = codec.decode(shared(encoded), "auto", deliver(encoded.attachments), into);
  assert.ok(encoded.callbacks !== null && into.callbacks !== null);
  return {
    value,
    release: () => {
      encoded.callbacks!.release();
      into.callbacks!.release();
    },
  };
}
