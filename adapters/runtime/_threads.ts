/**
 * Threads as Linux shows them under /proc; unknown elsewhere.
 *
 * @module
 */

import process from "./_process.ts";
import { exists, readLink } from "./_files.ts";

/** Gives the system's id of this thread, or `undefined` where it cannot be known. */
export function threadId(): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const id = Number(/\/task\/(\d+)$/.exec(readLink("/proc/thread-self"))?.[1]);
    return id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the thread of this process still exists; `undefined` where it cannot be known. */
export function threadAlive(id: number): boolean | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return exists(`/proc/self/task/${id}`);
  } catch {
    return undefined;
  }
}
