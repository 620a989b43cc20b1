/**
 * The caller's side of functions: gives each function a number that every worker understands.
 *
 * @module
 */

import { apply, JSON, Object, SafeMap, SafeWeakMap, sourceOf, tagOf } from "../captured.ts";
import type { Format } from "../codec/types.ts";
import { misuse } from "../errors.ts";
import { describe } from "../codec/describe.ts";
import { BUILT_IN_FORMATS, MAX_FORMAT } from "../codec/formats.ts";
import type { LogWriter } from "./function_log.ts";
import { type AnyFunction, type FunctionRecord, nameOf } from "./function_record.ts";
import { targetOf } from "./module_functions.ts";

/** A function as the caller's side knows it. */
export interface KnownFunction {
  /** Its number in the function log. */
  readonly number: number;
  /** For messages. */
  readonly name: string;
  /** The function itself where it was passed as a value, so that a blocked caller can run it. */
  readonly value: AnyFunction | undefined;
  /** Whether a blocked caller may run it: passed as a value and not visibly async. */
  readonly helpable: boolean;
  /** How long its tasks take; written by the scheduler. */
  readonly cost: Cost;
}

/** What a function's tasks took so far, in microseconds. */
export interface Cost {
  /** Running mean of the time from a task's start to its end. */
  mean: number;
  /** Running mean of the deviation from it. */
  deviation: number;
  /** Running mean of the time that the worker itself is known to have spent: less than `mean` where tasks wait. */
  spent: number;
  /** Tasks measured. */
  samples: number;
  /** Whether the last one took far longer than was expected. */
  hadOutlier: boolean;
}

/** Numbers functions, and formats beyond the built-in ones, for all workers of a pool. */
export class FunctionTable {
  readonly #log: LogWriter;
  /** Functions passed as values. */
  readonly #byValue: WeakMap<AnyFunction, KnownFunction> = new SafeWeakMap();
  /** The last function that was looked up, most likely the next one as well; `forgetLast` lets it be collected. */
  #last: KnownFunction | undefined;
  /** Log number by record text: closures of one source share a number. */
  readonly #byRecord: Map<string, { number: number; cost: Cost }> = new SafeMap();
  /** Names of the formats by number. */
  readonly #formats: Format[] = [...BUILT_IN_FORMATS];

  constructor(log: LogWriter) {
    this.#log = log;
  }

  /**
   * The number of a function passed as a value.
   *
   * @throws {TypeError} If it is not a function that can run in a worker
   */
  ofValue(fn: AnyFunction): KnownFunction {
    const last = this.#last;
    if (last !== undefined && last.value === fn) return last;
    const known = this.#byValue.get(fn);
    if (known !== undefined) return this.#last = known;
    const target = targetOf(fn);
    if (typeof target !== "function") {
      const exported = { ...this.ofExport(target.url, target.name), value: fn };
      this.#byValue.set(fn, exported);
      return exported;
    }
    checkFunction(fn);
    const source = apply(sourceOf, fn, []);
    const { number, cost } = this.#number({ kind: "source", name: nameOf(fn), source });
    const made = { number, name: nameOf(fn) || "(anonymous)", value: fn, helpable: !/^async\b/.test(source), cost };
    this.#byValue.set(fn, made);
    return made;
  }

  /** Holds no function any more. */
  forgetLast(): void {
    this.#last = undefined;
  }

  /** The number of a module's export. */
  ofExport(url: string, name: string): KnownFunction {
    const { number, cost } = this.#number({ kind: "export", url, name });
    return { number, name, value: undefined, helpable: false, cost };
  }

  /**
   * The number of a format.
   *
   * @throws {RangeError} If there are too many registered codecs in use
   */
  ofFormat(name: Format): number {
    let format = this.#formats.indexOf(name);
    if (format < 0) {
      format = this.#formats.length;
      if (format > MAX_FORMAT) throw new RangeError(`Cannot use codec '${name}' as ${MAX_FORMAT} formats are in use`);
      this.#log.append({ kind: "format", name, format } satisfies FunctionRecord);
      this.#formats.push(name);
    }
    return format;
  }

  #number(record: FunctionRecord): { number: number; cost: Cost } {
    const text = JSON.stringify(record);
    let known = this.#byRecord.get(text);
    if (known === undefined) {
      known = {
        number: this.#log.append(record),
        cost: { mean: 0, deviation: 0, spent: 0, samples: 0, hadOutlier: false },
      };
      this.#byRecord.set(text, known);
    }
    return known;
  }
}

/**
 * Refuses what no worker could run.
 *
 * @throws {TypeError} If `fn` is no function, or a native or bound one, a class, or a generator
 */
export function checkFunction(fn: unknown): asserts fn is AnyFunction {
  if (typeof fn !== "function") {
    throw misuse(
      new TypeError(`Cannot run task as 'fn' must be a function: received ${describe(fn)}`),
      "NOT_A_FUNCTION",
    );
  }
  const source = apply(sourceOf, fn, []);
  const name = nameOf(fn) || "(anonymous)";
  const refuse = (what: string, cure: string) =>
    misuse(new TypeError(`Cannot run '${name}' as it is ${what}: ${cure}`), "FUNCTION_KIND");
  // A method may be called `class`, but has no prototype.
  if (/^(?:class|@)/.test(source) && Object.getOwnPropertyDescriptor(fn, "prototype")?.writable === false) {
    throw refuse("a class", "pass a function that creates the instance");
  }
  // So may one be called `get` or, in quotes, `get x`.
  if (/^[gs]et /.test(name) && /^[gs]et\b(?!\s*[(=])/.test(source)) {
    throw refuse("an accessor", "pass a function that reads or sets the property");
  }
  if (/GeneratorFunction$/.test(apply(tagOf, fn, []).slice(8, -1))) {
    throw refuse("a generator", "pass a function that returns the values as an array");
  }
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    throw refuse("a native or bound function, which has no source", "pass an arrow function that calls it");
  }
}
