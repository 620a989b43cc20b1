/**
 * Defines properties on objects that are made here. An assignment would run setters, and `__proto__` would change the
 * prototype.
 *
 * @module
 */
import { Object } from "../captured.ts";

/** Defines an ordinary property, whatever the prototype says of that key. */
export function define(target: object, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}
