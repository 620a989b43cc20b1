/**
 * The format `superjson`: JSON with types, by the package of that name, with the registered classes and transformers
 * added.
 *
 * @module
 */

import { Array, ArrayBuffer, Date, Error, isInstance, Map, Number, Object, RegExp, Set, URL } from "../captured.ts";
import SuperJSON from "superjson";
import { SerializationError } from "../errors.ts";
import { isDOMException } from "./_brands.ts";
import { isShared } from "./_buffers.ts";
import { makeError, restore } from "./_decode_error.ts";
import { define } from "./_define.ts";
import { describe } from "./describe.ts";
import { errorEntries } from "./_encode_error.ts";
import type { ErrorEntry } from "./_encode_error.ts";
import { errorClasses, isErrorByPrototype } from "./_error_classes.ts";
import { pathText } from "./_path.ts";
import type { Step } from "./_path.ts";
import { registeredClass, registry } from "./registry.ts";
import type { RegisteredClass } from "./registry.ts";

/** Made when first needed, and again after a registration. */
let instance: SuperJSON | undefined;
let version = -1;

/** Typed arrays that superjson knows. */
const ARRAYS: readonly unknown[] = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  Uint8ClampedArray,
].map(({ prototype }) => prototype);
/** Deeper values are refused, as superjson would run out of stack. */
const MAX_DEPTH = 500;

function superjson(): SuperJSON {
  if (instance !== undefined && version === registry.version) return instance;
  const made = new SuperJSON();
  for (const [name, transformer] of registry.transformers) {
    made.registerCustom({ ...bound(transformer) } as never, name);
  }
  for (const entry of registry.classes.values()) {
    if (isWholeError(entry)) continue;
    made.registerCustom(classTransformer(made, entry) as never, `class ${entry.name}`);
  }
  made.registerCustom(errorTransformer(made) as never, "multicore:error");
  version = registry.version;
  return instance = made;
}

function bound<T extends object>(transformer: T): Record<string, unknown> {
  const { isApplicable, serialize, deserialize } = transformer as Record<string, (value: unknown) => unknown>;
  return {
    isApplicable: isApplicable!.bind(transformer),
    serialize: serialize!.bind(transformer),
    deserialize: deserialize!.bind(transformer),
  };
}

/** Instances of a registered class hold superjson in superjson. */
function classTransformer(json: SuperJSON, { prototype, serialize, deserialize }: RegisteredClass): object {
  return {
    isApplicable: (value: unknown) =>
      typeof value === "object" && value !== null && Object.getPrototypeOf(value) === prototype,
    serialize: (value: object) => json.serialize((serialize?.(value) ?? { ...value }) as never),
    deserialize: (data: never) => {
      const parts = json.deserialize(data);
      if (deserialize !== undefined) return deserialize(parts);
      const target = Object.create(prototype) as object;
      for (const [key, value] of Object.entries(parts as object)) define(target, key, value);
      return target;
    },
  };
}

/** Errors, which superjson itself reduces to an Error with a name and a message, go as in `auto`. */
function errorTransformer(json: SuperJSON): object {
  return {
    isApplicable: isError,
    serialize: (error: Error) => {
      const { registered, builtIn } = errorClasses(error);
      return json.serialize([registered, builtIn, errorEntries(error)]);
    },
    deserialize: (data: never) => {
      const [registered, builtIn, entries] = json.deserialize(data) as [string, string, ErrorEntry[]];
      const error = makeError(registered, builtIn);
      for (const [key, flag, value] of entries) restore(error, key, flag, value);
      return error;
    },
  };
}

function isError(value: unknown): value is Error {
  return typeof value === "object" && value !== null && isErrorByPrototype(value) && !isDOMException(value);
}

/** Whether a registered class is one of errors that nothing takes apart. */
function isWholeError({ prototype, serialize }: RegisteredClass): boolean {
  return serialize === undefined && isInstance(prototype, Error);
}

/** The format `superjson`; what superjson would lose without a word is refused. */
export function toSuperJSON(value: unknown, root: string): string {
  const steps: Step[] = [];
  try {
    check(value, root, steps, new Set());
    return superjson().stringify(value as never);
  } catch (cause) {
    if (cause instanceof SerializationError) throw cause;
    const path = pathText(root, steps);
    const why = isInstance(cause, Error) ? cause.message : describe(cause);
    throw new SerializationError(`Cannot send '${path}' as superjson: ${why}`, path, { cause });
  }
}

/** The partner of `toSuperJSON`. */
export function fromSuperJSON(text: unknown): unknown {
  try {
    if (typeof text === "string") return superjson().parse(text);
  } catch (cause) {
    throw new SerializationError("Cannot decode the message as it is not superjson", "", { cause });
  }
  throw new SerializationError("Cannot decode the message as it is not superjson", "");
}

function refuse(value: unknown, root: string, steps: readonly Step[], why = `it is ${describe(value)}`): never {
  const path = pathText(root, steps);
  throw new SerializationError(`Cannot send '${path}' as superjson as ${why}: use the format 'auto'`, path);
}

function check(value: unknown, root: string, steps: Step[], seen: Set<object>): void {
  for (const transformer of registry.transformers.values()) if (transformer.isApplicable(value)) return;
  if (typeof value === "function" || typeof value === "symbol") refuse(value, root, steps);
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (steps.length >= MAX_DEPTH) refuse(value, root, steps, "it is nested too deep");
  const inside = (item: unknown, step: Step) => {
    steps.push(step);
    check(item, root, steps, seen);
    steps.pop();
  };
  const prototype = Object.getPrototypeOf(value) as object | null;
  const known = registeredClass(prototype);
  if (known !== undefined && !isWholeError(known)) {
    const { serialize } = known;
    if (serialize !== undefined) return inside(serialize(value), { text: ".serialize()" });
    if (ArrayBuffer.isView(value) || isInstance(value, Map) || isInstance(value, Set) || Array.isArray(value)) {
      refuse(value, root, steps, "its class extends a built-in class, and has no 'serialize'");
    }
    return Object.entries(value).forEach(([key, item]) => inside(item, key));
  }
  if (Array.isArray(value)) {
    if (Object.keys(value).length !== value.length) {
      refuse(value, root, steps, "the array has holes or properties of its own");
    }
    return value.forEach((item, i) => inside(item, i));
  }
  if (isInstance(value, Map)) {
    return [...value].forEach(([key, item], i) => {
      inside(key, { text: `.keys()[${i}]` });
      inside(item, { key, index: i });
    });
  }
  if (isInstance(value, Set)) return [...value].forEach((item, i) => inside(item, { text: `.values()[${i}]` }));
  if (isError(value)) return errorEntries(value).forEach(([key, , item]) => inside(item, key));
  if (isInstance(value, Date) && !Number.isNaN(value.getTime())) return;
  if (isInstance(value, RegExp) || (typeof URL === "function" && isInstance(value, URL))) return;
  if (ARRAYS.includes(prototype)) {
    if (isShared((value as Uint8Array).buffer)) {
      refuse(value, root, steps, "it is on shared memory, which would be copied");
    }
    const index = (value as Float64Array).findIndex((item) => !Number.isFinite(item) || Object.is(item, -0));
    if (index >= 0) refuse((value as Float64Array)[index], root, [...steps, index]);
    return;
  }
  if (prototype !== Object.prototype && prototype !== null) refuse(value, root, steps);
  for (const key of Object.keys(value)) {
    steps.push(key);
    check((value as Record<string, unknown>)[key], root, steps, seen);
    steps.pop();
  }
}
