/**
 * The worker's side of functions: turns a number into something to call. It finds the function in a module, or
 * compiles its source, once.
 *
 * @module
 */

import { apply, Error, isInstance, Object, SafeMap, SafeSet, sourceOf, toText } from "../captured.ts";
import { filter, find, join, map, push } from "../lists.ts";
import type { Format } from "../codec/types.ts";
import { FunctionResolutionError } from "../errors.ts";
import { FORMATS } from "../codec/formats.ts";
import type { LoopHost } from "./chunk_outcome.ts";
import { FIRST_FUNCTION, type FunctionReader } from "./function_memory.ts";
import { createLoopCall } from "./loop_calls.ts";
import { enclosed, explainMissingName, SOURCE_NAME } from "./missing_name.ts";
import {
  type AnyFunction,
  type ExportRecord,
  type FormatRecord,
  type FunctionRecord,
  type LoopRecord,
  nameOf,
  type SourceRecord,
} from "./function_record.ts";

/** A module that the worker has imported. */
export interface LoadedModule {
  readonly url: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** A function that can be called. */
export interface ResolvedFunction {
  readonly call: AnyFunction;
  readonly name: string;
  /** The source that it was compiled from, without its module's scope; `undefined` if a module has it. */
  readonly source: string | undefined;
  /** Makes another result of one that cannot be sent, or gives `undefined`. */
  readonly repair?: (result: unknown, error: unknown) => unknown;
}

/** A bundler is not to look for the module: it is known only when the program runs. */
function importModule(url: string): Promise<Record<string, unknown>> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ url);
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
  readonly #formats: Format[] = [...FORMATS];

  /** What loops may ask of this thread. */
  readonly #host: LoopHost;
  readonly #import: (url: string) => Promise<Record<string, unknown>>;

  /** @param load imports a module; the runtime's own `import` unless given */
  constructor(
    memory: FunctionReader,
    host: LoopHost,
    load: (url: string) => Promise<Record<string, unknown>> = importModule,
  ) {
    this.#memory = memory;
    this.#host = host;
    this.#import = load;
  }

  /**
   * Imports a module, so that its exports can be found.
   *
   * @throws what the module throws while it loads
   */
  async load(url: string): Promise<LoadedModule> {
    const known = find(this.#modules, (module) => module.url === url);
    if (known !== undefined) return known;
    let exports: Record<string, unknown>;
    try {
      exports = await this.#import(url);
    } catch (cause) {
      const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
      // Node 20 with loader hooks gives an object that only looks like an error.
      if (isInstance(cause, Error) && code !== "ERR_MODULE_NOT_FOUND") throw cause;
      throw new FunctionResolutionError(`Cannot load module ${url}: ${toText(message ?? cause)}`, { cause });
    }
    const module = { url, exports };
    push(this.#modules, module);
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
    if (record.kind === "loop") return this.#resolveLoop(number, id, record);
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

  /** A loop with its functions, each found as if it were called alone. */
  async #resolveLoop(number: number, id: number, record: LoopRecord): Promise<ResolvedFunction> {
    const functions: ResolvedFunction[] = [];
    for (const part of record.functions) {
      push(
        functions,
        part.kind === "export" ? await this.resolveExport(part.url, part.name) : this.#resolveSource(part),
      );
    }
    const explain = (error: unknown): unknown => {
      for (const fn of functions) error = explainMissingName(fn, error) ?? error;
      return error;
    };
    const calls = map(functions, ({ call }) => call);
    const name = functions[0]?.name ?? record.verb;
    return this.#keep(number, id, { ...createLoopCall(record, calls, this.#host, explain), name, source: undefined });
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
    const value = exportOf(module.exports, name);
    if (typeof value !== "function") {
      const keys = new SafeSet([...Object.keys(module.exports), ...Object.keys(commonJsExports(module.exports))]);
      const names = filter([...keys], (key) => typeof exportOf(module.exports, key) === "function");
      throw new FunctionResolutionError(
        `Cannot find function '${name}' in ${url}: it exports ${
          names.length === 0 ? "no function" : join(map(names, (key) => `'${key}'`), ", ")
        }`,
      );
    }
    return { call: value as AnyFunction, name, source: undefined };
  }

  #resolveSource(record: SourceRecord): ResolvedFunction {
    const same = new SafeMap<unknown, string>();
    let otherSource: string | undefined;
    for (const { url, exports } of this.#modules) {
      for (const [key, value] of functionsOf(exports, record.name)) {
        if (apply(sourceOf, value, []) !== record.source) otherSource ??= url;
        else if (!same.has(value)) same.set(value, `'${key}' of ${url}`);
      }
      // The same name in an object that is a default export may be anything.
      const value = exportOf(commonJsExports(exports), record.name);
      if (typeof value !== "function" || apply(sourceOf, value, []) !== record.source) continue;
      if (!same.has(value)) same.set(value, `'${record.name}' of the default export of ${url}`);
    }
    if (same.size > 1) {
      throw new FunctionResolutionError(
        `Cannot tell which function '${record.name}' is meant, as these have the same name and source: ${
          join([...same.values()], ", ")
        }; give one another name or call it by pool.module()`,
      );
    }
    for (const value of same.keys()) return { call: value as AnyFunction, name: record.name, source: undefined };
    if (otherSource !== undefined && record.name !== "") {
      throw new FunctionResolutionError(
        `Cannot run function '${record.name}' as ${otherSource} exports one of that name with another source: a bundler or test runner may have rewritten the caller's copy; call it by pool.module(), or give one of the two another name`,
      );
    }
    return { call: compile(record), name: record.name, source: record.source };
  }
}

/** The exports of a CommonJS module as an object: `import` gives some of them by their names, or none. */
function commonJsExports(exports: LoadedModule["exports"]): LoadedModule["exports"] {
  const whole = Object.hasOwn(exports, "default") ? exports.default : undefined;
  return typeof whole === "object" && whole !== null ? whole as LoadedModule["exports"] : {};
}

/** An export by its name. */
function exportOf(exports: LoadedModule["exports"], name: string): unknown {
  const value = Object.hasOwn(exports, name) ? exports[name] : undefined;
  if (typeof value === "function") return value;
  const whole = commonJsExports(exports);
  return Object.hasOwn(whole, name) ? whole[name] : value;
}

/** The exports that are functions and have a name, as that of the export or their own. */
function* functionsOf(exports: LoadedModule["exports"], name: string): Generator<[key: string, value: AnyFunction]> {
  for (const key of Object.keys(exports)) {
    let value: unknown;
    try {
      value = exports[key];
    } catch {
      continue; // an export that is not initialised yet
    }
    if (typeof value === "function" && (nameOf(value as AnyFunction) === name || key === name)) {
      yield [key, value as AnyFunction];
    }
  }
}

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
        const { text, open } = enclosed(source);
        const value: unknown = open(evaluate(`${mode}${text}\n//# sourceURL=${SOURCE_NAME}`));
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
