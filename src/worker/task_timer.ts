/**
 * Measures a worker's tasks: how long each took, how much of that the worker spent on it, and how long the worker had any.
 *
 * @module
 */

import * as at from "../transport/layout.ts";

/** What is known of a task's time, in ms. */
export interface TaskTime {
  /** When it began. */
  readonly began: number;
  /** What the worker has spent on it, once it waits for a promise; -1 before. */
  spent: number;
}

/** The clock of a worker's loop. */
export class TaskTimer {
  readonly #now: () => number;
  /** When the last stretch of work ended, or the loop came out of idleness: the next one begins then. */
  time = 0;
  /** Up to when the time in which the worker had a task was told to the caller. */
  #told = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Sets the time to now. */
  tick(): number {
    return this.time = this.#now();
  }

  /** A task begins; gives the time. `isAlone` says that the worker has no other. */
  begin(isAlone: boolean): number {
    if (isAlone) this.#told = this.time;
    return this.time;
  }

  /** A task waits for a promise from now on: what its function does before it is called back cannot be told from waiting. */
  wait(task: TaskTime): void {
    const before = this.time;
    task.spent = this.tick() - before;
  }

  /** A task ends: writes its times to its slot, in microseconds. */
  end(task: TaskTime, numbers: Float64Array, base: number): void {
    const before = this.time;
    const now = this.tick();
    // A synchronous task, by far the most frequent, has nothing but one stretch.
    const length = task.spent < 0 ? now - before : now - task.began;
    numbers[(base + at.DURATION) >> 1] = length * 1000;
    numbers[(base + at.SPENT) >> 1] = (task.spent < 0 ? length : task.spent + now - before) * 1000;
    numbers[(base + at.OCCUPIED) >> 1] = (now - this.#told) * 1000;
    this.#told = now;
  }
}
