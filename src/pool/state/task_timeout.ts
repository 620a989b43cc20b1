/**
 * When a task's `timeout` is over.
 *
 * @module
 */

import { Atomics } from "../../captured.ts";
import { TaskTimeoutError } from "../../errors.ts";
import * as at from "../../transport/layout.ts";
import type { PoolTask } from "./task.ts";

/** Milliseconds that a task may still run; its whole timeout while it has not begun. */
export function timeLeft(task: PoolTask, now: number): number {
  const { worker, slot, timeout } = task;
  if (worker === null || worker.stateOf(slot) !== at.RUNNING) return timeout;
  const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
  const generation = worker.words[base + at.STATE]! >>> 3;
  if (Atomics.load(worker.words, base + at.STARTED_GENERATION) !== generation) return timeout; // partner: WorkerLoop
  return timeout - (now - worker.numbers[(base + at.STARTED) >> 1]!);
}

/** What such a task rejects with. */
export function timeoutError(task: PoolTask): TaskTimeoutError {
  const { timeout } = task;
  return new TaskTimeoutError(`Task '${task.fn.name}' ran longer than its timeout of ${timeout} ms`, timeout);
}
