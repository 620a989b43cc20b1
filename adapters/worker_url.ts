/**
 * Finds the module that a worker thread starts with.
 *
 * It is the worker's source as one text, which travels inside this library and becomes a URL of its own: it starts two
 * to four times as fast as the same source in some fifty files (measured with two workers on all runtimes), and needs
 * neither a file nor leave to read it, in a bundle or not.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { MulticoreError } from "../src/errors.ts";
import { workerSource } from "./worker_inline.gen.ts";

let inlined: URL | undefined;

/**
 * Gives the inlined worker entry, made once.
 *
 * @param toUrl Makes a URL of a module's source.
 * @throws {MulticoreError} If this copy of the library was built without the inlined worker.
 */
export function inlineEntry(toUrl: (source: string) => URL): URL {
  if (workerSource === "") throw missingSource();
  inlined ??= toUrl(workerSource);
  return inlined;
}

/**
 * Makes a `data:` URL of a module. The `sourceURL` keeps stack traces readable: without it each frame would carry the
 * whole source.
 */
export function toDataUrl(source: string): URL {
  const module = `${source}\n//# sourceURL=multicore-worker.js\n`;
  return new URL(`data:text/javascript;base64,${Buffer.from(module).toString("base64")}`);
}

/** Makes a `blob:` URL of a module, for Bun: there stack frames have the URL in full, whatever the source says. */
export function toBlobUrl(source: string): URL {
  const { URL, Blob } = globalThis as unknown as BlobScope;
  return new URL(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}

/** Globals that differ between the type libraries of Deno and Node. */
interface BlobScope {
  URL: { new (url: string): URL; createObjectURL(blob: object): string };
  Blob: new (parts: string[], options: { type: string }) => object;
}

function missingSource(): MulticoreError {
  const error = new MulticoreError(
    "Cannot start a worker as the inlined worker source is empty: run `npm run generate`, or pass the `worker` option",
  );
  error.code = "ERR_MULTICORE_WORKER_ENTRY";
  return error;
}
