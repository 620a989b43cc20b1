/**
 * The objects that an encoder has met in one message, so that a second meeting becomes a reference. Few are searched
 * one by one, many stand in a Set or a Map.
 *
 * @module
 */

import { Math, SafeMap, SafeSet } from "../captured.ts";
import { fill, listOf } from "../lists.ts";

/** So many objects are looked for one after the other, which is faster than a Set for so few. */
const FEW = 40;

/** The objects of one message, numbered in the order in which they are met. */
export class Identities {
  /** The first objects, in order; used again for the next message. */
  readonly #few: (object | undefined)[] = listOf(FEW, undefined);
  /** All objects in order once they are more than a few, until one is met again: most messages are trees. */
  readonly #seen: Set<object> = new SafeSet();
  /** The objects with their numbers, from the first that was met again among many. */
  #numbers: Map<object, number> | null = null;
  #count = 0;
  /** Instances of registered classes that are being taken apart. */
  readonly #open: Set<object> = new SafeSet();

  /** The number of an object that was met before; else -1, and it gets the next number. */
  meet(object: object): number {
    const count = this.#count;
    if (count >= FEW) return this.#meetOneOfMany(object);
    const few = this.#few;
    for (let i = 0; i < count; i++) if (few[i] === object) return i;
    few[count] = object;
    this.#count = count + 1;
    return -1;
  }

  #meetOneOfMany(object: object): number {
    const count = this.#count;
    if (this.#numbers === null) {
      if (this.#seen.size === 0) { for (const first of this.#few) this.#seen.add(first!); }
      this.#seen.add(object);
      if (this.#seen.size > count) {
        this.#count = count + 1;
        return -1;
      }
      let number = 0;
      this.#numbers = new SafeMap();
      for (const seen of this.#seen) this.#numbers.set(seen, number++);
    }
    const number = this.#numbers.get(object);
    if (number !== undefined) return number;
    this.#numbers.set(object, count);
    this.#count = count + 1;
    return -1;
  }

  /** Marks an instance whose `serialize` is called: what that gives must not hold the instance. */
  open(instance: object): void {
    this.#open.add(instance);
  }

  close(instance: object): void {
    this.#open.delete(instance);
  }

  isOpen(object: object): boolean {
    return this.#open.size > 0 && this.#open.has(object);
  }

  clear(): void {
    const count = this.#count;
    if (count === 0) return;
    fill(this.#few, undefined, 0, Math.min(count, FEW));
    if (this.#seen.size > 0) this.#seen.clear();
    this.#numbers = null;
    this.#count = 0;
    this.#open.clear();
  }
}
