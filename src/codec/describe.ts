/**
 * What a value is, in words for error messages. It never throws, whatever the value.
 *
 * @module
 */

import { apply, Array, ArrayBuffer, Error, isInstance, JSON, Object, sourceOf, toText } from "../captured.ts";
import { viewType } from "./_views.ts";

/** What a value is, for messages; never throws, whatever the value. */
export function describe(value: unknown): string {
  try {
    return describeUnsafe(value);
  } catch {
    return "an object that cannot be looked at";
  }
}

function describeUnsafe(value: unknown): string {
  switch (typeof value) {
    case "function":
      return describeFunction(value);
    case "symbol":
      return `a symbol: ${toText(value)}`;
    case "string":
      return `the string ${JSON.stringify(value.length > 40 ? value.slice(0, 40) + "..." : value)}`;
    case "bigint":
      return `the bigint ${value}n`;
    case "number":
      return `the number ${Object.is(value, -0) ? "-0" : value}`;
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (ArrayBuffer.isView(value)) return `a view: ${viewType(value)}`;
      if (isInstance(value, Error)) return `an error: ${toText(value)}`;
      return `an object: ${className(value) ?? "without a class"}`;
    default:
      return toText(value);
  }
}

function describeFunction(value: { readonly name?: unknown }): string {
  const kind = /^class\b/.test(apply(sourceOf, value, [])) ? "a class" : "a function";
  const name = Object.getOwnPropertyDescriptor(value, "name")?.value;
  return typeof name === "string" && name !== "" ? `${kind}: ${name}` : kind;
}

/** Name of the object's class, where one can be found without running a getter. */
export function className(value: object): string | undefined {
  for (let at: object | null = value, i = 0; at !== null && i < 100; at = Object.getPrototypeOf(at), i++) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof constructor !== "function") continue;
    const name: unknown = Object.getOwnPropertyDescriptor(constructor, "name")?.value;
    if (typeof name === "string" && name !== "") return name;
  }
  return undefined;
}
