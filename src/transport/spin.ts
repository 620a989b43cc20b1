/**
 * Whether looking without pause is worth it.
 *
 * On a machine with more running threads than cores it is not: a thread that spins is put aside by
 * the system when its slice is over, and then keeps from a core the very thread it waits for. Such a
 * thread sees it by its clock, which jumps between two looks.
 *
 * @module
 */

/** A jump of the clock between two looks that tells that the thread was put aside, in ms. */
const JUMP_MS = 0.5;
/** Pause after the first such jump, in ms; each further one doubles it. */
const FIRST_PAUSE_MS = 5;
/** Longest pause, in ms. */
const LONGEST_PAUSE_MS = 1000;

/** Remembers whether this thread was put aside while it looked. */
export class SpinBudget {
  /** Until when not to spin, in ms. */
  #until = 0;
  #pause = FIRST_PAUSE_MS;
  /** When this thread last looked, in ms. */
  #looked = 0;

  /** Begins to spin; false if that had better not be. */
  begin(now: number): boolean {
    this.#looked = now;
    return now >= this.#until;
  }

  /** One more look at the clock; false if the thread was put aside since the last. */
  goOn(now: number): boolean {
    const jumped = now - this.#looked > JUMP_MS;
    this.#looked = now;
    if (!jumped) return true;
    this.#until = now + this.#pause;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    return false;
  }

  /** Spinning paid. */
  paid(): void {
    if (this.#pause > FIRST_PAUSE_MS) this.#pause = FIRST_PAUSE_MS;
  }
}
