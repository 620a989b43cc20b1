/**
 * Starts Node's workers.
 *
 * @module
 */

import type { SpawnOptions, WorkerHandle } from "../../src/adapter.ts";
import { permissionError } from "./_errors.ts";
import { execArgvAttempts } from "./_exec_argv.ts";
import { watchOutput } from "./_output_end.ts";
import process from "./_process.ts";
import { startThread } from "./_thread_worker.ts";
import { inlineEntry, toDataUrl, toScript } from "./worker_url.ts";

/** What a pool's worker finds as its `workerData`. */
export interface WorkerData {
  /** What the pool gives to its worker. */
  readonly multicoreInit: unknown;
  /** See `watchOutput`. */
  readonly output: SharedArrayBuffer;
}

/** Starts a worker thread, with the caller's Node options as far as a worker takes them. */
export function spawn(options: SpawnOptions): WorkerHandle {
  const output = watchOutput();
  try {
    const init: WorkerData = { multicoreInit: options.init, output: output.memory };
    return tryFlags({
      ...options,
      init,
      onExit: (code) => {
        output.forget();
        options.onExit(code);
      },
    });
  } catch (error) {
    output.forget();
    throw error;
  }
}

function tryFlags(options: SpawnOptions): WorkerHandle {
  const entry = options.entry ?? (hasLoader() ? inlineEntry(toDataUrl) : inlineEntry(toScript));
  let refused: unknown;
  for (const execArgv of execArgvAttempts(process.execArgv, () => refused)) {
    try {
      return { ...startThread(entry, options, execArgv === undefined ? {} : { execArgv }), tellsExit: true };
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === "ERR_ACCESS_DENIED") {
        throw permissionError("Cannot start a worker: Node's permission model needs --allow-worker", error);
      }
      if (code !== "ERR_WORKER_INVALID_EXEC_ARGV") throw error;
      refused = error;
    }
  }
  throw refused;
}

/** Whether the program has module hooks by flags: Node 20 runs scripts before those are there. */
function hasLoader(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  return /--(?:import|loader|experimental-loader)\b/.test(flags);
}
