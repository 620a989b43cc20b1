/** The objects of one message, numbered in the order in which they are met. */
export class Identities {
  /** The objects in order, until one is met again: most messages are trees, and a Set is cheap. */
  #seen: Set<object> = new Set();
  /** The objects with their numbers, from the first that was met again. */
  #numbers: Map<object, number> | null = null;
  #count = 0;
  /** Instances of registered classes that are being taken apart. */
  readonly #open: Set<object> = new Set();

  /** The number of an object that was met before; else -1, and it gets the next number. */
  meet(object: object): number {
    const count = this.#count;
    if (this.#numbers === null) {
      this.#seen.add(object);
      if (this.#seen.size > count) {
        this.#count = count + 1;
        return -1;
      }
      let number = 0;
      this.#numbers = new Map();
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
    if (this.#count === 0) return;
    this.#seen.clear();
    this.#numbers = null;
    this.#count = 0;
    this.#open.clear();
  }
}
