/**
 * Which functions can run in a worker, and how a worker finds them.
 *
 * @module
 */

import { apply, Object, sourceOf, tagOf } from "../captured.ts";
import { describe } from "../codec/describe.ts";
import { misuse } from "../errors.ts";
import { type AnyFunction, type ExportRecord, nameOf, type SourceRecord } from "./function_record.ts";
import { type FunctionTarget, ModuleExport } from "./targets.ts";
import { targetOf } from "./module_functions.ts";

/** How a worker finds a function that was passed as a value. */
export function sourceRecord(fn: AnyFunction): SourceRecord {
  return { kind: "source", name: nameOf(fn), source: apply(sourceOf, fn, []) };
}

/** How a worker finds a function. */
export function recordOf(fn: FunctionTarget, mayGenerate: boolean): SourceRecord | ExportRecord {
  const target = targetOf(fn);
  if (target instanceof ModuleExport) return { kind: "export", url: target.url, name: target.name };
  checkFunction(target, mayGenerate);
  return sourceRecord(target);
}

/** Whether a function is a generator, sync or async. */
export function isGenerator(fn: unknown): boolean {
  return typeof fn === "function" && /GeneratorFunction$/.test(apply(tagOf, fn, []).slice(8, -1));
}

/**
 * Refuses what no worker could run.
 *
 * @param mayGenerate whether it may be a generator
 * @throws {TypeError} If `fn` is no function, or a native or bound one, a class, or a generator
 */
export function checkFunction(fn: unknown, mayGenerate = false): asserts fn is AnyFunction {
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
  if (!mayGenerate && isGenerator(fn)) {
    throw refuse("a generator", "give it to map() or stream(), or pass a function that returns the values as an array");
  }
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    throw refuse("a native or bound function, which has no source", "pass an arrow function that calls it");
  }
}
