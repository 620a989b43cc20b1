/**
 * The adapter of Node: workers of `node:worker_threads`. All else is as on the other runtimes (`_portable.ts`).
 *
 * @module
 */

import { Object, queueMicrotask } from "../../src/captured.ts";
import process from "./_process.ts";
import type { Adapter, Death } from "../../src/adapter.ts";
import { usableCores } from "./_cpus.ts";
import { readText } from "./_files.ts";
import { DeathNotice, hookErrors, hookExit, leave } from "./_hooks.ts";
import { sampleLoad } from "./_load.ts";
import { loadModule } from "./_node_modules.ts";
import { type NodeWorkerData, spawn } from "./_node_spawn.ts";
import { answerWhenWritten } from "./_output.ts";
import { portable } from "./_portable.ts";
import { enterProgram } from "./_program.ts";
import { threadAlive, threadId } from "./_threads.ts";
import { timeoutRunner } from "./_timeout.ts";

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
  host: { isWorker, onInit, onDeath, exit, load: loadModule },
};

/** Before the entry runs there are the modules of `--import` and `--require`, in each worker as well. */
function isWorker(): boolean {
  const { isMainThread, workerData } = process.getBuiltinModule("node:worker_threads");
  return !isMainThread && typeof workerData === "object" && workerData !== null &&
    Object.hasOwn(workerData, "multicoreInit");
}

/** The listener on the parent's port keeps the thread alive, as it does on Deno and Bun. */
function onInit(start: (init: unknown) => void): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  parentPort?.on("message", () => {});
  const data = { ...workerData as NodeWorkerData };
  // No task is to find the memory of the others; that the thread is a worker is still to be seen.
  for (const key of Object.keys(data)) (workerData as Record<string, unknown>)[key] = undefined;
  answerWhenWritten(data.output);
  const init = enterProgram(data);
  queueMicrotask(() => start(init));
}

function onDeath(announce: (death: Death) => void): void {
  notice = new DeathNotice(announce);
  hookExit(notice);
  hookErrors(notice, [process.env.NODE_OPTIONS ?? "", ...process.execArgv]);
}

function exit(code: number): void {
  notice?.cancel();
  leave(code);
}
