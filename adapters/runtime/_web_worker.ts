/**
 * Web Workers, as far as the adapters use them from the caller's thread: declared here since the DOM's types are not
 * those of Deno and Bun.
 *
 * @module
 */

import process from "./_process.ts";
import { withProgram } from "./_program.ts";
import type { SpawnOptions } from "../../src/adapter.ts";

/** A running Web Worker. */
export interface WebWorker {
  postMessage(message: unknown, transfer: readonly unknown[]): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}

/** The fields of a worker's events that are read; `code` is Bun's. */
export interface WorkerEvent {
  readonly message?: string;
  readonly error?: unknown;
  readonly code?: number;
  preventDefault(): void;
}

/** The global class. */
export type WebWorkerClass = new (url: URL, options: Record<string, unknown>) => WebWorker;

/**
 * Starts a Web Worker and sends it `init`, which the host takes as its first message. The caller
 * sees errors as events that say only the message: `preventDefault` keeps the program alive.
 */
export function startWebWorker(entry: URL, options: SpawnOptions, more: Record<string, unknown>): WebWorker {
  const { Worker } = globalThis as unknown as { Worker: WebWorkerClass };
  const worker = new Worker(entry, { type: "module", name: options.name, ...more });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    const message = process.getBuiltinModule("node:util").stripVTControlCharacters(event.message ?? "Worker error");
    options.onError(event.error ?? new Error(message));
  });
  try {
    worker.postMessage(withProgram(options.init), options.transfer);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return worker;
}
