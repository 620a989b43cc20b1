/**
 * The format `json`: a value crosses only if it comes back from JSON as it was. `plain_formats.ts` has the formats
 * `string` and `bytes`.
 *
 * @module
 */

import { Array, JSON, Number, Object, SafeSet, Symbol, toText } from "../captured.ts";
import { pop, push } from "../lists.ts";
import { SerializationError } from "../errors.ts";
import { define } from "./_define.ts";
import { isNative } from "./_error_classes.ts";
import { className, describe } from "./describe.ts";
import { pathText } from "./_path.ts";
import type { Step } from "./_path.ts";

/** Deeper values are refused, as `JSON.stringify` would run out of stack. */
const MAX_DEPTH = 1000;

/**
 * The format `json`: a value crosses only if it comes back from JSON as it was. Refused are
 * `undefined`, holes, NaN, infinities, -0, bigints, dates, maps and every other class, and cycles.
 * An argument or a result may be `undefined` as a whole. Objects that occur twice arrive as two.
 * What becomes text is a copy without what is not enumerable: `JSON.stringify` would call a `toJSON` wherever
 * it finds one, and read a getter a second time.
 */
export function toJSON(value: unknown, root: string): string | undefined {
  if (value === undefined) return undefined;
  const steps: Step[] = [];
  try {
    return JSON.stringify(check(value, root, steps, new SafeSet()));
  } catch (cause) {
    if (cause instanceof SerializationError) throw cause;
    const path = pathText(root, steps);
    throw new SerializationError(`Cannot send '${path}' as JSON as reading it threw ${describe(cause)}`, path, {
      cause,
    });
  }
}

/** The partner of `toJSON`. */
export function fromJSON(text: unknown): unknown {
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw new SerializationError("Cannot decode the message as it is not JSON", "");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SerializationError("Cannot decode the message as it is not JSON", "", { cause });
  }
}

function refuse(value: unknown, root: string, steps: readonly Step[], why = `it is ${describe(value)}`): never {
  const path = pathText(root, steps);
  throw new SerializationError(`Cannot send '${path}' as JSON as ${why}: use the format 'auto'`, path);
}

/** Checks a value and gives a copy, so that each property is read once; text and the like it gives as they are. */
function check(value: unknown, root: string, steps: Step[], above: Set<object>): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value) || Object.is(value, -0)) refuse(value, root, steps);
      return value;
    case "object":
      if (value === null) return null;
      break;
    default:
      refuse(value, root, steps);
  }
  const isArray = Array.isArray(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (isArray ? prototype !== Array.prototype : prototype !== Object.prototype && prototype !== null) {
    if (!isPlainElsewhere(prototype, isArray)) refuse(value, root, steps);
  }
  if (Object.hasOwn(value, Symbol.toStringTag)) refuse(value, root, steps);
  if (above.has(value)) refuse(value, root, steps, "it holds itself");
  if (steps.length >= MAX_DEPTH) refuse(value, root, steps, "it is nested too deep");
  above.add(value);
  const copy = isArray ? list(value, root, steps, above) : record(value, root, steps, above);
  above.delete(value);
  return "toJSON" in copy && !Object.hasOwn(copy, "toJSON") ? Object.setPrototypeOf(copy, null) as object : copy;
}

/** Whether a prototype is that of plain arrays or objects in another realm. */
function isPlainElsewhere(prototype: object | null, isArray: boolean): boolean {
  if (prototype === null || Array.isArray(prototype) !== isArray) return false;
  const above = Object.getPrototypeOf(prototype) as object | null;
  return isNative(prototype) && className(prototype) === (isArray ? "Array" : "Object") &&
    (isArray ? isPlainElsewhere(above, false) || above === Object.prototype : above === null);
}

function list(value: readonly unknown[], root: string, steps: Step[], above: Set<object>): unknown[] {
  const keys = Object.keys(value);
  const { length } = value;
  if (keys.length !== length) refuse(value, root, steps, "the array has holes or properties of its own");
  const copy: unknown[] = [];
  for (let i = 0; i < length; i++) {
    push(steps, i);
    const item = value[i];
    if (keys[i] !== toText(i)) refuse(item, root, steps, "the array has holes");
    push(copy, check(item, root, steps, above));
    pop(steps);
  }
  return copy;
}

function record(value: object, root: string, steps: Step[], above: Set<object>): object {
  const copy = ownProperties(value, steps);
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    push(steps, key);
    const checked = check(item, root, steps, above);
    if (checked !== item) define(copy, key, checked);
    pop(steps);
  }
  return copy;
}

/** A shallow copy; where a getter throws, `steps` lead to it. */
function ownProperties(value: object, steps: Step[]): Record<string, unknown> {
  try {
    return { ...value };
  } catch (error) {
    for (const key of Object.keys(value)) {
      push(steps, key);
      void (value as Record<string, unknown>)[key];
      pop(steps);
    }
    throw error;
  }
}
