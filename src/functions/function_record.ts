/**
 * What the function memory holds: how a worker is to find a function, or what a format number means.
 *
 * @module
 */

/** A function passed as a value: found by name and source among the modules, else compiled. */
export interface SourceRecord {
  readonly kind: "source";
  /** `fn.name`, may be `""`. */
  readonly name: string;
  /** `fn.toString()`. */
  readonly source: string;
}

/** An export named by `pool.module`. */
export interface ExportRecord {
  readonly kind: "export";
  /** URL of the module. */
  readonly url: string;
  /** Name of the export. */
  readonly name: string;
}

/** A registered codec's name; its number is that of the format. */
export interface FormatRecord {
  readonly kind: "format";
  readonly name: string;
}

/** A record of the function memory. */
export type FunctionRecord = SourceRecord | ExportRecord | FormatRecord;

/** The name that a function has; `""` where that is no text, as a class may have a static `name` of any kind. */
export function nameOf(fn: object): string {
  try {
    const { name } = fn as { readonly name?: unknown };
    return typeof name === "string" ? name : "";
  } catch {
    return "";
  }
}

/** Any function that a pool can run. */
// deno-lint-ignore no-explicit-any
export type AnyFunction = (...args: any[]) => unknown;
