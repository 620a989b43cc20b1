/** The functions that the memory check runs in workers. */
import { collect } from "../chaos/machine.ts";

export function add(a: number, b: number): number {
  return a + b;
}

export function rename(user: { id: number; name: string }): { id: number; name: string; tags: string[] } {
  return { ...user, tags: [user.name, "seen"] };
}

/** Gives back the bytes with the first one changed. */
export function touch(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0) bytes[0]! ^= 255;
  return bytes;
}

/** Collects garbage in the worker. */
export function tidy(): void {
  collect();
}
