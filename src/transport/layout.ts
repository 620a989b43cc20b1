/**
 * Where every word of a lane and of the pool's control block stands, and which side writes it.
 * The README beside this file says why.
 *
 * @module
 */

/** Bits of a slot's number. */
const SLOT_BITS = 10;
/**
 * Slots of a lane: tasks that one worker may hold, running or not. Where caller and worker share a core, each switch from
 * one to the other is paid by as many tasks: bursts ran 1.2 to 2 times as fast with 1024 as with 128.
 */
export const SLOTS: number = 1 << SLOT_BITS;
/** Entries of the submission ring; more than `SLOTS`, since revoked tasks leave stale entries in it. */
export const SUBMISSIONS: number = 2 * SLOTS;

/** 32-bit words of a cache line: words of different writers never share one. */
const LINE = 16;

// CallerLane header, one line a word. C: written by the caller, W: by the worker.
/** C: how many entries were ever pushed on the submission ring. */
export const SUBMITTED: number = 0 * LINE;
/** C: the number a parked worker waits on; each wake adds one. */
export const WAKE_SEQ: number = 1 * LINE;
/** C: `STOP_NONE`, `STOP_DRAIN` or `STOP_NOW`. */
export const STOP: number = 2 * LINE;
/** W: how many submission entries were taken. */
export const TAKEN: number = 3 * LINE;
/** W: how many entries were ever pushed on the completion ring. */
export const COMPLETED: number = 4 * LINE;
/** W: `AWAKE`, or the `WAKE_SEQ` value that the worker parked on. */
export const PARKED: number = 5 * LINE;
/** W: one of `LIFE_*`. */
export const LIFE: number = 6 * LINE;
/** W: exit code, valid from `LIFE_FAILED` on. */
export const EXIT_CODE: number = 6 * LINE + 1;
/** W: bytes of last words: the encoded start error or uncaught error; 0 for none. */
export const LAST_WORDS_LENGTH: number = 6 * LINE + 2;
/** W: the system's id of the worker's thread, -1 where unknown; 0 until the entry runs. */
export const THREAD_ID: number = 6 * LINE + 3;
/** W: heap in use, in KiB, looked at between tasks when recycling by memory is on. */
export const HEAP_KIB: number = 6 * LINE + 4;
/** W: turns of the event loop that the worker's loop had; a worker whose number stands still is blocked. */
export const TURNS: number = 7 * LINE;

/** First word of the submission ring (C). */
export const SUBMISSION_RING: number = 8 * LINE;
/** First word of the completion ring (W). */
export const COMPLETION_RING: number = SUBMISSION_RING + SUBMISSIONS;
/** First word of the slots. */
export const SLOT_BASE: number = COMPLETION_RING + SLOTS;
/** Words of a slot: a line of the caller, a line of the worker, two of payload. */
export const SLOT_WORDS: number = 4 * LINE;
/** First word of the last words (W). */
export const LAST_WORDS: number = SLOT_BASE + SLOTS * SLOT_WORDS;
/** QueueCapacity for last words, in bytes. */
export const LAST_WORDS_BYTES: number = 16 * 1024;
/** Size of a lane, in bytes. */
export const LANE_BYTES: number = LAST_WORDS * 4 + LAST_WORDS_BYTES;

/** `PARKED`: the worker runs. */
export const AWAKE: number = -1;
/** `STOP`: nothing is to be stopped. */
export const STOP_NONE: number = 0;
/** `STOP`: take no more tasks, finish what runs, tear down, end. */
export const STOP_DRAIN: number = 1;
/** `STOP`: end as soon as this is seen, without tearing down. */
export const STOP_NOW: number = 2;

/** `LIFE`: the worker loads its modules and runs `setup`. */
export const LIFE_STARTING: number = 0;
/** `LIFE`: the worker takes tasks. */
export const LIFE_READY: number = 1;
/** `LIFE`: the worker was told to stop, holds no task any more, and runs `teardown`. */
export const LIFE_LEAVING: number = 2;
/** `LIFE`: start-up failed; the last words say why. From here on the worker neither takes tasks nor publishes results. */
export const LIFE_FAILED: number = 3;
/** `LIFE`: the thread announced its end; `EXIT_CODE` and the last words tell more. */
export const LIFE_DEAD: number = 4;
/** `LIFE`: the worker stopped because it was told to, after `teardown`. */
export const LIFE_STOPPED: number = 5;

// A slot. State word: generation << 3 | state, moved by compare-exchange from QUEUED on.
/** Slot word 0: generation and state. */
export const STATE: number = 0;
/** C: number of the function. */
export const FUNCTION: number = 1;
/** C: where the arguments are and how they are encoded, see `place.ts`. */
export const ARGS: number = 2;
/** C: arena offset of the arguments, unsigned. */
export const ARGS_OFFSET: number = 3;
/** C: length of the arguments' encoding in the slot or the arena, in bytes. */
export const ARGS_LENGTH: number = 4;
/** C: timeout in ms, 0 for none. */
export const TIMEOUT: number = 5;
/** C: 0, or 1 once the task is to be aborted. */
export const ABORTED: number = 6;
/** C: generation whose result the caller has read, so that the worker may reuse its memory. */
export const ACKNOWLEDGED: number = 7;
/** C: four 64-bit scalars. */
export const ARGS_SCALARS: number = 8;
/** W: where the result is, how it is encoded, and whether it is an error; see `place.ts`. */
export const RESULT: number = LINE;
/** W: arena offset of the result, unsigned. */
export const RESULT_OFFSET: number = LINE + 1;
/** W: length of the result's encoding in the slot or the arena, in bytes. */
export const RESULT_LENGTH: number = LINE + 2;
/** W: generation that STARTED belongs to; the caller clears it before QUEUED if the task has a timeout. */
export const STARTED_GENERATION: number = LINE + 3;
/** W: 64-bit scalar result. */
export const RESULT_SCALAR: number = LINE + 4;
/** W: how long the task took from its start to its end, in microseconds, 64-bit. */
export const DURATION: number = LINE + 6;
/** W: when the task started, in ms by `Adapter.now`, 64-bit; only for tasks with a timeout. */
export const STARTED: number = LINE + 8;
/** W: generation whose callbacks were told that no call follows; the caller clears it before QUEUED if there are any. */
export const CALLBACKS_ENDED: number = LINE + 10;
/** W: how much of DURATION the worker is known to have spent on the task itself, in microseconds, 64-bit. */
export const SPENT: number = LINE + 12;
/** W: how long the worker had a task since it last told, in microseconds, 64-bit: as one, where tasks overlap. */
export const OCCUPIED: number = LINE + 14;
/** Arguments, later the result, where they fit; whoever holds the slot writes. */
export const PAYLOAD: number = 2 * LINE;
/** QueueCapacity for an inline payload, in bytes. */
export const PAYLOAD_BYTES: number = 2 * LINE * 4;

/** Slot state: published by the caller, not begun. */
export const QUEUED: number = 1;
/** Slot state: claimed by the worker. */
export const RUNNING: number = 2;
/** Slot state: the result is in the slot. */
export const DONE: number = 3;
/** Slot state: taken back by the caller before it began. */
export const REVOKED: number = 4;
/** Slot state: given up by the caller while it ran; the worker's result goes nowhere. */
export const ABANDONED: number = 5;

/** Generations wrap at this number; the state word holds generation and state in 32 bits. */
export const GENERATIONS: number = 2 ** (32 - SLOT_BITS);

/** The state word of a generation in a state. */
export function stateWord(generation: number, state: number): number {
  return (generation << 3) | state;
}

/** The ring entry that names a slot in a generation. */
export function ringEntry(slot: number, generation: number): number {
  return (generation << SLOT_BITS) | slot;
}

/** The slot of a ring entry. */
export function entrySlot(entry: number): number {
  return entry & (SLOTS - 1);
}

/** The generation of a ring entry. */
export function entryGeneration(entry: number): number {
  return entry >>> SLOT_BITS;
}

// The control block of a pool, shared by all its lanes.
/** C: `sequence << 2 | CALLER_*`: what the caller's thread does. */
export const CALLER: number = 0 * LINE;
/** Any worker adds one and notifies, when the caller is blocked; the caller waits on it. */
export const BELL: number = 1 * LINE;
/** Any worker adds one after it has stored a new LIFE and before it rings: the caller looks at LIFE if it moved. */
export const LIFE_CHANGES: number = 1 * LINE + 1;
/** C: workers that may be active, this one included, while one more of them spins. */
export const SPIN_LIMIT: number = 2 * LINE;
/** C: how many of the activity words are in use. */
export const ACTIVE_USED: number = 2 * LINE + 1;
/** W: one word a lane, 1 while its worker is not parked; a line each would cost more than it saves. */
export const ACTIVE: number = 3 * LINE;
/** Lanes that have an activity word; further ones never spin. */
export const ACTIVE_WORDS: number = 256;
/** Size of the control block, in bytes. */
export const CONTROL_BYTES: number = (ACTIVE + ACTIVE_WORDS) * 4;

/** `CALLER`: looks at the rings by itself; nobody need tell it anything. */
export const CALLER_AWAKE: number = 0;
/** `CALLER`: parked in its event loop, listening to the bell; each worker rings at its first result. */
export const CALLER_PARKED: number = 1;
/** `CALLER`: blocked in `Atomics.wait` on the bell. */
export const CALLER_BLOCKED: number = 2;
