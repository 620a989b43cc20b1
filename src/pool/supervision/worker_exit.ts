/**
 * What becomes of a dead worker's tasks, and what is said about its death.
 *
 * @module
 */

import type { Codec } from "../../codec/types.ts";
import { MulticoreError, WorkerExitError } from "../../errors.ts";
import * as at from "../../transport/layout.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import type { PoolTask } from "../state/task.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";

/** How long a new thread may take until it runs its entry, in ms. */
const ENTRY_MS = 15_000;

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
    if (!scheduler.abandon(task)) continue;
    lost++;
    const { abortReason, retriesLeft } = task.has;
    if (abortReason !== null) {
      pool.settle(task, false, abortReason.reason);
    } else if (retriesLeft > 0) {
      task.extras.retriesLeft--;
      task.restore();
      pool.queue.unshift(task);
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
    const { abortReason } = task.has;
    pool.settle(task, false, abortReason === null ? exitError(worker, task) : abortReason.reason);
  }
}

/** Takes over exit code and error that a worker stored as its last act. */
export function readLastWords(worker: PoolWorker, codec: Codec): void {
  if (worker.life > at.LIFE_READY) worker.exitCode = worker.announcedCode;
  const bytes = worker.lastWords();
  if (bytes === undefined) return;
  try {
    worker.cause = { error: codec.decode(bytes, "auto", []) };
  } catch (error) {
    worker.cause = { error };
  }
}

/** Whether a thread does not begin to run its entry, for a blocked caller, whom no event tells why. */
export function isOverdue(worker: PoolWorker, now: number): boolean {
  if (worker.isFinished || now - worker.since < ENTRY_MS) return false;
  worker.cause ??= {
    error: new MulticoreError(
      `Worker ${worker.id} has not begun to run its entry after ${ENTRY_MS} ms; a call that does not block tells why`,
    ),
  };
  return true;
}

/** What a task gets whose worker died. */
export function exitError(worker: PoolWorker, task: PoolTask): WorkerExitError {
  const { exitCode, cause } = worker;
  const code = exitCode === undefined ? "" : ` with code ${exitCode}`;
  const why = cause === undefined ? "" : `: ${String(cause.error)}`;
  return new WorkerExitError(
    `Worker ${worker.id} exited${code} ${task.isBound ? "before" : "while"} it ran '${task.fn.name}'${why}`,
    {
      exitCode,
      functionName: task.fn.name,
      workerId: worker.id,
      ...(cause === undefined ? {} : { cause: cause.error }),
    },
  );
}

/** Why a worker did not come up, or died with nothing to do. */
export function startError(worker: PoolWorker, wasReady: boolean): unknown {
  if (!wasReady && worker.cause !== undefined) return worker.cause.error;
  const when = wasReady ? "while it ran no task" : "while it started";
  return new WorkerExitError(`Worker ${worker.id} exited ${when}, with code ${worker.exitCode ?? "unknown"}`, {
    exitCode: worker.exitCode,
    functionName: "",
    workerId: worker.id,
    ...(worker.cause === undefined ? {} : { cause: worker.cause.error }),
  });
}
