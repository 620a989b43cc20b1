/**
 * Node: workers of `node:worker_threads`.
 *
 * @module
 */

import process from "./_process.ts";
import type { Adapter, Death, SpawnOptions, WorkerHandle } from "../src/adapter.ts";
import { usableCores } from "./_cpus.ts";
import { permissionError } from "./_errors.ts";
import { execArgvAttempts } from "./_exec_argv.ts";
import { readText } from "./_files.ts";
import { DeathNotice, hookErrors, hookExit } from "./_hooks.ts";
import { sampleLoad } from "./_load.ts";
import { portable } from "./_portable.ts";
import { startThread } from "./_thread_worker.ts";
import { threadAlive, threadId } from "./_threads.ts";
import { timeoutRunner } from "./_timeout.ts";
import { inlineEntry, toDataUrl, toScript } from "./worker_url.ts";

/** What this thread says when it ends; set by `onDeath`. */
let notice: DeathNotice | undefined;

/** The adapter of Node 20 and later. */
export const nodeAdapter: Adapter = {
  ...portable,
  name: "node",
  get version() {
    return process.versions.node;
  },
  supports: { resourceLimits: true, interrupt: true, fastReceive: true, asyncFrames: true },
  availableParallelism: () => usableCores(readText),
  load: () => sampleLoad(),
  spawn,
  runWithTimeout: timeoutRunner(false),
  threadId,
  threadAlive,
  host: { onInit, onDeath, exit },
};

/** Starts a worker thread, with the caller's Node options as far as a worker takes them. */
function spawn(options: SpawnOptions): WorkerHandle {
  const entry = options.entry ?? (hasLoader() ? inlineEntry(toDataUrl) : inlineEntry(toScript));
  let refused: unknown;
  for (const execArgv of execArgvAttempts(process.execArgv, () => refused)) {
    try {
      return startThread(entry, options, execArgv === undefined ? {} : { execArgv });
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

/** The listener on the parent's port keeps the thread alive, as it does on Deno and Bun. */
function onInit(start: (init: unknown) => void): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  parentPort?.on("message", () => {});
  queueMicrotask(() => start(workerData));
}

function onDeath(announce: (death: Death) => void): void {
  notice = new DeathNotice(announce);
  hookExit(notice);
  hookErrors(notice);
}

function exit(code: number): void {
  notice?.cancel();
  process.exit(code);
}
