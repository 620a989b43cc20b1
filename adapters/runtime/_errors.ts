/**
 * Errors that several adapters throw. Those of the core are in `src/errors.ts`.
 *
 * @module
 */

import { MulticoreError } from "../../src/errors.ts";

/** Makes the error for something that the runtime's permissions forbid; `cause` is the runtime's. */
export function permissionError(message: string, cause?: unknown): MulticoreError {
  const error = new MulticoreError(message, cause === undefined ? undefined : { cause });
  error.code = "ERR_MULTICORE_PERMISSION";
  return error;
}
