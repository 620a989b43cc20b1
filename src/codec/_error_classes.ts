/**
 * Which class of errors a value is of, by its prototypes: those of this realm, and those of another one (a context of
 * `node:vm`, as Jest makes), which has built-in classes of its own.
 *
 * @module
 */

import { apply, Error, isInstance, Object, SafeMap, SafeWeakMap, sourceOf } from "../captured.ts";
import * as errors from "../errors.ts";
import { className } from "./describe.ts";
import { registeredClass } from "./registry.ts";

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
    return isInstance(prototype, Error) ? [[ownName(prototype), prototype] as const] : [];
  }),
);

/** What was found out about a prototype: the built-in ancestor. */
const ancestors: WeakMap<object, string> = new SafeWeakMap();
/** The same: whether it is one of errors. */
const byPrototype: WeakMap<object, boolean> = new SafeWeakMap();

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
    const name = errorClassOf(at);
    if (name !== undefined) return name;
  }
  return "Error";
}

/** Name of the built-in class of errors that has this prototype, in whatever realm. */
export function errorClassOf(prototype: object): string | undefined {
  for (const [name, { prototype: known }] of ERROR_CLASSES) if (prototype === known) return name;
  const name = Object.hasOwn(prototype, "constructor") ? className(prototype) : undefined;
  return name !== undefined && ERROR_CLASSES.has(name) && isNative(prototype) ? name : undefined;
}

/** Whether a value has the prototype of a built-in error on its chain, with the brand or without. */
export function isErrorByPrototype(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return false;
  let found = byPrototype.get(prototype);
  if (found === undefined) byPrototype.set(prototype, found = leadsToError(prototype));
  return found;
}

function leadsToError(prototype: object): boolean {
  let at: object | null = prototype;
  for (let i = 0; at !== null && i < 100; at = Object.getPrototypeOf(at) as object | null, i++) {
    if (errorClassOf(at) !== undefined) return true;
  }
  return false;
}

/** Whether the constructor that a prototype names is built in. */
export function isNative(prototype: object): boolean {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof constructor === "function" && /\[native code\]/.test(apply(sourceOf, constructor, []));
}
