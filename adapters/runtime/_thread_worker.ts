/**
 * Workers of `node:worker_threads` as the core uses them, for Node, and for Deno where a worker has an environment of
 * its own. Web Workers are in `_web_worker.ts`.
 *
 * @module
 */

import { promiseThen } from "../../src/captured.ts";
import process from "./_process.ts";
import type { WorkerOptions } from "node:worker_threads";
import type { SpawnOptions, WorkerHandle } from "../../src/adapter.ts";

/** Starts a thread from a module, or from the text of a script; its host finds `init` in `workerData`. */
export function startThread(entry: URL | string, options: SpawnOptions, more: WorkerOptions = {}): WorkerHandle {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(entry, {
    ...more,
    eval: typeof entry === "string",
    workerData: options.init,
    transferList: options.transfer as unknown as WorkerOptions["transferList"],
    name: options.name,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
  });
  worker.unref();
  worker.on("error", (error) => options.onError(error));
  worker.on("messageerror", (error) => options.onError(error));
  worker.on("exit", (code) => options.onExit(code));
  return {
    // Node 20 stops the thread, and then cannot listen for its exit if `bind` was replaced.
    terminate: () => void promiseThen(worker.terminate() as Promise<unknown>, undefined, () => {}),
  };
}
