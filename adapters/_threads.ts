/**
 * Threads as Linux shows them under /proc; unknown elsewhere.
 *
 * @module
 */

import { readlinkSync, statSync } from "node:fs";
import process from "node:process";

/** Gives the system's id of this thread, or `undefined` where it cannot be known. */
export function threadId(): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const id = Number(/\/task\/(\d+)$/.exec(readlinkSync("/proc/thread-self"))?.[1]);
    return id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the thread of this process still exists; `undefined` where it cannot be known. */
export function threadAlive(id: number): boolean | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return statSync(`/proc/self/task/${id}`, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return undefined;
  }
}
