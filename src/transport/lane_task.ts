/**
 * What a lane must know of a task, and whom it tells when one is done. The pool's tasks and workers fit these
 * interfaces.
 *
 * @module
 */

import type { ReceivedPayload } from "./messages.ts";
import type { Posted } from "./arguments.ts";

/** What a lane must know of a task to carry it. */
export interface LaneTask extends Posted {
  /** Number of the function in the function memory. */
  readonly functionNumber: number;
  /** Milliseconds the function may run, 0 for no limit. */
  timeout: number;
  /** Callbacks among its arguments; see `CallbackScope.end`. */
  readonly callbacks?: { end(then: () => void): boolean } | null;
}

/** Receives what a lane drains. */
export interface LaneOwner<T> {
  /**
   * The task in `slot` is done; its result stands in the slot during the call only. The owner releases its arguments.
   *
   * @returns `true` if the task is to run again, so that the large memory of its arguments stays its own
   */
  onDone(task: T, slot: number, received: ReceivedPayload | null): boolean | void;
  /** A result is drained that had to wait for its payload: there may be room for more tasks. */
  onLook(): void;
  /** The worker has announced a new state of its life; the bell may have told it before. */
  onLife(): void;
  /** The worker's thread is gone. */
  onGone(): void;
}
