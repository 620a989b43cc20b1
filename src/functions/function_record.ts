/**
 * What the function memory holds, as JSON text: how a worker is to find a function, or what a format number means.
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

/** What is done with a function: by a loop over items, by a generator's caller, by a sort. */
export type LoopVerb =
  | "map"
  | "flatMap"
  | "filter"
  | "forEach"
  | "find"
  | "findFalse"
  | "reduce"
  | "stream"
  | "sortRange"
  | "mergeRange"
  | "copyRange"
  | "sortOrder"
  | "sortByKey";

/** What tells one loop from another, beside its functions. */
export interface LoopKind {
  readonly verb: LoopVerb;
  /** Whether it goes on when an item has failed. */
  readonly settles: boolean;
  /** Whether results go to shared memory in place. */
  readonly isInto: boolean;
  /** Whether the second function makes what `reduce` begins with. */
  readonly hasInitial: boolean;
  /** What reads the parts of the source: the library itself by a reader of that name, the last function, or nobody. */
  readonly reader: string | null;
}

/** Stands in `LoopKind.reader` for the last function. */
export const FUNCTION_READER = "function";

/** A loop that calls functions for the items of a chunk. */
export interface LoopRecord extends LoopKind {
  readonly kind: "loop";
  readonly functions: readonly (SourceRecord | ExportRecord)[];
}

/** A record of the function memory. */
export type FunctionRecord = SourceRecord | ExportRecord | FormatRecord | LoopRecord;

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
