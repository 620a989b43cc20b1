/**
 * The worker's side of functions: turns a number into something to call.
 *
 * @module
 */

import { apply, Object, SafeMap, sourceOf } from "../captured.ts";
import type { Format } from "../codec/types.ts";
import { FunctionResolutionError } from "../errors.ts";
import { BUILT_IN_FORMATS } from "../codec/formats.ts";
import { FIRST_FUNCTION, type FunctionReader } from "./function_memory.ts";
import type { AnyFunction, ExportRecord, FormatRecord, FunctionRecord, SourceRecord } from "./function_record.ts";

/** A module that the worker has imported. */
export interface LoadedModule {
  readonly url: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** A function that can be called. */
export interface ResolvedFunction {
  readonly call: AnyFunction;
  readonly name: string;
  /** Whether it was compiled from its source, without its module's scope. */
  readonly compiled: boolean;
}

/** New functions after which those that left the table are dropped. */
const TIDY_AFTER = 64;

/** Finds functions by number, each once. */
export class FunctionResolver {
  readonly #memory: FunctionReader;
  /** Imported modules in the order of `modules`. */
  readonly #modules: LoadedModule[] = [];
  /** What was found, by number; an error is found again. */
  readonly #found: (ResolvedFunction | undefined)[] = [];
  /** The id of the record that it was found by: the number may have been used again. */
  readonly #ids: number[] = [];
  /** How many were found since `#found` was last looked through. */
  #sinceTidy = 0;
  /** Names of registered codecs, by the numbers of their formats. */
  readonly #formats: Format[] = [...BUILT_IN_FORMATS];

  constructor(memory: FunctionReader) {
    this.#memory = memory;
  }

  /**
   * Imports a module, so that its exports can be found.
   *
   * @throws what the module throws while it loads
   */
  async load(url: string): Promise<LoadedModule> {
    const known = this.#modules.find((module) => module.url === url);
    if (known !== undefined) return known;
    let exports: Record<string, unknown>;
    try {
      exports = await import(url);
    } catch (cause) {
      const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
      // Node 20 with loader hooks gives an object that only looks like an error.
      if (cause instanceof Error && code !== "ERR_MODULE_NOT_FOUND") throw cause;
      throw new FunctionResolutionError(`Cannot load module ${url}: ${String(message ?? cause)}`, { cause });
    }
    const module = { url, exports };
    this.#modules.push(module);
    return module;
  }

  /**
   * The function of a number, or a promise of it where its module must be imported first.
   *
   * @throws {FunctionResolutionError} If it cannot be found, or not be told apart
   */
  resolve(number: number): ResolvedFunction | Promise<ResolvedFunction> {
    const id = this.#memory.id(number);
    const known = this.#found[number];
    if (known !== undefined && this.#ids[number] === id) return known;
    const record = this.#memory.get(number) as FunctionRecord | undefined;
    if (record === undefined || record.kind === "format") {
      throw new FunctionResolutionError(`Cannot find function number ${number}: it was never announced to this worker`);
    }
    if (record.kind === "export") return this.#resolveRecord(number, id, record);
    return this.#keep(number, id, this.#resolveSource(record));
  }

  #keep(number: number, id: number, found: ResolvedFunction): ResolvedFunction {
    if (++this.#sinceTidy >= TIDY_AFTER) this.#tidy();
    this.#found[number] = found;
    this.#ids[number] = id;
    return found;
  }

  /** Drops functions that left the table. */
  #tidy(): void {
    this.#sinceTidy = 0;
    for (let number = FIRST_FUNCTION; number < this.#found.length; number++) {
      if (this.#ids[number] !== this.#memory.id(number)) this.#found[number] = undefined;
    }
  }

  /** The name of a format's number. */
  formatName(number: number): Format {
    const known = this.#formats[number];
    if (known !== undefined) return known;
    const record = this.#memory.get(number) as FormatRecord | undefined;
    if (record?.kind !== "format") throw new RangeError(`Cannot decode payload as its format is unknown: ${number}`);
    return this.#formats[number] = record.name;
  }

  async #resolveRecord(number: number, id: number, record: ExportRecord): Promise<ResolvedFunction> {
    return this.#keep(number, id, await this.resolveExport(record.url, record.name));
  }

  /**
   * A module's export; the module is imported if need be.
   *
   * @throws {FunctionResolutionError} If the module exports no such function
   */
  async resolveExport(url: string, name: string): Promise<ResolvedFunction> {
    const module = await this.load(url);
    const value = module.exports[name];
    if (typeof value !== "function") {
      const names = Object.keys(module.exports).filter((name) => typeof module.exports[name] === "function");
      throw new FunctionResolutionError(
        `Cannot find function '${name}' in ${url}: it exports ${
          names.length === 0 ? "no function" : names.map((key) => `'${key}'`).join(", ")
        }`,
      );
    }
    return { call: value as AnyFunction, name, compiled: false };
  }

  #resolveSource(record: SourceRecord): ResolvedFunction {
    const same = new SafeMap<unknown, string>();
    let otherSource: string | undefined;
    for (const { url, exports } of this.#modules) {
      for (const key of Object.keys(exports)) {
        let value: unknown;
        try {
          value = exports[key];
        } catch {
          continue; // an export that is not initialised yet
        }
        if (typeof value !== "function" || (value.name !== record.name && key !== record.name)) continue;
        if (apply(sourceOf, value, []) === record.source) {
          if (!same.has(value)) same.set(value, `'${key}' of ${url}`);
        } else {
          otherSource ??= url;
        }
      }
    }
    if (same.size > 1) {
      throw new FunctionResolutionError(
        `Cannot tell which function '${record.name}' is meant, as these have the same name and source: ${
          [...same.values()].join(", ")
        }; give one another name or call it by pool.module()`,
      );
    }
    for (const value of same.keys()) return { call: value as AnyFunction, name: record.name, compiled: false };
    if (otherSource !== undefined && record.name !== "") {
      throw new FunctionResolutionError(
        `Cannot run function '${record.name}' as ${otherSource} exports one of that name with another source: a bundler or test runner may have rewritten the caller's copy; call it by pool.module(), or give one of the two another name`,
      );
    }
    return { call: compile(record), name: record.name, compiled: true };
  }
}

/** Without it V8 names in each frame where the code was compiled: the whole `data:` URL of the worker. */
const SOURCE_URL = "\n//# sourceURL=multicore-function.js";

/**
 * Compiles a function from its source, in the global scope and in strict mode; in sloppy mode only what
 * strict mode does not take.
 *
 * @throws {FunctionResolutionError} If the source is no function
 */
function compile(record: SourceRecord): AnyFunction {
  const evaluate = globalThis.eval; // indirect, so that the code sees the global scope only
  let cause: unknown;
  for (const mode of [`"use strict";\n`, ""]) {
    for (const source of expressionsOf(record.source)) {
      try {
        const value: unknown = evaluate(`${mode}${bound(source)}${SOURCE_URL}`);
        if (typeof value === "function") return value as AnyFunction;
      } catch (error) {
        cause ??= error;
      }
    }
  }
  throw new FunctionResolutionError(
    `Cannot compile function '${record.name}' from its source; export it from one of 'modules'`,
    { cause },
  );
}

/**
 * Gives an arrow function that uses `this` an undefined one, as it has at the top of a module; evaluated bare it would
 * get the global object. Not where it uses `arguments`, which is to be missing there.
 */
function bound(source: string): string {
  return /\bthis\b/.test(source) && !/\barguments\b/.test(source)
    ? `(function () { return ${source}; }).call(undefined)`
    : source;
}

/** The source as an expression, as a method, and as a method without the name that only its scope or class knew. */
function* expressionsOf(source: string): Generator<string> {
  // The descriptor, as to read an accessor would run it.
  const method = (text: string) => `(Object.values(Object.getOwnPropertyDescriptors({${text}\n}))[0].value)`;
  yield `(${source}\n)`;
  yield method(source);
  const head = /^(async\s*)?[[#]/.exec(source);
  if (head === null) return;
  // The parameters begin behind the name, which may have parentheses itself.
  for (const { index } of [...source.matchAll(/\(/g)].slice(0, 8)) {
    yield method(`${head[1] === undefined ? "" : "async "}method${source.slice(index)}`);
  }
}

/**
 * Explains a `ReferenceError` of a compiled function: the name it misses stood in the scope that
 * its source left behind.
 *
 * @returns a better error, or `undefined` if this is not such a case
 */
export function explainMissingName(fn: ResolvedFunction, error: unknown): FunctionResolutionError | undefined {
  if (!fn.compiled || !(error instanceof ReferenceError)) return undefined;
  const name = /^(?:Can't find variable: )?(\S+?)(?: is not defined)?$/.exec(error.message)?.[1];
  if (name === undefined || name in globalThis) return undefined;
  return new FunctionResolutionError(
    `Cannot find '${name}' in function '${
      fn.name || "(anonymous)"
    }': it was sent to the worker by its source, without the scope it stood in; pass '${name}' as an argument, or export the function from one of 'modules'`,
    { cause: error },
  );
}
