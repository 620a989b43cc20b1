import { Array, JSON, Number, Object, SafeSet } from "../captured.ts";
import { SerializationError } from "../errors.ts";
import { describe } from "./_describe.ts";
import { pathText } from "./_path.ts";
import type { Step } from "./_path.ts";

/** Deeper values are refused, as `JSON.stringify` would run out of stack. */
const MAX_DEPTH = 1000;

/**
 * The format `json`: a value crosses only if it comes back from JSON as it was. Refused are
 * `undefined`, holes, NaN, infinities, -0, bigints, dates, maps and every other class, and cycles.
 * An argument or a result may be `undefined` as a whole. Objects that occur twice arrive as two.
 */
export function toJSON(value: unknown, root: string): string | undefined {
  if (value === undefined) return undefined;
  const steps: Step[] = [];
  try {
    check(value, root, steps, new SafeSet());
    return JSON.stringify(value);
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

function check(value: unknown, root: string, steps: Step[], above: Set<object>): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value) || Object.is(value, -0)) refuse(value, root, steps);
      return;
    case "object":
      if (value === null) return;
      break;
    default:
      refuse(value, root, steps);
  }
  const isArray = Array.isArray(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (isArray ? prototype !== Array.prototype : prototype !== Object.prototype && prototype !== null) {
    refuse(value, root, steps);
  }
  if (Object.hasOwn(value, Symbol.toStringTag)) refuse(value, root, steps);
  if (above.has(value)) refuse(value, root, steps, "it holds itself");
  if (steps.length >= MAX_DEPTH) refuse(value, root, steps, "it is nested too deep");
  above.add(value);
  const keys = Object.keys(value);
  if (isArray) {
    if (keys.length !== value.length) refuse(value, root, steps, "the array has holes or properties of its own");
    for (let i = 0; i < value.length; i++) {
      steps.push(i);
      if (keys[i] !== String(i)) refuse(value[i], root, steps, "the array has holes");
      check(value[i], root, steps, above);
      steps.pop();
    }
  } else {
    for (const key of keys) {
      steps.push(key);
      check((value as Record<string, unknown>)[key], root, steps, above);
      steps.pop();
    }
  }
  above.delete(value);
}
