/**
 * Node's class of byte arrays, `Buffer`, where the runtime's adapter does not give it.
 *
 * @module
 */

import { Object } from "../captured.ts";
import type { NodeBufferClass } from "../adapter.ts";
import { viewType } from "./_views.ts";

/** Node's class of byte arrays where the runtime's adapter does not give it. */
export function globalBufferClass(): NodeBufferClass | undefined {
  return (globalThis as Record<string, unknown>)["Buffer"] as NodeBufferClass | undefined;
}

/** Whether a view is an instance of Node's class, and not of a subclass. */
export function isNodeBuffer(value: ArrayBufferView, nodeBuffer: NodeBufferClass | undefined): boolean {
  return nodeBuffer !== undefined && Object.getPrototypeOf(value) === nodeBuffer.prototype &&
    viewType(value) === "Uint8Array";
}
