/**
 * Where the bytes of a payload stand. Caller and worker choose the place of what they write, and find what the other has
 * written, by the same rules.
 *
 * @module
 */

import { Math } from "../captured.ts";
import { type ArenaReader, LARGEST_BLOCK } from "./arena.ts";
import * as at from "./layout.ts";
import type { ReceivedPayload } from "./messages.ts";
import { ARENA, INLINE, ON_PORT, placeOf } from "./payload_descriptor.ts";

/** The place for an encoding of so many bytes: the slot, else the writer's arena, if that has a block, else the port. */
export function placeFor(length: number): number {
  if (length <= at.PAYLOAD_BYTES) return INLINE;
  return length <= LARGEST_BLOCK ? ARENA : ON_PORT;
}

/**
 * The bytes of a payload; a view, where they stand in shared memory.
 *
 * @param word says where, see `payload_descriptor.ts`
 * @param lane the bytes of the lane
 * @param base the slot's first word
 * @param arena the writer's
 * @param offset where in the arena, as the slot says it
 * @param received what came on the port
 * @throws {RangeError} If it is not inside the arena
 */
export function bytesAt(
  word: number,
  lane: Uint8Array,
  base: number,
  arena: ArenaReader,
  offset: number,
  length: number,
  received: ReceivedPayload | null,
): Uint8Array {
  switch (placeOf(word)) {
    case INLINE: {
      const from = (base + at.PAYLOAD) * 4;
      return lane.subarray(from, from + Math.min(length, at.PAYLOAD_BYTES));
    }
    case ARENA:
      return arena.view(offset >>> 0, length);
    default:
      return received!.head!;
  }
}
