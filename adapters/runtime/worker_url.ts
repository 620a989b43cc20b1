/**
 * What a worker thread starts from.
 *
 * It is the worker's source as one text, which travels inside this library: it starts two to four times as fast as the
 * same source in some fifty files (measured with two workers on all runtimes), and needs neither a file nor leave to
 * read it, in a bundle or not. Node runs the text as a script, which spares it a `data:` URL and that URL's decoding (a
 * third of what such a worker costs); Deno and Bun import it as a module.
 *
 * @module
 */

import { JSON } from "../../src/captured.ts";
import { Buffer } from "node:buffer";
import { MulticoreError } from "../../src/errors.ts";
import { workerBuiltins, workerSource } from "./worker_inline.gen.ts";

/** Keeps stack traces readable: without it each frame would carry the whole URL. */
const SOURCE_URL = "\n//# sourceURL=multicore-worker.js\n";

let inlined: { readonly by: unknown; readonly entry: unknown } | undefined;

/**
 * Gives the inlined worker entry, made once.
 *
 * @param toEntry Makes an entry of the source: one of the functions below.
 * @throws {MulticoreError} If this copy of the library was built without the inlined worker.
 */
export function inlineEntry<T>(toEntry: (source: string, builtins: readonly string[]) => T): T {
  if (workerSource === "") throw missingSource();
  if (inlined?.by !== toEntry) inlined = { by: toEntry, entry: toEntry(workerSource, workerBuiltins) };
  return inlined.entry as T;
}

/**
 * Makes a script for `new Worker(script, { eval: true })`. There Node makes globals of what a CommonJS module has, by
 * which code takes tasks' modules for CommonJS: they go.
 */
export function toScript(source: string): string {
  return `((require) => {
for (const name of ["require", "module", "exports", "__filename", "__dirname"]) delete globalThis[name];
${source}
})(process.getBuiltinModule);${SOURCE_URL}`;
}

/** Makes a `data:` URL of a module. */
export function toDataUrl(source: string, builtins: readonly string[]): URL {
  const module = toModule(source, builtins) + SOURCE_URL;
  return new URL(`data:text/javascript;base64,${Buffer.from(module).toString("base64")}`);
}

/**
 * Makes a `blob:` URL of a module: on Deno its worker comes up 10 ms sooner than that of a `data:` URL, and on Bun stack
 * frames have the URL in full, whatever the source says.
 */
export function toBlobUrl(source: string, builtins: readonly string[]): URL {
  const { URL, Blob } = globalThis as unknown as BlobScope;
  return new URL(URL.createObjectURL(new Blob([toModule(source, builtins) + SOURCE_URL], { type: "text/javascript" })));
}

/** Gives the source a `require` that knows what it asks for. */
function toModule(source: string, builtins: readonly string[]): string {
  const imports = builtins.map((name, i) => `import builtin${i} from ${JSON.stringify(name)};`);
  const entries = builtins.map((name, i) => `"${name}": builtin${i}`);
  return `${imports.join("")}const require = (name) => ({ ${entries.join()} })[name];\n${source}`;
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
