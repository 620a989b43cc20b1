/**
 * What checks of options are made of.
 *
 * @module
 */

import { join } from "./lists.ts";
import type { Adapter } from "./adapter.ts";
import { Number, Object, ownValue, toObject } from "./captured.ts";
import { describe } from "./codec/describe.ts";
import { misuse } from "./errors.ts";
import { checkFunction } from "./functions/callable.ts";

/** Checks the value of an option. */
export type Check = (value: unknown, option: string, adapter: Adapter) => void;

/** The code of an error about an option's value. */
export const INVALID = "INVALID_OPTION";

/** A value of the wrong type. */
export function typeError(option: string, wanted: string, value: unknown): TypeError {
  return misuse(new TypeError(`Option '${option}' must be ${wanted}: received ${describe(value)}`), INVALID);
}

/** A number, or a name, that cannot be. */
export function rangeError(option: string, wanted: string, value: unknown): RangeError {
  return misuse(new RangeError(`Option '${option}' must be ${wanted}: received ${describe(value)}`), INVALID);
}

/** What else a number may be, or must not. */
export interface NumberLimits {
  readonly whole?: boolean;
  readonly infinite?: boolean;
  readonly max?: number;
}

/** A number from `min` on; whole and finite unless said otherwise. */
export function number(
  min: number,
  wanted: string,
  { whole = true, infinite = false, max = Infinity }: NumberLimits = {},
): Check {
  return (value, option) => {
    if (typeof value !== "number") throw typeError(option, wanted, value);
    const ok = value >= min && value <= max && (infinite || value !== Infinity) &&
      (!whole || value === Infinity || Number.isInteger(value));
    if (!ok) throw rangeError(option, wanted, value);
  };
}

/** What a time has to be. */
export const MS = "a number of milliseconds from 0 to 2147483647";

/** A time that a timer can hold. */
export const delay: Check = number(0, MS, { whole: false, max: 2 ** 31 - 1 });

/**
 * Checks all options of an object.
 *
 * @param prefix stands before their names in messages
 * @throws {TypeError} If one is unknown or of the wrong type
 * @throws {RangeError} If a number is out of range
 */
export function checkAll(
  options: unknown,
  checks: Readonly<Record<string, Check>>,
  prefix: string,
  adapter: Adapter,
): void {
  if (typeof options !== "object" || options === null) {
    throw misuse(new TypeError(`Options must be an object: received ${describe(options)}`), INVALID);
  }
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) {
      throw misuse(
        new TypeError(
          `Unknown option '${prefix}${key}': received ${describe(value)}; known are ${join(Object.keys(checks), ", ")}`,
        ),
        "UNKNOWN_OPTION",
      );
    }
    if (value !== undefined) check(value, `${prefix}${key}`, adapter);
  }
}

/**
 * The options with each that there is as their own, so that a property of `Object.prototype` does not pass for one that was
 * not given.
 */
export function complete<T extends object>(options: T, checks: object): T {
  const all: Record<string, unknown> = {};
  for (const key of Object.keys(checks)) all[key] = ownValue(options, key as keyof T);
  return all as T;
}

/** Text. */
export const text: Check = (value, option) => {
  if (typeof value !== "string") throw typeError(option, "a string", value);
};

/** True or false. */
export const flag: Check = (value, option) => {
  if (typeof value !== "boolean") throw typeError(option, "true or false", value);
};

/** A function that can run in a worker. */
export const fn: Check = (value, option) => {
  if (typeof value !== "function") throw typeError(option, "a function", value);
  checkFunction(value);
};

/** A signal. */
export const signal: Check = (value, option) => {
  const { aborted, addEventListener } = toObject(value) as Partial<AbortSignal>; // that of another realm is one as well
  if (typeof aborted !== "boolean" || typeof addEventListener !== "function") {
    throw typeError(option, "an AbortSignal", value);
  }
};
