/**
 * Keeps a function from ending its thread: for tasks that run in the caller's thread, where an exit would be the program's.
 *
 * @module
 */

import process from "./_process.ts";
import type { ExitAttempt } from "../../src/adapter.ts";
import { toCode } from "./_hooks.ts";

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Owner = Record<string, Method | undefined>;

/** A function that ends the thread, and what calls of it mean. */
interface Ending {
  readonly owner: Owner;
  readonly name: string;
  readonly label: string;
  /** The exit code that the arguments mean, or `"none"` for a call that is no exit. */
  readonly codeOf: (args: readonly unknown[]) => number | undefined | "none";
}

const exitCode = ([code]: readonly unknown[]): number => toCode(code);
const noCode = (): undefined => undefined;

const { Deno } = globalThis as { Deno?: unknown };
const owner = process as unknown as Owner;

const ENDINGS: readonly Ending[] = [
  { owner, name: "exit", label: "process.exit()", codeOf: exitCode },
  { owner, name: "reallyExit", label: "process.reallyExit()", codeOf: exitCode },
  { owner, name: "abort", label: "process.abort()", codeOf: noCode },
  // What `process.exit` calls first, for a program that took that function before it could be replaced.
  {
    owner,
    name: "emit",
    label: "process.exit()",
    codeOf: ([event, code]) => event === "exit" ? toCode(code) : "none",
  },
  ...(Deno === undefined ? [] : [{ owner: Deno as Owner, name: "exit", label: "Deno.exit()", codeOf: exitCode }]),
  { owner: globalThis as unknown as Owner, name: "close", label: "self.close()", codeOf: () => 0 },
];

/** Calls of `runWithoutExit` that have not returned. */
let depth = 0;
/** The first attempt in the outermost of them. */
let attempt: ExitAttempt | undefined;
/** Takes the replacements back. */
let undo: (() => void)[] = [];
/** `process.exitCode` before the outermost of them. */
let exitCodeBefore: typeof process.exitCode;

/** See `Adapter.runWithoutExit`. */
export function runWithoutExit<T>(
  fn: () => T,
): { readonly exit: ExitAttempt | undefined; readonly value: T | undefined } {
  if (depth++ === 0) {
    attempt = undefined;
    exitCodeBefore = process.exitCode;
    for (const ending of ENDINGS) replace(ending);
  }
  try {
    const value = fn();
    return { exit: attempt, value };
  } catch (error) {
    if (attempt === undefined) throw error;
    return { exit: attempt, value: undefined };
  } finally {
    if (--depth === 0) {
      for (const back of undo) back();
      undo = [];
      if (attempt !== undefined) forgetExit();
    }
  }
}

/** Has calls of a function throw, as long as a function is not to end the thread. */
function replace({ owner, name, label, codeOf }: Ending): void {
  const original = owner[name];
  if (typeof original !== "function") return;
  const isOwn = Object.hasOwn(owner, name);
  const replacement: Method = function (...args) {
    const code = depth === 0 ? "none" : codeOf(args);
    if (code === "none") return original.apply(this, args);
    attempt ??= { code, label };
    throw new Error(`${label} was called in a task that runs in the thread of its caller`);
  };
  try {
    owner[name] = replacement;
  } catch {
    return; // somebody froze it
  }
  undo.push(() => {
    if (owner[name] !== replacement) return; // the task has put another one there
    if (isOwn) owner[name] = original;
    else delete owner[name];
  });
}

/** Takes back what Node notes before it tells anybody that it exits: after that it would not tell again. */
function forgetExit(): void {
  process.exitCode = exitCodeBefore;
  const state = process as unknown as { _exiting?: boolean };
  if (state._exiting === true) state._exiting = false;
}
