/**
 * The innermost loop of a collection: calls one function for item after item. Each function gets a loop that was
 * compiled for it alone, so that engines inline the call as they do in a loop that the user wrote: a loop that all
 * functions share costs some 5 ns a call more.
 *
 * @module
 */

import type { AnyFunction } from "./function_record.ts";

/** What is done with each result. */
export type ItemVerb = "map" | "into" | "filter" | "forEach" | "find" | "findFalse" | "reduce";

/** Where a loop leaves what it cannot return. */
export interface LoopState {
  /** The item that it stopped at: the one that threw, that gave a promise, or that was found. */
  at: number;
  /** What the function returned for that item, where it may be a promise; else `undefined`. */
  pending: unknown;
  /** Results, for `map` and `filter`; the target of `into`. */
  out: { [index: number]: unknown; readonly length: number };
  /** The index of the item whose result is `out[0]`. */
  base: number;
  /** For `into`: the `typeof` of its elements, and the error of a result that is none. */
  kind: "number" | "bigint";
  refuse(result: unknown): TypeError;
  /** Puts a result into it. */
  put(index: number, result: unknown): void;
  /** The accumulated value of `reduce`. */
  total: unknown;
  /** Whether `find` has found an item. */
  isFound: boolean;
  /** Whether a result was an object. */
  hasObjects: boolean;
}

/**
 * Calls the function for the items from `from` up to `to`.
 *
 * @param input the items, or `undefined` where the index is the item
 * @param offset the index of `input[0]`
 * @returns the index to go on with: `to`, or less if a result is a promise or the item was found
 * @throws what the function throws; then `state.at` is the item
 */
export type ItemLoop = (
  fn: AnyFunction,
  input: ArrayLike<unknown> | undefined,
  from: number,
  to: number,
  offset: number,
  state: LoopState,
) => number;

/** What each verb does with a result `r` of item `i`. */
const BODIES: Readonly<Record<ItemVerb, string>> = {
  map: "out[i - base] = r;",
  into: "if (typeof r !== state.kind) throw state.refuse(r);\n      out[i] = r;",
  filter: "out[i - base] = r ? true : false;",
  forEach: "",
  find: "if (r) { state.at = i; state.isFound = true; return i + 1; }",
  findFalse: "if (!r) { state.at = i; state.isFound = true; return i + 1; }",
  reduce: "total = r;",
};

/** An object may be a promise. `then` is not read here: whoever waits reads it once. */
const LOOK_AT_OBJECTS = `if (typeof r === "object" && r !== null || typeof r === "function") {
        state.hasObjects = true;
        if ("then" in r) { state.at = i; state.pending = r; return i; }
      }`;

function sourceOf(verb: ItemVerb, isRange: boolean): string {
  const item = isRange ? "i" : "input[i - offset]";
  const call = verb === "reduce" ? `fn(total, ${item}, i)` : `fn(${item}, i)`;
  return `(function (fn, input, from, to, offset, state) {
  const out = state.out, base = state.base;
  let total = state.total, i = from;
  try {
    for (; i < to; i++) {
      const r = ${call};
      ${LOOK_AT_OBJECTS}
      ${BODIES[verb]}
    }
  } catch (error) {
    state.at = i;
    throw error;
  } finally {
    state.total = total;
  }
  return to;
})`;
}

/** Loops compiled so far; the number makes each source another one, for engines share what they know of equal ones. */
let compiled = 0;

/** Whether the runtime compiles source text; a flag may forbid it. */
let mayCompile = true;

/** Loops that all functions share, where none can be compiled. */
const shared: Map<string, ItemLoop> = new Map();

/** Makes a loop for one function. */
export function createItemLoop(verb: ItemVerb, isRange: boolean): ItemLoop {
  if (mayCompile) {
    try {
      const evaluate = globalThis.eval; // indirect, so that the loop sees the global scope only
      return evaluate(`"use strict"; ${sourceOf(verb, isRange)} // ${compiled++}`) as ItemLoop;
    } catch {
      mayCompile = false;
    }
  }
  const key = `${verb} ${isRange}`;
  let loop = shared.get(key);
  if (loop === undefined) shared.set(key, loop = interpret(verb, isRange));
  return loop;
}

/** The same loop without source text. */
function interpret(verb: ItemVerb, isRange: boolean): ItemLoop {
  return (fn, input, from, to, offset, state) => {
    const { out, base } = state;
    for (let i = from; i < to; i++) {
      state.at = i;
      const item = isRange ? i : input![i - offset];
      const result = verb === "reduce" ? fn(state.total, item, i) : fn(item, i);
      if ((typeof result === "object" && result !== null) || typeof result === "function") {
        state.hasObjects = true;
        if ("then" in result) {
          state.pending = result;
          return i;
        }
      }
      if (verb === "map") out[i - base] = result;
      else if (verb === "into") {
        state.put(i, result);
      } else if (verb === "filter") out[i - base] = Boolean(result);
      else if (verb === "reduce") state.total = result;
      else if ((verb === "find" && result) || (verb === "findFalse" && !result)) {
        state.isFound = true;
        return i + 1;
      }
    }
    return to;
  };
}
