/**
 * The adapter of this process, set once by `adapters/runtime/register.ts`. Only the top-level functions ask for it; everything
 * below is given its adapter.
 *
 * @module
 */

import { SharedArrayBuffer } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import { MulticoreError } from "../errors.ts";

let registered: Adapter | undefined;

/** Whether this thread was started as a worker of a pool, as far as its adapter can tell before the entry runs. */
export function isPoolThread(): boolean {
  return registered?.host.isWorker?.() ?? false;
}

/** Sets the adapter that top-level functions use. */
export function registerAdapter(adapter: Adapter): void {
  registered = adapter;
}

/**
 * The adapter of this process.
 *
 * @throws {MulticoreError} If none is registered, or the runtime has no shared memory
 */
export function currentAdapter(): Adapter {
  if (registered === undefined) {
    throw new MulticoreError("Cannot find an adapter: load the package's own entry, not a file inside it");
  }
  if (typeof SharedArrayBuffer !== "function") {
    const error = new MulticoreError(
      `Cannot use workers as this runtime has no SharedArrayBuffer: ${registered.name} ${registered.version}; it may be switched off by a flag`,
    );
    error.code = "ERR_MULTICORE_NO_SHARED_MEMORY";
    throw error;
  }
  return registered;
}
