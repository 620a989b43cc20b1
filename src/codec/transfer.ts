/**
 * `transfer()`: marks memory and ports to move instead of being copied. The marks are used up when the call is
 * encoded.
 *
 * @module
 */

import { Array, ArrayBuffer, structuredClone } from "../captured.ts";
import { indexOf, push, some } from "../lists.ts";
import { misuse } from "../errors.ts";
import { requireStack } from "../stack.ts";
import { isPort } from "./_brands.ts";
import { isArrayBuffer, isDetached } from "./_buffers.ts";
import { describe } from "./describe.ts";
import { registry } from "./registry.ts";
import type { Attachment } from "./types.ts";

/**
 * Marks an argument, a result or an error to throw so that the listed ArrayBuffers and MessagePorts move to the other
 * thread: nothing is copied, and they are unusable here afterwards.
 *
 * The mark is for the value itself, not for a value that holds it, and for one call: when that call
 * has been encoded, the mark is used up and the buffers are gone, also those that `value` does not
 * hold. If the call is refused, nothing is moved and the mark is gone. Memory that cannot leave a thread (of a
 * WebAssembly.Memory, or Node's pool of small Buffers) is a TypeError at the call; Node 20 copies it. Only the format `auto` moves memory; the others
 * copy it and leave the mark in place.
 *
 * @example Usage
 * ```ts
 * import { isMain, run, shutdown, transfer } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const image = new Uint8Array(1_000_000).fill(1);
 *   const sum = (bytes: Uint8Array) => bytes.reduce((a, b) => a + b, 0);
 *   console.log(await run(sum, transfer(image, [image.buffer]))); // 1000000
 *   console.log(image.length); // 0
 *   await shutdown();
 * }
 * ```
 *
 * @typeParam T The value.
 * @param value An argument or a result of a task.
 * @param transferables What moves.
 * @returns `value` itself, marked.
 * @throws {TypeError} If `value` is no object, or the list holds something that cannot move.
 */
export function transfer<T extends object>(value: T, transferables: readonly object[]): T {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    throw refused(`'value' must be an object: received ${describe(value)}`);
  }
  if (!Array.isArray(transferables)) {
    throw refused(`'transferables' must be an array: received ${describe(transferables)}`);
  }
  const list = [...transferables] as object[];
  for (let index = 0; index < list.length; index++) {
    const item = list[index]!;
    check(item, index);
    if (indexOf(list, item) !== index) throw refused(`transferables[${index}] is listed twice`);
  }
  if (!registry.transfers.has(value)) registry.liveTransfers++;
  registry.transfers.set(value, list);
  return value;
}

function check(item: unknown, index: number): void {
  if (isPort(item)) return;
  if (!isArrayBuffer(item)) {
    const advice = ArrayBuffer.isView(item) ? ", list its 'buffer'" : "";
    throw refused(`transferables[${index}] is neither an ArrayBuffer nor a MessagePort but ${describe(item)}${advice}`);
  }
  if (isDetached(item)) throw refused(`transferables[${index}] was transferred already`);
}

function refused(why: string, cause?: unknown): TypeError {
  const error = new TypeError(`Cannot transfer as ${why}`, cause === undefined ? undefined : { cause });
  return misuse(error, "INVALID_TRANSFER");
}

/** Whether something is to move with one of some values. */
export function hasTransfer(values: readonly unknown[]): boolean {
  return registry.liveTransfers > 0 && some(values, (value) => registry.transfers.has(value as object));
}

/** Takes the marks off the arguments of a call that is refused, or off a message that failed: a mark is for one call. */
export function dropTransfers(values: readonly unknown[]): void {
  if (registry.liveTransfers === 0) return;
  for (const value of values) if (registry.transfers.delete(value as object)) registry.liveTransfers--;
}

/**
 * What moves with some values: reserves an attachment for each. Called only while a mark is live.
 *
 * @returns the marked values, or `null` if none is marked
 */
export function reserveTransfers(
  values: readonly unknown[],
  attachments: Attachment[],
  moving: Map<object, number>,
): object[] | null {
  let marked: object[] | null = null;
  for (const value of values) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) continue;
    const list = registry.transfers.get(value);
    if (list === undefined) continue;
    push(marked ??= [], value);
    for (let index = 0; index < list.length; index++) {
      const item = list[index]!;
      if (moving.has(item)) continue;
      check(item, index);
      const attachment: Attachment = isPort(item)
        ? { kind: "port", port: item }
        : { kind: "transfer", buffer: item as ArrayBuffer };
      moving.set(item, push(attachments, attachment) - 1);
    }
  }
  return marked;
}

/** Takes the buffers from this thread, all or none, once the message is complete. */
export function takeTransfers(marked: readonly object[], attachments: Attachment[]): void {
  requireStack(); // all or none
  const buffers: ArrayBuffer[] = [];
  for (const attachment of attachments) if (attachment.kind === "transfer") push(buffers, attachment.buffer);
  let taken: ArrayBuffer[];
  try {
    taken = structuredClone(buffers, { transfer: buffers });
  } catch (cause) {
    throw refused("the memory cannot leave this thread, as that of a WebAssembly.Memory or a pooled Buffer", cause);
  }
  let next = 0;
  for (let i = 0; i < attachments.length; i++) {
    if (attachments[i]!.kind === "transfer") attachments[i] = { kind: "transfer", buffer: taken[next++]! };
  }
  for (const value of marked) if (registry.transfers.delete(value)) registry.liveTransfers--;
}
