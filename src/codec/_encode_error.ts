/**
 * Writes an error in the format `auto`, with its class, message, stack, cause and own properties. `_decode_error.ts`
 * reads it.
 *
 * @module
 */

import { apply, isEnumerable, Object, SafeSet } from "../captured.ts";
import { filter, includes, push } from "../lists.ts";
import type { Encoder } from "./_encoder.ts";
import { errorClasses } from "./_error_classes.ts";
import * as tags from "./_tags.ts";
import { withoutWorkerSource } from "./_worker_source.ts";

/** How a property of an error is restored. */
export const HIDDEN = 0;
/** As an ordinary property. */
export const ENUMERABLE = 1;
/** Only if the class does not say the same already. */
export const INHERITED = 2;

/** Own properties that matter although they are not enumerable. */
const KNOWN = new SafeSet(["name", "message", "cause", "errors", "code", "error", "suppressed"]);

/** Writes an error: its classes, name, message and stack, its own properties. */
export function writeError(encoder: Encoder, error: Error): void {
  const classes = () => {
    const { registered, builtIn } = errorClasses(error);
    encoder.string(registered);
    encoder.string(builtIn);
  };
  if (encoder.depth >= tags.MAX_DEPTH && encoder.pinned === 0) {
    encoder.byte(tags.DEFERRED);
    encoder.byte(tags.ERROR);
    classes();
    return encoder.putOff(() => writeProperties(encoder, error));
  }
  if (encoder.depth >= tags.HARD_DEPTH) encoder.tooDeep();
  encoder.byte(tags.ERROR);
  classes();
  writeProperties(encoder, error);
}

/** Writes a DOMException; `code` follows from the name. */
export function writeDOMException(encoder: Encoder, error: DOMException): void {
  encoder.byte(tags.DOM_EXCEPTION);
  encoder.string(withoutWorkerSource(error.message));
  encoder.string(error.name);
  writeProperties(encoder, error, true);
}

function writeProperties(encoder: Encoder, error: Error | DOMException, isDOM = false): void {
  const own = ownKeys(error);
  const inherited = isDOM ? [] : filter(["name", "message"], (key) => !includes(own, key));
  encoder.varint(1 + own.length + inherited.length);
  const depth = encoder.depth++;
  writeText(encoder, error, "stack", HIDDEN, isDOM ? undefined : headline);
  for (const key of inherited) writeText(encoder, error, key, INHERITED);
  for (const key of own) {
    encoder.path[depth] = key;
    encoder.string(key);
    encoder.byte(flagOf(error, key));
    const text: unknown = Object.getOwnPropertyDescriptor(error, key)?.value;
    if (typeof text === "string") encoder.string(withoutWorkerSource(text));
    else encoder.property(error, key);
  }
  encoder.depth = depth;
}

/** A property that is text or nothing. A stack may be anything: `Error.prepareStackTrace` makes it. */
function writeText(
  encoder: Encoder,
  error: object,
  key: string,
  flag: number,
  otherwise: (error: object) => string | undefined = () => undefined,
): void {
  encoder.string(key);
  encoder.byte(flag);
  let text: unknown;
  try {
    text = (error as Record<string, unknown>)[key];
  } catch {
    text = undefined;
  }
  if (text === undefined) text = otherwise(error);
  if (typeof text === "string") encoder.string(withoutWorkerSource(text));
  else encoder.byte(tags.ABSENT);
}

/** The first line of the stack of an error that has none, as old classes that never called `Error` make them. */
function headline(error: object): string {
  try {
    return `${(error as Error).name}: ${(error as Error).message}`;
  } catch {
    return "Error";
  }
}

/** A property of an error: its key, how it is restored, its value. */
export type ErrorEntry = readonly [key: string, flag: number, value: unknown];

/** All of an error's properties, for formats that carry no errors by themselves. */
export function errorEntries(error: Error): ErrorEntry[] {
  const own = ownKeys(error);
  const entries: ErrorEntry[] = [];
  for (const key of ["stack", "name", "message"]) {
    const given = includes(own, key) ? undefined : error[key as "name"] as unknown;
    const text = key === "stack" && given === undefined ? headline(error) : given;
    if (typeof text === "string") push(entries, [key, key === "stack" ? HIDDEN : INHERITED, text]);
  }
  for (const key of own) push(entries, [key, flagOf(error, key), error[key as "name"]]);
  return entries;
}

function flagOf(error: object, key: string): number {
  return apply(isEnumerable, error, [key]) ? ENUMERABLE : HIDDEN;
}

function ownKeys(error: object): string[] {
  const keys: string[] = [];
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key === "stack") continue;
    if (KNOWN.has(key) || flagOf(error, key) === ENUMERABLE) push(keys, key);
  }
  return keys;
}
