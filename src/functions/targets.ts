/**
 * What may be run: a function, a module's export, or functions with the loop that calls them.
 *
 * @module
 */

import { type AnyFunction, type LoopKind, nameOf } from "./function_record.ts";

/** A module's export, named but not loaded. */
export class ModuleExport {
  /** URL of the module. */
  readonly url: string;
  /** Name of the export. */
  readonly name: string;

  constructor(url: string, name: string) {
    this.url = url;
    this.name = name;
  }
}

/** A function passed as a value, or named as a module's export. */
export type FunctionTarget = AnyFunction | ModuleExport;

/** Functions with the loop that calls them for the items of a chunk. */
export class LoopTarget {
  readonly kind: LoopKind;
  /** The function, then what makes the initial value of `reduce`, then the reader of the source's parts. */
  readonly functions: readonly FunctionTarget[];

  constructor(kind: LoopKind, functions: readonly FunctionTarget[]) {
    this.kind = kind;
    this.functions = functions;
  }

  /** Name of the function, for messages. */
  get name(): string {
    return this.functions.length === 0 ? this.kind.verb : nameOf(this.functions[0]!) || "(anonymous)";
  }
}

/** A function to run, or functions with the loop that calls them. */
export type Target = FunctionTarget | LoopTarget;
