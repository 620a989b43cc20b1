import { Object } from "../captured.ts";
import { viewType } from "./_views.ts";

/** What is used of Node's class of byte arrays. */
interface NodeBufferClass {
  readonly prototype: object;
  from(buffer: object, offset: number, length?: number): Uint8Array;
}

/** Node's class, which the other runtimes have too, but which is not taken for granted. */
export function nodeBufferClass(): NodeBufferClass | undefined {
  return (globalThis as Record<string, unknown>)["Buffer"] as NodeBufferClass | undefined;
}

/** Whether a view is an instance of Node's class, and not of a subclass. */
export function isNodeBuffer(value: ArrayBufferView): boolean {
  const prototype = nodeBufferClass()?.prototype;
  return prototype !== undefined && Object.getPrototypeOf(value) === prototype && viewType(value) === "Uint8Array";
}
