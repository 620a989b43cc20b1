/**
 * The global `process`, which all runtimes have. To import it from `node:process` takes 5 ms more on Node, which reads all
 * its properties then and so makes the three standard streams.
 *
 * Modules that a start can do without are asked for by `process.getBuiltinModule` when they are first needed. Measured
 * for a worker that comes up: 9 ms on Bun (`node:worker_threads`, `node:util`, `node:fs`, `node:v8`, `node:vm`), 5 to 8 ms
 * on Deno (mostly `node:fs`).
 *
 * @module
 */

import type nodeProcess from "node:process";
import { MulticoreError } from "../../src/errors.ts";

const process: typeof nodeProcess = (globalThis as unknown as { process: typeof nodeProcess }).process;

if (typeof process?.getBuiltinModule !== "function") {
  throw new MulticoreError(
    "Cannot find process.getBuiltinModule(): multicore needs Node 20.16, Deno 2.1, Bun 1.2, or newer, with their own 'process'",
  );
}

export default process;
