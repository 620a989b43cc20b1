/**
 * A Web Worker's thread from inside: receives the value that the caller's thread sent when it started the worker. Used
 * by Deno and Bun.
 *
 * @module
 */

import { enterProgram, type WorkerData } from "./_program.ts";

/** The global scope inside of a Web Worker. */
export interface WorkerScope {
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

/**
 * Hands the first message to `start`. The listener stays, since without one the thread could end
 * when it has nothing to do.
 */
export function receiveInit(start: (init: unknown) => void): void {
  let started = false;
  (globalThis as unknown as WorkerScope).addEventListener("message", (event) => {
    if (started) return;
    started = true;
    start(enterProgram(event.data as WorkerData));
  });
}
