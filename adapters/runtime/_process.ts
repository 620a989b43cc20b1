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

/** The globals that tell a runtime's version. */
export interface RuntimeGlobals {
  readonly Deno?: { readonly version?: { readonly deno?: string } };
  readonly Bun?: { readonly version?: string };
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/** Names the runtime and its version where it is older than what works; a version that cannot be read is let pass. */
export function outdated({ Deno, Bun, process }: RuntimeGlobals): string | undefined {
  const [name, version, oldest]: [string, string | undefined, number[]] = Deno !== undefined
    ? ["Deno", Deno.version?.deno, [2, 9, 0]]
    : Bun !== undefined
    ? ["Bun", Bun.version, [1, 3, 14]]
    : ["Node", process?.versions?.node, [20, 16, 0]];
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version ?? "")?.slice(1).map(Number) ?? oldest;
  const place = numbers.findIndex((number, i) => number !== oldest[i]);
  return place >= 0 && numbers[place]! < oldest[place]! ? `${name} ${version}` : undefined;
}

function unusable(message: string, code?: string): MulticoreError {
  const error = new MulticoreError(message);
  if (code !== undefined) error.code = code;
  return error;
}

const process: typeof nodeProcess = (globalThis as unknown as { process: typeof nodeProcess }).process;

const old = outdated(globalThis as unknown as RuntimeGlobals);
if (old !== undefined) {
  throw unusable(
    `Cannot run on ${old}: multicore needs Node 20.16, Deno 2.9, Bun 1.3.14, or newer`,
    "ERR_MULTICORE_RUNTIME_VERSION",
  );
}
if (typeof process?.getBuiltinModule !== "function") {
  throw unusable(
    "Cannot find process.getBuiltinModule(): multicore needs Node 20.16, Deno 2.9, Bun 1.3.14, or newer, with their own 'process'",
  );
}

export default process;
