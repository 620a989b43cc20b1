/**
 * Gives errors from workers the frames of whoever asked for the result, so that a stack shows both threads. The
 * library's own frames are left out.
 *
 * @module
 */

import { apply, Object, SafeWeakMap, tagOf } from "../captured.ts";
import { isSharedError } from "../executor/shared_errors.ts";
import { ownFolders, spellingsOf } from "../location.ts";

/**
 * Rejects like `Promise.reject(error)`, with the caller's frames behind the worker's in the stack.
 *
 * The Error whose stack has these frames is built only on failure, as one for each call would cost more than the call. The
 * three awaits let V8 link this promise to the one that the caller awaits, so that the async stack includes the caller.
 */
export async function rejectWithFrames(error: unknown): Promise<never> {
  if (isSharedError(error)) throw error;
  await null;
  await null;
  await null;
  throw withFrames(error);
}

/**
 * Remembers who asks for results, for `withFrames`. It is called before the first `await` of what they called: after
 * it V8 knows only callers that await that directly, and JavaScriptCore none outside an async function. It costs some
 * microseconds (the text of a stack is made when it is read), which is little for a batch that waits, much for a call.
 */
export function rememberFrames(): Error {
  return new Error();
}

/** Errors that have their caller's frames: a function that runs in this thread may throw the same object again and again. */
const framed = new SafeWeakMap<object, true>();

/**
 * Appends the frames of a call site to an error's stack, once; without one, those of whoever called this, or awaits the
 * async function that did. An error that several calls reject with gets none.
 */
export function withFrames(error: unknown, site?: Error): unknown {
  if (!isSharedError(error) && isError(error) && !framed.has(error)) {
    appendFrames(error, (site ?? new Error()).stack);
  }
  return error;
}

/** By brand, since anything else that a task throws arrives as it was thrown, with a `stack` or without. */
function isError(value: unknown): value is Error {
  const { isError } = Error as { isError?(value: unknown): boolean };
  return isError?.(value) === true || /^\[object (?:Error|DOMException)\]$/.test(apply(tagOf, value, []));
}

function appendFrames(error: Error, stack: string | undefined): void {
  try {
    if (typeof stack !== "string") return;
    const own = error.stack;
    if (typeof own !== "string") return;
    const frames = stack.split("\n").filter((line) => isFrame(line) && !own.includes(line)).join("\n");
    if (frames === "") return;
    const theirs = own.split("\n").filter((line) => !isOwnFrame(line)).join("\n");
    Object.defineProperty(error, "stack", {
      value: `${theirs}\n${frames}`,
      writable: true,
      configurable: true,
      enumerable: false,
    });
    framed.set(error, true);
  } catch {
    // A frozen error keeps its stack.
  }
}

/** The library's own folders, as stacks name them; none in a bundle, where its code stands beside the user's. */
const OWN_FOLDERS: readonly string[] = ownFolders().flatMap(spellingsOf);

/** The library's own frames tell the reader nothing; a function that it compiled from its source is not its own. */
function isOwnFrame(line: string): boolean {
  if (!/^\s+at /.test(line) || line.includes("eval at ")) return false;
  if (/rejectWithFrames|withFrames|rememberFrames|multicore-worker\.js|\(?blob:/.test(line)) return true;
  return OWN_FOLDERS.some((folder) => line.includes(folder));
}

/** A frame that is not the library's own; a stack's first line on V8 is the message. */
function isFrame(line: string): boolean {
  return /^\s+at /.test(line) && !isOwnFrame(line);
}
