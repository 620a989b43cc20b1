/**
 * All that ever travels on a lane's port. Tasks do not: they are in shared memory.
 *
 * @module
 */

import { Uint8Array } from "../captured.ts";
import type { Adapter, ClockSample } from "../adapter.ts";

/** The shared memory of a pool's functions, see `../functions/function_memory.ts`. */
export interface FunctionMemory {
  readonly index: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
}

/** What `spawn` hands to a new worker. */
export interface WorkerInit {
  /** The lane's memory, see `layout.ts`. */
  readonly lane: SharedArrayBuffer;
  /** The pool's control block. */
  readonly control: SharedArrayBuffer;
  /** Functions, written by the caller. */
  readonly functions: FunctionMemory;
  /** Arguments' arena, written by the caller. */
  readonly args: SharedArrayBuffer;
  /** Results' arena, written by this worker. */
  readonly results: SharedArrayBuffer;
  /** The lane's port. */
  readonly port: object;
  /**
   * A second port that nobody listens on, or `null`: where a listened-on port may hold back a
   * message that was sent (Deno), payloads that can be read quickly go this way.
   */
  readonly direct: object | null;
  /** The caller's clock when the worker was started. */
  readonly clock: ClockSample;
  /** Number of the worker in its pool, counted from 0 and never used twice. */
  readonly id: number;
  /** Place of its word among the control block's activity words; -1 for none. */
  readonly activeWord: number;
  /** Modules to import before the first task. */
  readonly modules: readonly string[];
  /** Number of the `setup` function, or -1. */
  readonly setup: number;
  /** What it is called with, or `null` for nothing. */
  readonly setupArguments: SetupArguments | null;
  /** Number of the `teardown` function, or -1. */
  readonly teardown: number;
  /** How many async tasks may be unsettled at once. */
  readonly tasksPerWorker: number;
  /** Whether the worker reports its heap after each task, for recycling by memory. */
  readonly watchHeap: boolean;
}

/** The encoding of an array: nothing, and then the arguments of `setup`; all memory is shared by all workers. */
export interface SetupArguments {
  /** The encoding. */
  readonly head: SharedArrayBuffer;
  readonly headLength: number;
  /** Attachments by position. */
  readonly attachments: readonly object[];
  /** Attachments that are plain binary data, to be copied out. */
  readonly copies: readonly Copy[];
}

/** Caller to worker, and worker to caller: the parts of a payload that are not in the slot or an arena. */
export interface PayloadMessage {
  readonly kind: "payload";
  /** Ring entry of the task. */
  readonly entry: number;
  /** Memory that begins with the encoding, where no arena took it. */
  readonly head: ArrayBuffer | SharedArrayBuffer | null;
  /** Bytes of the encoding in `head`; a word of the slot would not hold those above 4 GiB. */
  readonly headLength: number;
  /** Attachments by position. */
  readonly attachments: readonly object[];
  /** Attachments that are plain binary data in shared memory, to be copied out by the reader at once. */
  readonly copies: readonly Copy[];
  /** Worker to caller: which attachments are shared memory. */
  readonly shared?: readonly SentMemory[] | undefined;
}

/** Binary data at the start of shared memory that is longer, and used again. */
export interface Copy {
  /** Among the attachments. */
  readonly position: number;
  /** Length of the data, in bytes. */
  readonly length: number;
}

/** Shared memory among the attachments of a result. */
export interface SentMemory {
  readonly position: number;
  /** The worker's number. */
  readonly number: number;
  /** Counts what the worker sends. */
  readonly sent: number;
  /** The caller's number, or -1. */
  readonly yours: number;
}

/** Caller to worker: a payload that was announced will never be asked for, its task was revoked. */
export interface DropMessage {
  readonly kind: "drop";
  /** Ring entry of the task. */
  readonly entry: number;
}

/** Caller to worker: shared memory that payloads name by its number from now on. */
export interface ShareMessage {
  readonly kind: "share";
  readonly number: number;
  readonly buffer: SharedArrayBuffer;
  /** The worker's number, or -1. */
  readonly yours: number;
}

/** Caller to worker: shared memory of that number is named no more. */
export interface ForgetMessage {
  readonly kind: "forget";
  readonly number: number;
}

/** Caller to worker: what came under that number of the worker's, last at that count, is no longer here. */
export interface ReleaseMessage {
  readonly kind: "release";
  readonly number: number;
  readonly sent: number;
}

/**
 * Worker to caller: LIFE has a new value. The bell tells that too, but a caller with nothing pending does not listen to it,
 * and a thread that does not end closes no port.
 */
export interface LifeMessage {
  readonly kind: "life";
}

/** Whatever may arrive at the worker's end of a lane's port. */
export type LaneMessage = PayloadMessage | DropMessage | ShareMessage | ForgetMessage | ReleaseMessage;

/** Whatever may arrive at the caller's end. */
export type WorkerMessage = PayloadMessage | LifeMessage;

/** Payload parts as the reader uses them: everything its own, but for shared memory sent by reference. */
export interface ReceivedPayload {
  /** The encoding. */
  readonly head: Uint8Array | null;
  readonly attachments: object[];
  /** Why it could not be opened, if so. */
  readonly failure?: { readonly error: unknown };
}

/** Takes a payload message apart; copies out what is plain data in shared memory. */
export function openPayload(
  { head, headLength, attachments, copies }: Pick<PayloadMessage, "head" | "headLength" | "attachments" | "copies">,
  adapter: Pick<Adapter, "allocate">,
): ReceivedPayload {
  const own = [...attachments];
  for (const { position, length } of copies) {
    const copy = adapter.allocate(length);
    new Uint8Array(copy).set(new Uint8Array(attachments[position] as SharedArrayBuffer, 0, length));
    own[position] = copy;
  }
  return { head: head === null ? null : new Uint8Array(head, 0, headLength), attachments: own };
}
