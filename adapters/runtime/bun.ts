/**
 * The adapter of Bun: Web Workers, with Bun's own `unref` and `close` event. All else is as on the other runtimes
 * (`_portable.ts`).
 *
 * @module
 */

import type { Adapter, Death, SpawnOptions, WorkerHandle } from "../../src/adapter.ts";
import { usableCores } from "./_cpus.ts";
import { readText } from "./_files.ts";
import { DeathNotice, hookErrors, hookExit, leave } from "./_hooks.ts";
import { sampleLoad } from "./_load.ts";
import { portable } from "./_portable.ts";
import { threadAlive, threadId } from "./_threads.ts";
import { timeoutRunner } from "./_timeout.ts";
import { receiveInit } from "./_web_host.ts";
import { startWebWorker, type WebWorker } from "./_web_worker.ts";
import { inlineEntry, toBlobUrl } from "./worker_url.ts";

/** What Bun adds to a Web Worker. */
interface BunWorker extends WebWorker {
  unref(): void;
}

/** The global scope inside of a worker. */
interface BunScope {
  addEventListener(type: "error", listener: (event: { readonly error: unknown }) => void): void;
}

/** What this thread says when it ends; set by `onDeath`. */
let notice: DeathNotice | undefined;

/** The adapter of Bun. */
export const bunAdapter: Adapter = {
  ...portable,
  name: "bun",
  get version() {
    return (globalThis as unknown as { Bun: { version: string } }).Bun.version;
  },
  supports: { resourceLimits: false, interrupt: true, fastReceive: true, asyncFrames: false },
  availableParallelism: () => usableCores(readText),
  load: () => sampleLoad(),
  spawn,
  runWithTimeout: timeoutRunner(false),
  threadId,
  threadAlive,
  host: { onInit: receiveInit, onDeath, exit },
};

/** Starts a Web Worker. Its `close` event has the exit code, though 0 after a rejection. */
function spawn(options: SpawnOptions): WorkerHandle {
  const more = { ref: false, ...(options.env === undefined ? {} : { env: options.env }) };
  const worker = startWebWorker(options.entry ?? inlineEntry(toBlobUrl), options, more) as BunWorker;
  worker.unref();
  let exited = false;
  worker.addEventListener("close", (event) => {
    if (exited) return;
    exited = true;
    options.onExit(event.code);
  });
  return { tellsExit: true, terminate: () => worker.terminate() };
}

/**
 * Under `bun test` workers do not call their `process` handlers (oven-sh/bun#36445): then the `error` event is the only
 * word of a failure, and nothing can keep the thread alive. Elsewhere it comes only after those handlers.
 */
function onDeath(announce: (death: Death) => void): void {
  const told = new DeathNotice(announce);
  notice = told;
  hookExit(told);
  hookErrors(told, process.execArgv);
  (globalThis as unknown as BunScope).addEventListener("error", (event) => {
    told.uncaught(event.error ?? undefined);
    leave(1);
  });
}

function exit(code: number): void {
  notice?.cancel();
  leave(code);
}
