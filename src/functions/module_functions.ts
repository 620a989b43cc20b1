/**
 * The functions that `module()` gives. One may also be given to `run`, as any other function: then it means the module's
 * export, not its own source.
 *
 * @module
 */

import { Object, SafeWeakMap } from "../captured.ts";
import type { AnyFunction } from "./function_record.ts";
import type { ModuleExport, Target } from "./targets.ts";

const exported = new SafeWeakMap<AnyFunction, ModuleExport>();

/** Says which export a function stands for; gives it the export's name. */
export function markExport(fn: AnyFunction, target: ModuleExport): AnyFunction {
  exported.set(fn, target);
  return Object.defineProperty(fn, "name", { value: target.name, configurable: true });
}

/** What is to be run: the export that a function of `module()` stands for, and anything else itself. */
export function targetOf<T extends Target>(target: T): T | ModuleExport {
  return typeof target === "function" ? exported.get(target) ?? target : target;
}
