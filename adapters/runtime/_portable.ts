/**
 * The members of the adapter contract that `node:` modules give alike on all runtimes. Each runtime's adapter adds its
 * own.
 *
 * @module
 */

import { Math } from "../../src/captured.ts";
import { Buffer } from "node:buffer";
import process from "./_process.ts";
import * as types from "node:util/types";
import type { Adapter } from "../../src/adapter.ts";
import { isPlatformClass } from "./_classes.ts";
import { clock } from "./_clock.ts";
import { runWithoutExit } from "./_exit_guard.ts";
import { createProgressBar } from "../terminal/progress_bar.ts";
import { openFile } from "./_files.ts";
import { channel, listen, receiveMessage, unrefPort } from "./_ports.ts";
import { reloads } from "./_reload.ts";
import { delay, keepAlive, schedule } from "./_timers.ts";

/** The shared members; an adapter adds the rest. */
export const portable: Pick<
  Adapter,
  | "types"
  | "nodeBuffer"
  | "channel"
  | "listen"
  | "unrefPort"
  | "adoptPort"
  | "bindContext"
  | "receiveMessage"
  | "now"
  | "sampleClock"
  | "followClock"
  | "schedule"
  | "scheduleRarely"
  | "keepAlive"
  | "delay"
  | "allocate"
  | "runWithoutExit"
  | "heapBytes"
  | "openFile"
  | "fileURLToPath"
  | "showProgress"
  | "reloads"
  | "warn"
> = {
  types: { ...types, isPlatformClass },
  nodeBuffer: Buffer,
  channel,
  listen,
  unrefPort,
  adoptPort: (port) => port,
  bindContext,
  receiveMessage,
  ...clock,
  schedule,
  scheduleRarely: schedule,
  keepAlive,
  delay,
  // Measured for 1 MiB that is copied into it, in a worker on Node 24: 75 us, and 490 with `slice()`.
  allocate: (length) => Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer,
  runWithoutExit,
  heapBytes,
  openFile,
  fileURLToPath: (url) => process.getBuiltinModule("node:url").fileURLToPath(url.href),
  showProgress: () => createProgressBar(process.stderr),
  reloads: () => reloads(),
  warn: (message) => process.emitWarning(message, { type: "MulticoreWarning" }),
};

/** Bun runs a port's listeners without a store (oven-sh/bun#32805); elsewhere a binding says which one it is. */
function bindContext<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  return process.getBuiltinModule("node:async_hooks").AsyncResource.bind(fn);
}

/**
 * Sums what this thread's heap holds, in bytes, with the array buffers outside of it: Node counts
 * those as external, Deno beside it, and Bun not at all.
 */
function heapBytes(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}
