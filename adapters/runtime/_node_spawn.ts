/**
 * Starts Node's workers: with the program's flags, as far as a worker takes them, and from the entry that suits the
 * program.
 *
 * @module
 */

import type { SpawnOptions, WorkerHandle } from "../../src/adapter.ts";
import { permissionError } from "./_errors.ts";
import { execArgvAttempts } from "./_exec_argv.ts";
import { watchOutput } from "./_output_end.ts";
import { ownEntry } from "./_own_entry.ts";
import process from "./_process.ts";
import { withProgram, type WorkerData } from "./_program.ts";
import { startThread } from "./_thread_worker.ts";
import { inlineEntry, toDataUrl, toScript } from "./worker_url.ts";

/** What a pool's worker finds as its `workerData`. */
export interface NodeWorkerData extends WorkerData {
  /** See `watchOutput`. */
  readonly output: SharedArrayBuffer;
}

/** Starts a worker thread, with the caller's Node options as far as a worker takes them. */
export function spawn(options: SpawnOptions): WorkerHandle {
  const output = watchOutput();
  try {
    const init: NodeWorkerData = { ...withProgram(options.init), output: output.memory };
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
  const entry = options.entry ?? chooseEntry();
  const argv = process.argv.slice(2); // for modules of `--import` and `--require`, which run before the entry
  let refused: unknown;
  for (const execArgv of execArgvAttempts(process.execArgv, () => refused)) {
    try {
      const flags = execArgv === undefined ? { argv } : { argv, execArgv };
      return { ...startThread(entry, options, flags), tellsExit: true };
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

/**
 * A script starts soonest, but Node runs it before the module hooks that flags ask for are there. Where there are such
 * hooks it is the package's own file: not all of them take a `data:` URL.
 */
function chooseEntry(): URL | string {
  if (!hasLoader()) return inlineEntry(toScript);
  return ownEntry() ?? inlineEntry(toDataUrl);
}

/** Whether the program has module hooks by flags. */
function hasLoader(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  return /--(?:import|loader|experimental-loader)\b/.test(flags);
}
