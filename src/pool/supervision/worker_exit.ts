/**
 * What becomes of a dead worker's tasks, and what is said about its death.
 *
 * @module
 */

import type { Codec } from "../../codec/types.ts";
import { describe } from "../../codec/describe.ts";
import { MulticoreError, PoolStartError, WorkerExitError } from "../../errors.ts";
import * as at from "../../transport/layout.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import type { PoolTask } from "../state/task.ts";
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
    if (!scheduler.abandon(task)) continue;
    lost++;
    const { abortReason, retriesLeft } = task.has;
    if (abortReason !== null) {
      pool.settle(task, false, abortReason.reason);
    } else if (isLate) {
      pool.settle(task, false, timeoutError(task));
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
  if (worker.life >= at.LIFE_FAILED) worker.exitCode = worker.announcedCode;
  const bytes = worker.lastWords();
  if (bytes === undefined) return;
  try {
    worker.cause = { error: codec.decode(bytes, "auto", []) };
  } catch (error) {
    worker.cause = { error };
  }
}

/** Why a worker is given up whose thread does not begin to run its entry. */
export function overdueError(worker: PoolWorker, entry: string | URL | undefined, ms: number): MulticoreError {
  const hint = entry === undefined
    ? ""
    : `: does the module of the option 'worker' (${entry}) load, and import '@multicore/multicore/worker'?`;
  return new MulticoreError(`Worker ${worker.id} has not begun to run its entry after ${ms} ms${hint}`);
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

/** What a task gets that no worker will run; an error of its own, as nobody is to take the cause for the task's. */
export function poolStartError(name: string, cause: unknown): PoolStartError {
  let text: string;
  try {
    text = String(cause);
  } catch {
    text = describe(cause); // an object without a prototype, say
  }
  return new PoolStartError(`Cannot run '${name}' as no worker of the pool can start: ${text}`, { cause });
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
