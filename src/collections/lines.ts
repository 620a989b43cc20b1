/**
 * `lines`: a file whose lines the workers read themselves.
 *
 * @module
 */

import { isInstance, Object, Uint8Array, URL as UrlClass } from "../captured.ts";
import type { Adapter, OpenFile } from "../adapter.ts";
import { misuse } from "../errors.ts";
import { currentAdapter } from "../executor/current_adapter.ts";
import { describe } from "../codec/describe.ts";
import type { LinePart } from "../functions/line_reader.ts";
import { builtInSource, type PartedSource } from "./parted_source.ts";

/** Options of {@linkcode lines}. */
export interface LinesOptions {
  /**
   * How each line is given: `"text"`, without its line break; or `"json"`, parsed, where empty lines are left out.
   *
   * @default "text"
   */
  readonly format?: "text" | "json";
}

/** What `lines` takes and gives. */
export interface Lines {
  /** Lines as text. */
  (path: string | URL, options?: LinesOptions & { readonly format?: "text" }): PartedSource<string>;
  /** Lines parsed as JSON. */
  <T = unknown>(path: string | URL, options: LinesOptions & { readonly format: "json" }): PartedSource<T>;
}

/**
 * The lines of a file as a source for `map`, `reduce` and the others. The workers read it themselves, each a range of
 * bytes that ends at a line break, so that nothing of it passes through the caller. Lines end with LF or CRLF; the text
 * is UTF-8. The index that a function is given counts the lines of its range only.
 *
 * @param path the file: a path, or a `file:` URL
 * @throws {TypeError} If the path or an option is not one, or the file is compressed by gzip
 * @throws the system's error if the file cannot be read
 * @typeParam T what a line of JSON holds
 * @example Usage
 * ```ts
 * import { isMain, lines, reduce, shutdown } from "@multicore/multicore";
 * import { rmSync, writeFileSync } from "node:fs";
 *
 * if (isMain) {
 *   writeFileSync("example.ndjson", '{"bytes":3}\n{"bytes":4}\n');
 *   const total = await reduce(lines<{ bytes: number }>("example.ndjson", { format: "json" }), {
 *     initial: () => 0,
 *     step: (sum, { bytes }) => sum + bytes,
 *     combine: (a, b) => a + b,
 *   });
 *   console.log(total); // 7
 *   rmSync("example.ndjson");
 *   await shutdown();
 * }
 * ```
 */
export const lines: Lines = Object.defineProperty(linesOf as Lines, "name", { value: "lines" });

function linesOf(path: string | URL, options: LinesOptions = {}): PartedSource<unknown> {
  const adapter = currentAdapter();
  const name = toPath(adapter, path);
  if (typeof options !== "object" || options === null) {
    throw misuse(new TypeError(`Options must be an object: received ${describe(options)}`), "INVALID_OPTION");
  }
  for (const key of Object.keys(options)) {
    if (key === "format") continue;
    throw misuse(new TypeError(`Unknown option '${key}': known are format`), "UNKNOWN_OPTION");
  }
  const { format = "text" } = options;
  if (format !== "text" && format !== "json") {
    throw misuse(
      new TypeError(`Option 'format' must be "text" or "json": received ${describe(format)}`),
      "INVALID_OPTION",
    );
  }
  const file = adapter.openFile(name);
  try {
    refuseGzip(file, name);
    return builtInSource<unknown, LinePart>(format, file.size, (from, to) => ({ path: name, from, to }));
  } finally {
    file.close();
  }
}

function toPath(adapter: Adapter, path: unknown): string {
  if (typeof path === "string" && path !== "" && !path.startsWith("file:")) return path;
  if (isInstance(path, UrlClass) || (typeof path === "string" && path.startsWith("file:"))) {
    const url = new UrlClass(path);
    if (url.protocol === "file:") return adapter.fileURLToPath(url);
  }
  throw misuse(
    new TypeError(`Cannot read lines as 'path' must be a path or a file: URL: received ${describe(path)}`),
    "INVALID_PATH",
  );
}

/** @throws {TypeError} If the file is compressed: no worker could find a line in the middle of it */
function refuseGzip(file: OpenFile, name: string): void {
  const head = new Uint8Array(2);
  if (file.read(head, 0) < 2 || head[0] !== 0x1f || head[1] !== 0x8b) return;
  throw misuse(
    new TypeError(
      `Cannot read lines of ${name} as it is compressed by gzip: uncompress it first, or read it as a stream through DecompressionStream("gzip")`,
    ),
    "GZIP",
  );
}
