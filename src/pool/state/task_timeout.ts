/**
 * When a task's `timeout` is over, and the error that says so. The time counts from the start of the function.
 *
 * @module
 */

import { TaskTimeoutError } from "../../errors.ts";
import type { PoolTask } from "./task.ts";

/** Milliseconds that a task may still run, or wait to run again; its whole timeout while it has not begun. */
export function timeLeft(task: PoolTask, now: number): number {
  const { since } = task.has;
  if (since >= 0) return task.timeout - (now - since);
  const { worker, slot, timeout } = task;
  const started = worker?.startedAt(slot);
  return started === undefined ? timeout : timeout - (now - started);
}

/** What such a task rejects with. */
export function timeoutError(task: PoolTask): TaskTimeoutError {
  const { timeout } = task;
  return new TaskTimeoutError(`Task '${task.fn.name}' ran longer than its timeout of ${timeout} ms`, timeout);
}
