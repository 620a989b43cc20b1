import { define } from "./_decoder.ts";
import type { Decoder } from "./_decoder.ts";
import { ENUMERABLE, ERROR_CLASSES, INHERITED, OWN_ERRORS } from "./_encode_error.ts";
import { malformed } from "./_reader.ts";
import * as tags from "./_tags.ts";
import { registry } from "./registry.ts";

/**
 * Reads an error. It is made as the nearest built-in ancestor, so that it has an error's brand,
 * and then gets the prototype of its registered class.
 */
export function readError(decoder: Decoder, deferred: boolean): Error {
  const registered = decoder.string();
  const builtIn = decoder.string();
  const error = decoder.add(withoutStack(() => newError(builtIn)));
  const prototype = registered === ""
    ? undefined
    : registry.classes.get(registered)?.prototype ?? OWN_ERRORS.get(registered);
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
  if (deferred) decoder.putOff(() => readProperties(decoder, error));
  else readProperties(decoder, error);
  return error;
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
    const value = decoder.value(tag);
    if (flag === INHERITED && (error as unknown as Record<string, unknown>)[key] === value) continue;
    define(error, key, value, flag === ENUMERABLE);
  }
  decoder.depth--;
}
