/**
 * Puts a task's arguments where its worker finds them, takes them back from a revoked task, and frees them.
 *
 * @module
 */

import type { ArenaWriter } from "./arena.ts";
import * as at from "./layout.ts";
import type { CallerPort } from "./caller_port.ts";
import type { Copy, PayloadMessage } from "./messages.ts";
import { ARENA, ATTACHED, INLINE, ON_PORT, placeOf, TRANSFER_BIT } from "./payload_descriptor.ts";
import { placeFor } from "./payload_place.ts";

/** Attachments that are ready to be posted, to more than one worker if need be. */
export interface Parcel {
  /** Attachments by position; binary data to be copied is in shared memory by now. */
  readonly attachments: readonly object[];
  /** Those that the receiver copies out of shared memory, which came from the arena's spare memory. */
  readonly copies: readonly Copy[];
  /** What moves; once posted the task cannot be given to another worker. */
  readonly transfer: readonly object[];
  /** Names of the attachments, where all are shared memory: they end the encoding. */
  readonly names?: readonly number[];
}

/** The part of a task that is its arguments. */
export interface Posted {
  /** Place, formats and scalar tags, see `payload_descriptor.ts`; the place is that of the last push. */
  argsWord: number;
  /** The arguments themselves where all are scalars, else `null`. */
  scalars: readonly unknown[] | null;
  /** The encoding in private memory, or `null` while it stands in a slot or the arena. */
  bytes: Uint8Array | null;
  /** Bytes of the encoding. */
  length: number;
  /** Offset of the encoding in the argument arena, or -1. */
  arenaOffset: number;
  /** The encoding in shared memory of its own, where no arena takes it. */
  ownMemory: SharedArrayBuffer | null;
  /** What travels on the port. */
  parcel: Parcel | null;
}

/** The parts of a lane that are written here. */
interface LaneMemory {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array;
}

/** Writes a task's arguments for the worker of a lane; the caller then publishes the slot. */
export function placeArguments(
  lane: LaneMemory,
  callerPort: Pick<CallerPort, "post" | "outlet">,
  arena: ArenaWriter,
  base: number,
  entry: number,
  task: Posted,
): void {
  const scalars = task.scalars;
  if (scalars !== null) {
    const half = (base + at.ARGS_SCALARS) >> 1;
    for (let i = 0; i < scalars.length; i++) {
      const value = scalars[i];
      if (typeof value === "number") lane.numbers[half + i] = value;
    }
    lane.words[base + at.ARGS] = task.argsWord;
    return;
  }
  const place = choosePlace(arena, task);
  const parcel = task.parcel;
  let word = (task.argsWord & ~15) | place;
  const named = parcel?.names !== undefined;
  if (named) callerPort.outlet.share(parcel.names!, parcel.attachments);
  else if (parcel !== null) word |= parcel.transfer.length > 0 ? ATTACHED | TRANSFER_BIT : ATTACHED;
  task.argsWord = word;
  if (place === INLINE) lane.bytes.set(task.bytes!, (base + at.PAYLOAD) * 4);
  if (place === ON_PORT || (parcel !== null && !named)) {
    const message: PayloadMessage = {
      kind: "payload",
      entry,
      head: place === ON_PORT ? task.ownMemory : null,
      headLength: task.length,
      attachments: named ? [] : parcel?.attachments ?? [],
      copies: parcel?.copies ?? [],
    };
    // Posted before the slot is published, so it is there when the worker sees the slot.
    callerPort.post(message, parcel?.transfer ?? []);
  }
  if (place === INLINE) task.bytes = null;
  lane.words[base + at.ARGS] = word;
  lane.words[base + at.ARGS_OFFSET] = task.arenaOffset;
  lane.words[base + at.ARGS_LENGTH] = task.length;
}

/** Finds room for an encoding; on return it is inline-able, in the arena, or in memory of its own. */
function choosePlace(arena: ArenaWriter, task: Posted): number {
  if (task.arenaOffset >= 0) return ARENA; // it was there already: a revoked task moves a descriptor
  if (task.ownMemory !== null) return ON_PORT;
  const place = placeFor(task.length);
  if (place === INLINE) return INLINE;
  if (place === ARENA) {
    const offset = arena.allocate(task.length);
    if (offset >= 0) {
      task.arenaOffset = offset; // at once: whatever fails, the block is given back
      arena.bytes.set(task.bytes!, offset);
      task.bytes = null;
      return ARENA;
    }
  }
  task.ownMemory = arena.spare.copyOf(task.bytes!);
  task.bytes = null;
  return ON_PORT;
}

/** Makes the arguments of a revoked task its own again. */
export function retrieveArguments(
  lane: LaneMemory,
  callerPort: Pick<CallerPort, "post">,
  base: number,
  entry: number,
  task: Posted,
): void {
  if (task.scalars !== null) return;
  const place = placeOf(task.argsWord);
  if (place === INLINE) {
    const from = (base + at.PAYLOAD) * 4;
    task.bytes = lane.bytes.slice(from, from + task.length);
  }
  const { parcel } = task;
  if (place !== ON_PORT && (parcel === null || parcel.names !== undefined)) return;
  try {
    // By the port that the payload went by, or it could come after this.
    callerPort.post({ kind: "drop", entry }, [], parcel !== null && parcel.transfer.length > 0);
  } catch {
    // Then the worker keeps a payload that nobody asks for.
  }
}

/** Frees what a settled task's arguments hold. */
export function releaseArguments(arena: ArenaWriter, task: Posted): void {
  if (task.scalars === null && task.arenaOffset >= 0) {
    arena.free(task.arenaOffset, task.length);
    task.arenaOffset = -1;
  }
  task.bytes = null;
  task.ownMemory = null;
  task.parcel = null;
}

/**
 * Keeps the large memory of a task's arguments for other tasks. Its worker must be done with the task: one that was
 * taken back or given up may be read still, what is read then is thrown away.
 */
export function recycleArguments(arena: ArenaWriter, ownMemory: SharedArrayBuffer | null, parcel: Parcel | null): void {
  if (ownMemory !== null) arena.spare.give(ownMemory);
  if (parcel === null) return;
  for (const { position } of parcel.copies) arena.spare.give(parcel.attachments[position] as SharedArrayBuffer);
}
