/**
 * What becomes of a dead worker's tasks: those that had not begun run elsewhere, the others are rejected or retried.
 *
 * @module
 */

import type { Codec } from "../../codec/types.ts";
import * as at from "../../transport/layout.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import { exitError } from "../state/worker_errors.ts";
import { timeLeft, timeoutError } from "../state/task_timeout.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";

/** Gives up all that a worker still runs, and what only it could have run; tells how many it was running. */
export function failRunning(worker: PoolWorker, pool: PoolState, scheduler: Scheduler): number {
  let lost = 0;
  for (const slot of worker.occupied()) {
    const task = worker.taskOf(slot)!;
    if (task.isBound && scheduler.revoke(task)) worker.pinned.push(task);
  }
  for (const task of worker.pinned.clear()) pool.settle(task, false, exitError(worker, task));
  for (const slot of worker.occupied()) {
    const task = worker.taskOf(slot)!;
    // What stops a function that is over its time may end its thread, see `Adapter.runWithTimeout`.
    const isLate = task.timeout > 0 && !pool.adapter.supports.interrupt && timeLeft(task, pool.adapter.now()) <= 0;
    const { abortReason, retriesLeft, retry } = task.has;
    const ranFor = retry === null || task.timeout === 0 ? 0 : task.timeout - timeLeft(task, pool.adapter.now());
    if (!scheduler.abandon(task)) continue;
    lost++;
    if (abortReason !== null) {
      pool.settle(task, false, abortReason.reason);
    } else if (isLate) {
      pool.settle(task, false, timeoutError(task));
    } else if (retriesLeft > 0) {
      task.extras.retriesLeft--;
      task.restore();
      pool.queue.unshift(task);
    } else if (retry !== null) {
      task.restore();
      pool.retries.failed(task, exitError(worker, task), ranFor);
    } else {
      pool.settle(task, false, exitError(worker, task));
    }
  }
  return lost;
}

/** Settles what a worker still holds whose thread is gone: nothing more will come from it. */
export function failRest(worker: PoolWorker, pool: PoolState): void {
  for (const slot of worker.occupied()) {
    const task = worker.forfeit(slot)!;
    const { abortReason, retry } = task.has;
    const error = abortReason === null ? exitError(worker, task) : abortReason.reason;
    task.worker = null;
    task.slot = -1;
    if (abortReason === null && retry !== null) pool.retries.failed(task, error, 0);
    else pool.settle(task, false, error);
  }
}

/** Takes over exit code and error that a worker stored as its last act. */
export function readLastWords(worker: PoolWorker, codec: Codec): void {
  if (worker.life >= at.LIFE_FAILED) worker.exitCode = worker.announcedCode;
  const bytes = worker.lastWords();
  if (bytes === undefined) return;
  try {
    worker.cause = { error: codec.decode(bytes, "auto", []) };
  } catch (error) {
    worker.cause = { error };
  }
}
