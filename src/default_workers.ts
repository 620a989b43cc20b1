/**
 * How many workers the default pool has, or would have.
 *
 * @module
 */

import { currentAdapter } from "./runtime.ts";

let size: number | undefined;

/** Says how many workers the default pool has; `undefined` when it is shut down. */
export function setDefaultWorkers(workers: number | undefined): void {
  size = workers;
}

/** Workers of the default pool, or the cores this process may use while there is none. */
export function defaultWorkers(): number {
  return size ?? currentAdapter().availableParallelism();
}
