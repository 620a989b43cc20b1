/**
 * The adapter of Deno: Web Workers, or `node:worker_threads` where a worker gets an environment of its own. Deno
 * cannot interrupt running JavaScript, so more is checked here than elsewhere.
 *
 * @module
 */

import { Object, queueMicrotask } from "../../src/captured.ts";
import process from "./_process.ts";
import type { Adapter, Death, Port, SpawnOptions, WorkerHandle } from "../../src/adapter.ts";
import { usableCores } from "./_cpus.ts";
import { hookDenoErrors, hookDenoExit } from "./_deno_hooks.ts";
import { granted, requestRead } from "./_deno_permissions.ts";
import { permissionError } from "./_errors.ts";
import { readText } from "./_files.ts";
import { DeathNotice, leave } from "./_hooks.ts";
import { sampleLoad } from "./_load.ts";
import { portable } from "./_portable.ts";
import { enterProgram, withProgram, type WorkerData } from "./_program.ts";
import { channel, receiveMessage } from "./_ports.ts";
import { reloads } from "./_reload.ts";
import { startThread } from "./_thread_worker.ts";
import { threadAlive, threadId } from "./_threads.ts";
import { delay, schedule } from "./_timers.ts";
import { timeoutRunner } from "./_timeout.ts";
import { receiveInit } from "./_web_host.ts";
import { startWebWorker, type WebWorker } from "./_web_worker.ts";
import { inlineEntry, toBlobUrl, toDataUrl } from "./worker_url.ts";

/** What this thread says when it ends; set by `onDeath`. */
let notice: DeathNotice | undefined;

/** The adapter of Deno. */
export const denoAdapter: Adapter = {
  ...portable,
  name: "deno",
  get version() {
    return (globalThis as unknown as { Deno: { version: { deno: string } } }).Deno.version.deno;
  },
  supports: { resourceLimits: false, interrupt: false, fastReceive: false, asyncFrames: true },
  availableParallelism: () => usableCores((path) => granted({ name: "read", path }) ? readText(path) : undefined),
  load,
  spawn,
  adoptPort,
  scheduleRarely,
  reloads: () => reloads(granted({ name: "env", variable: "NODE_ENV" })),
  runWithTimeout: timeoutRunner(true),
  threadId: () => granted({ name: "read", path: "/proc" }) ? threadId() : undefined,
  threadAlive: (id) => granted({ name: "read", path: "/proc" }) ? threadAlive(id) : undefined,
  host: { onInit, onDeath, exit },
};

/** Deno gives a `close` event to the ports that `receiveMessage` reads, and not to those that come by event. */
function adoptPort(port: Port): Port {
  const [sender, receiver] = channel();
  sender.postMessage(port, [port]);
  const { message } = receiveMessage(receiver)!;
  sender.close();
  return message as Port;
}

/** Turns that were asked for. */
let turns = 0;

/**
 * As long as there are immediates, Deno looks at sockets only in each 61st turn: a server in a worker whose turns are 4 ms
 * apart answered after 250 ms. It looks at them whenever it has to wait for a timer, which takes 1 ms.
 */
function scheduleRarely(fn: () => void): void {
  if (++turns % 8 === 0) delay(fn, 0);
  else schedule(fn);
}

/** Reads the load; without `--allow-sys=cpus` the cores of the affinity mask stand in for all. */
function load(): ReturnType<Adapter["load"]> {
  const kinds = process.platform === "win32" ? ["cpus"] : ["loadavg"];
  const missing = kinds.filter((kind) => !granted({ name: "sys", kind }));
  if (missing.length > 0) {
    throw permissionError(`Cannot read the machine's load: Deno needs --allow-sys=${missing.join(",")}`);
  }
  const { availableParallelism, cpus } = process.getBuiltinModule("node:os");
  return sampleLoad(() => granted({ name: "sys", kind: "cpus" }) ? cpus().length : availableParallelism());
}

/** Starts a worker; `env` is ignored by Deno's Web Workers but not by its `node:worker_threads`. */
function spawn(options: SpawnOptions): WorkerHandle {
  const { entry } = options;
  if (entry?.protocol === "file:" && !requestRead(process.getBuiltinModule("node:url").fileURLToPath(entry))) {
    throw permissionError(`Cannot start a worker from ${entry.href}: Deno needs --allow-read`);
  }
  if (options.env !== undefined) {
    return startThread(entry ?? inlineEntry(toDataUrl), { ...options, init: withProgram(options.init) });
  }
  const worker = startWebWorker(entry ?? inlineEntry(toBlobUrl), options, {});
  unref(worker); // also since one that is terminated while it runs would hold the program for good
  // Deno tells an end only of a worker that failed; its ports do not always close when that was at the start.
  let failed = false;
  worker.addEventListener("error", () => {
    if (!failed) options.onExit(1);
    failed = true;
  });
  return { terminate: () => worker.terminate() };
}

/**
 * Lets the program end although a worker runs: by the method that Deno keeps under a symbol without a name. Where a later
 * Deno has it no more, workers hold the program.
 */
function unref(worker: WebWorker): void {
  const methods = Object.getPrototypeOf(worker) as Record<symbol, unknown>;
  for (const symbol of Object.getOwnPropertySymbols(methods)) {
    const method = methods[symbol];
    if (symbol.description !== undefined || typeof method !== "function" || method.length !== 1) continue;
    method.call(worker, false);
    return;
  }
}

/** In a thread of `node:worker_threads` the value is there already; in a Web Worker it is a message. */
function onInit(start: (init: unknown) => void): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  if (parentPort === null) return receiveInit(start);
  parentPort.on("message", () => {});
  const data = { ...workerData as WorkerData };
  // No task is to find the memory of the others.
  for (const key of Object.keys(data)) delete (workerData as unknown as Record<string, unknown>)[key];
  queueMicrotask(() => start(enterProgram(data)));
}

function onDeath(announce: (death: Death) => void): void {
  notice = new DeathNotice(announce);
  hookDenoExit(notice);
  hookDenoErrors(notice);
}

function exit(code: number): void {
  notice?.cancel();
  leave(code);
}
