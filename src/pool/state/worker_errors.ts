/**
 * The errors that say how a worker died, or why none came up. They stand beside the state, as scheduler and supervisor both
 * reject tasks with them.
 *
 * @module
 */

import { toText } from "../../captured.ts";
import { describe } from "../../codec/describe.ts";
import { MulticoreError, PoolStartError, WorkerExitError } from "../../errors.ts";
import type { PoolWorker } from "./pool_worker.ts";
import type { PoolTask } from "./task.ts";

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
  const why = cause === undefined ? "" : `: ${toText(cause.error)}`;
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
    text = toText(cause);
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
