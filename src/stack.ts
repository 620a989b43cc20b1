/**
 * How much of the stack is left. A program may catch the RangeError of an endless recursion and go on, so no operation
 * may stop half way because of it: what changes the state of a pool in several steps asks first.
 *
 * Submitting a task does without, as a look costs as much as all the rest of it: there nothing that could throw stands
 * between two changes.
 *
 * @module
 */

/** Frames that are tried: more than any operation of the library and the runtime's functions below it take. */
const FRAMES = 96;

/**
 * Fails now, while nothing has happened yet, if the stack is nearly full.
 *
 * @throws {RangeError} As the runtime throws it
 */
export function requireStack(): void {
  descend(FRAMES, 0, 0, 0, 0, 0, 0, 0);
}

/** Whether there is enough of the stack left. */
export function hasStack(): boolean {
  try {
    requireStack();
    return true;
  } catch {
    return false;
  }
}

/** The arguments make each frame larger; the sum keeps compilers from making a loop of it. */
function descend(n: number, a: number, b: number, c: number, d: number, e: number, f: number, g: number): number {
  return n === 0 ? a + b + c + d + e + f + g : 1 + descend(n - 1, b, c, d, e, f, g, n);
}
