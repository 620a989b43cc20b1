/**
 * A task of a pool, from the call to its outcome. What few tasks have is kept apart, so that all others stay small.
 *
 * @module
 */

import { Math, Object } from "../../captured.ts";
import type { CallbackScope } from "../../codec/mod.ts";
import type { KnownFunction } from "../../functions/function_table.ts";
import type { Completion } from "../../executor/executor.ts";
import type { CallOptions } from "../../options.ts";
import { RetryPlan } from "../../executor/retry_plan.ts";
import type { LaneTask } from "../../transport/lane_task.ts";
import type { Parcel } from "../../transport/arguments.ts";

/** The worker that holds a task, as far as whoever has only the task needs it: see `PoolWorker`. */
export interface TaskHolder {
  /** Tasks in its slots. */
  readonly inFlight: number;
  /** Expected run time of the tasks in its slots, in microseconds. */
  backlog: number;
  /** Tasks it was given and that were not taken back. */
  given: number;
  /** Takes the task of a slot back; `null` if it has begun. */
  revoke(slot: number): PoolTask | null;
  /** Gives up the task of a slot; `null` if it does not run. */
  abandon(slot: number): PoolTask | null;
  /** Tells the task of a slot to end by itself. */
  abort(slot: number): void;
  /** When the task of a slot began; see `CallerLane`. */
  startedAt(slot: number): number | undefined;
}

/** The queue that a task waits in, as far as whoever has only the task needs it: see `TaskQueue`. */
export interface WithdrawableFrom {
  /** Takes a task out of turn, wherever it stands. */
  withdraw(task: PoolTask): void;
}

/** Why a running task is to end, once someone has said so. */
export interface AbortReason {
  /** What the task rejects with. */
  readonly reason: unknown;
}

/** What few tasks have; made when first needed, so that all the others stay small. */
class Extras {
  /** Milliseconds the function may run, 0 for no limit. */
  timeout = 0;
  priority = 0;
  /** See `Posted`. */
  ownMemory: SharedArrayBuffer | null = null;
  /** See `Posted`. */
  parcel: Parcel | null = null;
  /** Callbacks among its arguments, released when it is settled. */
  callbacks: CallbackScope | null = null;
  /** Set once it is to be aborted. */
  abortReason: AbortReason | null = null;
  /** Runs that are left after the death of a worker. */
  retriesLeft = 0;
  /** Decides whether it runs again after any failure. */
  retry: RetryPlan | null = null;
  /** Set while it waits to run again: it does so no more. */
  stopWaiting: (() => void) | null = null;
  /** When its first attempt began, in ms, once that has failed and there is a timeout; -1 before. */
  since = -1;
  /** The encoding, kept for a retry. */
  backup: Uint8Array | null = null;
  /** Stops watching the signal and the clock. */
  unwatch: (() => void) | null = null;
  /** Whether only one certain worker may run it: set by `broadcast`. */
  isPinned = false;
}

/** Stands for the extras of a task that has none. */
const NONE: Readonly<Extras> = Object.freeze(new Extras());

/** A task as the pool keeps it. All fields are set at once, so that every task has one shape. */
export class PoolTask implements LaneTask {
  // Arguments, see `Posted`.
  argsWord = 0;
  scalars: readonly unknown[] | null = null;
  bytes: Uint8Array | null = null;
  length = 0;
  arenaOffset = -1;

  readonly fn: KnownFunction;
  readonly completion: Completion;
  /** What its completion knows it by. */
  readonly key: unknown;
  readonly options: CallOptions | null;
  /** Counts the tasks of a pool, so that those taken back can be put in order again; -1 while it is none of them yet. */
  sequence = -1;
  /** The worker that holds it, or `null` while it waits in the queue. */
  worker: TaskHolder | null = null;
  slot = -1;
  /** Expected run time that was added to its worker's backlog, in whole microseconds. */
  estimate = 0;
  /** Where it waits, or `null`. */
  queue: WithdrawableFrom | null = null;
  /** Whether its completion was told. */
  settled = false;
  #extras: Extras | null = null;

  constructor(fn: KnownFunction, completion: Completion, key: unknown, options: CallOptions | null) {
    this.fn = fn;
    this.completion = completion;
    this.key = key;
    this.options = options;
    if (options !== null) this.#read(options);
  }

  #read({ priority, retries, timeout }: CallOptions): void {
    if (priority !== undefined && priority !== 0) this.extras.priority = priority;
    if (retries !== undefined) this.#readRetries(retries);
    // What no timer can hold is no limit.
    if (timeout !== undefined && timeout < 2 ** 31) this.extras.timeout = Math.max(1, timeout);
  }

  #readRetries(retries: NonNullable<CallOptions["retries"]>): void {
    if (typeof retries === "object") this.extras.retry = new RetryPlan(retries);
    else if (retries > 0) this.extras.retriesLeft = retries;
  }

  /** Whether its arguments have to be kept for another attempt. */
  get mayRunAgain(): boolean {
    return this.has.retriesLeft > 0 || this.has.retry !== null;
  }

  /** There is one attempt only. */
  runOnce(): void {
    if (!this.mayRunAgain) return;
    this.extras.retriesLeft = 0;
    this.extras.retry = null;
  }

  /** Whether it waits for a worker, with the others or for a certain one. */
  get isQueued(): boolean {
    return this.queue !== null;
  }

  /** Its extras, to read. */
  get has(): Readonly<Extras> {
    return this.#extras ?? NONE;
  }

  /** Its extras, to write. */
  get extras(): Extras {
    return this.#extras ??= new Extras();
  }

  get functionNumber(): number {
    return this.fn.record.number;
  }

  get timeout(): number {
    return this.has.timeout;
  }

  get callbacks(): CallbackScope | null {
    return this.has.callbacks;
  }

  get ownMemory(): SharedArrayBuffer | null {
    return this.has.ownMemory;
  }

  set ownMemory(memory: SharedArrayBuffer | null) {
    if (memory !== this.ownMemory) this.extras.ownMemory = memory;
  }

  get parcel(): Parcel | null {
    return this.has.parcel;
  }

  set parcel(parcel: Parcel | null) {
    if (parcel !== this.parcel) this.extras.parcel = parcel;
  }

  /** Frees what nobody needs any more. */
  finish(): void {
    this.settled = true;
    const extras = this.#extras;
    if (extras === null) return;
    extras.backup = null;
    extras.callbacks?.release();
    extras.unwatch?.();
    extras.unwatch = null;
    extras.stopWaiting?.();
  }

  /** Whether it has to stay with its worker: no other may run it, or what it sent there has moved. */
  get isBound(): boolean {
    return this.has.isPinned || this.moves;
  }

  /** Whether its arguments move to the worker, so that they can be sent only once. */
  get moves(): boolean {
    return this.parcel !== null && this.parcel.transfer.length > 0;
  }

  /** Makes it ready to run again after an attempt that is over: only what stood in the slot has to be encoded once more. */
  keepForRetry(): void {
    if (this.scalars !== null || this.bytes !== null || this.arenaOffset >= 0 || this.ownMemory !== null) return;
    this.bytes = this.has.backup!.slice();
  }

  /** Makes it ready to run again after its worker died: its arguments are encoded once more from the copy. */
  restore(): void {
    if (this.scalars !== null) return;
    this.bytes = this.has.backup!.slice();
    this.arenaOffset = -1;
    this.ownMemory = null;
  }
}
