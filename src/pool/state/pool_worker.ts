/**
 * One worker of a pool, as the pool sees it: its lane, its thread, and how far it has come from its start to its end.
 *
 * @module
 */

import type { WorkerHandle } from "../../adapter.ts";
import { CallerLane } from "../../transport/caller_lane.ts";
import { STOP_NOW } from "../../transport/layout.ts";
import type { Deadline } from "./deadline.ts";
import { TaskQueue } from "./task_queue.ts";
import type { PoolTask } from "./task.ts";

/** A worker's lane with what the scheduler and the supervisor know of it. */
export class PoolWorker extends CallerLane<PoolTask> {
  /** The thread. */
  handle: WorkerHandle | null = null;
  /** Whether it is up: modules loaded, `setup` done. */
  isReady = false;
  /** Whether it takes new tasks. */
  accepting = true;
  /** Not 0 while the pool is smaller than the number of its workers and this one may be wanted again, see `Standby`. */
  standby = 0;
  /** Whether the thread was told to die, or died, and its tasks were seen to. */
  isFinished = false;
  /** Whether its thread was told to die, and may still run. */
  isCondemned = false;
  /** Whether its thread is proven gone. */
  isGone = false;
  /** Expected run time of the tasks in its slots, in microseconds. */
  backlog = 0;
  /** Tasks that only this worker may run, and for which its lane had no free slot yet. */
  readonly pinned: TaskQueue = new TaskQueue();
  /** Whether it is to end once it was given all of `pinned`. */
  isLeaving = false;
  /** Tasks it was given and that were not taken back. */
  given = 0;
  /** Tasks it has finished. */
  completed = 0;
  /** True if the last two scheduler checks saw no task finish while this worker held some. It then gets no further work. */
  isStuck = false;
  /** What `completed` was when the scheduler last looked for stuck workers; -1 if it held no task then. */
  lastSeenCompleted = 0;
  /** How long it had a task that is done by now, or several, in microseconds. */
  busy = 0;
  /** When it was started, in ms. */
  since = 0;
  /** When it came up, in ms. */
  readyAt = 0;
  /** Its activity word in the control block. */
  activeWord = -1;
  /** Exit code, once the runtime or the worker has told it. */
  exitCode: number | undefined;
  /** Whether its thread did not begin to run its entry in time. */
  isLate = false;
  /** Whether it runs `teardown`. */
  isTearingDown = false;
  /** Whether the runtime has told that it ended. */
  hasExited = false;
  /** Whether its port is closed. */
  isDisconnected = false;
  /** What it is to have done by when. */
  deadline: Deadline | undefined;
  /** Why it died, in a box, once known. */
  cause: { readonly error: unknown } | undefined;

  /** Takes no task from now on. */
  refuse(): void {
    this.accepting = false;
    this.standby = 0;
  }

  /** Tells the thread to die: by itself if it looks, by the runtime in any case. */
  kill(): void {
    this.stop(STOP_NOW);
    try {
      this.handle?.terminate();
    } catch {
      // Then it has to look, or to end by itself; it gets no task in any case.
    }
  }
}
