/**
 * A task from `run` to its outcome.
 *
 * @module
 */

import type { CallbackScope } from "../codec/mod.ts";
import type { KnownFunction } from "../functions/identity.ts";
import type { Sink } from "../engine.ts";
import type { CallOptions } from "../options.ts";
import type { LaneTask } from "../transport/lane_owner.ts";
import type { Member } from "./member.ts";
import type { Parcel } from "../transport/outbox.ts";

/** Why a running task is to end, once someone has said so. */
export interface Doom {
  /** What the task rejects with. */
  readonly reason: unknown;
}

/** A task as the pool keeps it. All fields are set at once, so that every record has one shape. */
export class TaskRecord implements LaneTask {
  // Arguments, see `Posted`.
  argsWord = 0;
  scalars: readonly unknown[] | null = null;
  bytes: Uint8Array | null = null;
  length = 0;
  arenaOffset = -1;
  ownMemory: SharedArrayBuffer | null = null;
  parcel: Parcel | null = null;

  functionNumber: number;
  timeout = 0;
  readonly fn: KnownFunction;
  readonly sink: Sink;
  /** Counts the tasks of a pool, so that those taken back can be put in order again. */
  sequence = 0;
  /** Place among the tasks of its sink. */
  readonly index: number;
  readonly options: CallOptions | null;
  priority = 0;
  /** The worker that holds it, or `null` while it waits in the queue. */
  member: Member | null = null;
  slot = -1;
  /** Expected run time that was added to its worker's backlog, in microseconds. */
  estimate = 0;
  /** Callbacks among its arguments, released when it is settled. */
  callbacks: CallbackScope | null = null;
  /** Whether it waits in the queue. */
  isQueued = false;
  /** Whether its sink was told. */
  settled = false;
  /** Set once it is to be aborted. */
  doom: Doom | null = null;
  /** Runs that are left after the death of a worker. */
  retriesLeft = 0;
  /** The encoding, kept for a retry. */
  backup: Uint8Array | null = null;
  /** Stops watching the signal and the clock. */
  unwatch: (() => void) | null = null;
  /** Whether only one certain worker may run it: set by `broadcast`. */
  isPinned = false;

  constructor(fn: KnownFunction, sink: Sink, index: number, options: CallOptions | null) {
    this.fn = fn;
    this.functionNumber = fn.number;
    this.sink = sink;
    this.index = index;
    this.options = options;
  }

  /** Whether it has to stay with its worker: no other may run it, or what it sent there has moved. */
  get isBound(): boolean {
    return this.isPinned || this.moves;
  }

  /** Whether its arguments move to the worker, so that they can be sent only once. */
  get moves(): boolean {
    return this.parcel !== null && this.parcel.transfer.length > 0;
  }

  /** Makes it ready to run again after its worker died: its arguments are encoded once more from the copy. */
  restore(): void {
    if (this.scalars !== null) return;
    this.bytes = this.backup!.slice();
    this.arenaOffset = -1;
    this.ownMemory = null;
  }
}
