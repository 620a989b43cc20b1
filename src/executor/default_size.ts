/**
 * How many workers the default pool has, or would have. `ranges` divides work by it without starting the pool.
 *
 * @module
 */

import { currentAdapter } from "./current_adapter.ts";

let pool: { readonly size: number } | undefined;

/** Says which pool is the default one; `undefined` when there is none. Its size is read when it is asked for, as it changes. */
export function setDefaultWorkers(of: { readonly size: number } | undefined): void {
  pool = of;
}

/** Workers of the default pool, or the cores this process may use while there is none. */
export function defaultWorkers(): number {
  return pool?.size ?? currentAdapter().availableParallelism();
}
