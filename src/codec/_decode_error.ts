/**
 * Reads an error from the format `auto`, with its class, message, stack, cause and own properties. `_encode_error.ts`
 * writes it.
 *
 * @module
 */

import { AggregateError, DOMException, Error, Object } from "../captured.ts";
import type { Decoder } from "./_decoder.ts";
import { define } from "./_define.ts";
import { ENUMERABLE, INHERITED } from "./_encode_error.ts";
import { ERROR_CLASSES, OWN_ERRORS } from "./_error_classes.ts";
import { malformed } from "./_reader.ts";
import * as tags from "./_tags.ts";
import { registry } from "./registry.ts";

/** Reads an error. */
export function readError(decoder: Decoder, deferred: boolean): Error {
  const error = decoder.add(makeError(decoder.string(), decoder.string()));
  if (deferred) decoder.putOff(() => readProperties(decoder, error));
  else readProperties(decoder, error);
  return error;
}

/**
 * Makes an error without its properties: one of the nearest built-in ancestor, so that it has an
 * error's brand, with the prototype of its registered class.
 */
export function makeError(registered: string, builtIn: string): Error {
  const error = withoutStack(() => newError(builtIn));
  const prototype = registered === ""
    ? undefined
    : registry.classes.get(registered)?.prototype ?? OWN_ERRORS.get(registered);
  return prototype === undefined ? error : Object.setPrototypeOf(error, prototype) as Error;
}

/** Reads a DOMException; a runtime without the class gets an Error of that name. */
export function readDOMException(decoder: Decoder): Error {
  const message = decoder.string();
  const name = decoder.string();
  let error: Error;
  if (typeof DOMException === "function") error = withoutStack(() => new DOMException(message, name));
  else {
    error = new Error(message);
    define(error, "name", name, false);
  }
  readProperties(decoder, decoder.add(error));
  return error;
}

function newError(name: string): Error {
  const Class = ERROR_CLASSES.get(name) ?? Error;
  if (name === "AggregateError" && Class !== Error) return new AggregateError([]);
  return new Class();
}

/** The stack is the sender's: making one here would be waste. */
function withoutStack<E>(make: () => E): E {
  const { stackTraceLimit } = Error as { stackTraceLimit?: unknown };
  try {
    (Error as { stackTraceLimit?: unknown }).stackTraceLimit = 0;
  } catch {
    return make();
  }
  try {
    return make();
  } finally {
    (Error as { stackTraceLimit?: unknown }).stackTraceLimit = stackTraceLimit;
  }
}

function readProperties(decoder: Decoder, error: Error): void {
  decoder.enter();
  for (let left = decoder.count(3); left > 0; left--) {
    const key = decoder.string();
    const flag = decoder.byte();
    const tag = decoder.byte();
    if (flag > INHERITED) throw malformed("a property is of an unknown kind");
    if (tag === tags.ABSENT) continue;
    restore(error, key, flag, decoder.value(tag));
  }
  decoder.depth--;
}

/** Gives an error back a property. */
export function restore(error: Error, key: string, flag: number, value: unknown): void {
  if (flag === INHERITED && error[key as "name"] === value) return;
  define(error, key, value, flag === ENUMERABLE);
}
