import { types } from "node:util";
import type { BrandChecks } from "../../src/adapter.ts";
import { createCodec } from "../../src/codec/mod.ts";
import type { Attachment, Encoded, Format, Received } from "../../src/codec/mod.ts";
import { SerializationError } from "../../src/errors.ts";
import assert from "node:assert/strict";

export const codec: ReturnType<typeof createCodec> = createCodec(types as unknown as BrandChecks, {
  unref: (port) => (port as { unref?(): void }).unref?.(),
});

/** What the transport makes of attachments. */
export function deliver(attachments: readonly Attachment[] | null): Received[] {
  return (attachments ?? []).map((attachment) => {
    if (attachment.kind === "copy") return attachment.bytes.slice().buffer;
    return attachment.kind === "port" ? attachment.port : attachment.buffer;
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

/** The value's graph as text: types, identity, holes, -0, order of properties, shared buffers. */
export function describeGraph(value: unknown): string {
  const numbers = new Map<object, number>();
  const lines: string[] = [];
  const number = (object: object, text: (id: number) => string): string => {
    const known = numbers.get(object);
    if (known !== undefined) return `#${known}`;
    const id = numbers.size;
    numbers.set(object, id);
    const at = lines.push("") - 1;
    lines[at] = `#${id} = ${text(id)}`;
    return `#${id}`;
  };
  const properties = (object: object) =>
    Object.keys(object).map((key) => `${JSON.stringify(key)}: ${name((object as Record<string, unknown>)[key])}`).join(
      ", ",
    );
  const bytesOf = (view: ArrayBufferView | ArrayBuffer) => {
    const bytes = ArrayBuffer.isView(view)
      ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
      : new Uint8Array(view);
    return [...bytes].join(" ");
  };
  const name = (item: unknown): string => {
    if (typeof item === "bigint") return `${item}n`;
    if (Object.is(item, -0)) return "-0";
    if (typeof item === "string") return JSON.stringify(item);
    if (typeof item !== "object" || item === null) return String(item);
    return number(item, () => {
      if (Array.isArray(item)) return `array ${item.length} {${properties(item)}}`;
      if (item instanceof Date) return `date ${item.getTime()}`;
      if (item instanceof RegExp) return `regexp ${item} ${item.lastIndex}`;
      if (item instanceof Map) {
        return `map {${[...item].map(([key, entry]) => `${name(key)} => ${name(entry)}`).join(", ")}}`;
      }
      if (item instanceof Set) return `set {${[...item].map(name).join(", ")}}`;
      if (item instanceof Error) {
        return `error ${Object.prototype.toString.call(item)} ${item.name} ${item.message} {${properties(item)}}`;
      }
      if (item instanceof ArrayBuffer || item instanceof SharedArrayBuffer) {
        return `buffer ${item.byteLength} ${bytesOf(item as ArrayBuffer)}`;
      }
      if (ArrayBuffer.isView(item)) return `${item.constructor.name} ${bytesOf(item)}`;
      if (types.isBoxedPrimitive(item)) return `boxed ${typeof item.valueOf()} ${String(item.valueOf())}`;
      const prototype = Object.getPrototypeOf(item);
      return `${prototype === Object.prototype ? "object" : `instance ${prototype?.constructor?.name}`} {${
        properties(item)
      }}`;
    });
  };
  const root = name(value);
  return [root, ...lines].join("\n");
}
