/**
 * Shared memory for payloads that no arena takes, used again instead of made anew: the system clears new pages at the
 * first touch, which takes five to ten times as long as the copy into them.
 *
 * @module
 */

import { Math, SafeMap, SharedArrayBuffer, Uint8Array, WeakRef } from "../captured.ts";
import { filter, pop, push } from "../lists.ts";

/** Most bytes that are kept. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Parts of a power of two that sizes are rounded up to: at most an eighth is unused, and untouched. */
const STEPS = 8;

/** Bytes that are taken for a payload of `length`, so that others of about its size fit, too. */
function roundUp(length: number): number {
  const step = Math.max(4096, 2 ** Math.floor(Math.log2(length)) / STEPS);
  return Math.ceil(length / step) * step;
}

/** Memory that nobody uses. It is held weakly: the garbage collector takes what was not wanted for a while. */
export class BufferPool {
  /** By size in bytes. */
  readonly #kept: Map<number, WeakRef<SharedArrayBuffer>[]> = new SafeMap();
  #bytes = 0;
  /** Bytes that were refused since the last look at what was collected. */
  #refused = 0;

  /** Memory of at least `length` bytes, with whatever stands in it. */
  take(length: number): SharedArrayBuffer {
    if (length > MOST_BYTES) return new SharedArrayBuffer(length); // it is not kept, so nobody else has to fit
    const size = roundUp(length);
    const kept = this.#kept.get(size);
    while (kept !== undefined && kept.length > 0) {
      this.#bytes -= size;
      const buffer = pop(kept)!.deref();
      if (buffer !== undefined) return buffer;
    }
    return new SharedArrayBuffer(size);
  }

  /** Keeps memory that came from `take`, and that nobody reads or writes any more. */
  give(buffer: SharedArrayBuffer): void {
    const size = buffer.byteLength;
    if (size > MOST_BYTES || !this.#hasCapacity(size)) return;
    const kept = this.#kept.get(size);
    if (kept === undefined) this.#kept.set(size, [new WeakRef(buffer)]);
    else push(kept, new WeakRef(buffer));
    this.#bytes += size;
  }

  /** A copy of private bytes, which stands at the start of the memory. */
  copyOf(bytes: Uint8Array): SharedArrayBuffer {
    const buffer = this.take(bytes.length);
    new Uint8Array(buffer).set(bytes);
    return buffer;
  }

  /** Looks at what was collected only once in so many bytes: those who give are many while a long queue is worked off. */
  #hasCapacity(size: number): boolean {
    if (this.#bytes + size <= MOST_BYTES) return true;
    this.#refused += size;
    if (this.#refused >= MOST_BYTES) this.#forgetCollected();
    return this.#bytes + size <= MOST_BYTES;
  }

  #forgetCollected(): void {
    this.#bytes = this.#refused = 0;
    for (const [size, kept] of this.#kept) {
      const left = filter(kept, (ref) => ref.deref() !== undefined);
      if (left.length === 0) this.#kept.delete(size);
      else this.#kept.set(size, left);
      this.#bytes += size * left.length;
    }
  }
}
