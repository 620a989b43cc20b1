import { apply, isEnumerable, Object, SafeMap, SafeSet, SafeWeakMap, sourceOf } from "../captured.ts";
import * as errors from "../errors.ts";
import { className } from "./describe.ts";
import type { Encoder } from "./_encoder.ts";
import * as tags from "./_tags.ts";
import { withoutWorkerSource } from "./_worker_source.ts";
import { registeredClass } from "./registry.ts";

/** How a property of an error is restored. */
export const HIDDEN = 0;
/** As an ordinary property. */
export const ENUMERABLE = 1;
/** Only if the class does not say the same already. */
export const INHERITED = 2;

/** Built-in error classes by name. */
export const ERROR_CLASSES: ReadonlyMap<string, ErrorConstructor> = new SafeMap(
  "Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError SuppressedError".split(" ")
    .flatMap((name) => {
      const constructor = (globalThis as Record<string, unknown>)[name];
      return typeof constructor === "function" ? [[name, constructor as ErrorConstructor] as const] : [];
    }),
);

/** This library's own errors by their name between threads, which no registered class should have. */
export const OWN_ERRORS: ReadonlyMap<string, object> = new SafeMap(
  Object.values(errors).flatMap((value: unknown) => {
    const prototype = (value as { prototype?: object }).prototype;
    return prototype instanceof Error ? [[ownName(prototype), prototype] as const] : [];
  }),
);

/** What was found out about a prototype: the built-in ancestor. */
const ancestors: WeakMap<object, string> = new SafeWeakMap();

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
  const inherited = isDOM ? [] : ["name", "message"].filter((key) => !own.includes(key));
  encoder.varint(1 + own.length + inherited.length);
  const depth = encoder.depth++;
  writeText(encoder, error, "stack", HIDDEN);
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
function writeText(encoder: Encoder, error: object, key: string, flag: number): void {
  encoder.string(key);
  encoder.byte(flag);
  let text: unknown;
  try {
    text = (error as Record<string, unknown>)[key];
  } catch {
    text = undefined;
  }
  if (typeof text === "string") encoder.string(withoutWorkerSource(text));
  else encoder.byte(tags.ABSENT);
}

/** A property of an error: its key, how it is restored, its value. */
export type ErrorEntry = readonly [key: string, flag: number, value: unknown];

/** All of an error's properties, for formats that carry no errors by themselves. */
export function errorEntries(error: Error): ErrorEntry[] {
  const own = ownKeys(error);
  const entries: ErrorEntry[] = [];
  for (const key of ["stack", "name", "message"]) {
    const text = own.includes(key) ? undefined : error[key as "name"] as unknown;
    if (typeof text === "string") entries.push([key, key === "stack" ? HIDDEN : INHERITED, text]);
  }
  return entries.concat(own.map((key) => [key, flagOf(error, key), error[key as "name"]]));
}

function flagOf(error: object, key: string): number {
  return apply(isEnumerable, error, [key]) ? ENUMERABLE : HIDDEN;
}

function ownKeys(error: object): string[] {
  const keys: string[] = [];
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key === "stack") continue;
    if (KNOWN.has(key) || flagOf(error, key) === ENUMERABLE) keys.push(key);
  }
  return keys;
}

/** The registered class and the nearest built-in ancestor, looked up along the prototypes. */
export function errorClasses(error: object): { registered: string; builtIn: string } {
  const prototype = Object.getPrototypeOf(error) as object | null;
  if (prototype === null) return { registered: "", builtIn: "Error" };
  let builtIn = ancestors.get(prototype);
  if (builtIn === undefined) ancestors.set(prototype, builtIn = ancestorOf(prototype));
  return { registered: registeredClass(prototype)?.name ?? ownName(prototype), builtIn };
}

/** Name of one of this library's errors; the thread may have a second copy of the class. */
function ownName(prototype: object): string {
  return Object.hasOwn(prototype, errors.BRAND) ? `multicore:${(prototype as never)[errors.BRAND]}` : "";
}

function ancestorOf(prototype: object): string {
  let at: object | null = prototype;
  for (let i = 0; at !== null && i < 100; at = Object.getPrototypeOf(at) as object | null, i++) {
    for (const [name, { prototype }] of ERROR_CLASSES) if (at === prototype) return name;
    // An error of another context has built-in classes of its own.
    const name = Object.hasOwn(at, "constructor") ? className(at) : undefined;
    if (name !== undefined && ERROR_CLASSES.has(name) && isNative(at)) return name;
  }
  return "Error";
}

function isNative(prototype: object): boolean {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof constructor === "function" && /\[native code\]/.test(apply(sourceOf, constructor, []));
}
