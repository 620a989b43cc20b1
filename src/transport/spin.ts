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
/** Pause after a jump, in ms. */
const FIRST_PAUSE_MS = 5;
/** Longest pause, in ms. */
const LONGEST_PAUSE_MS = 200;

/** Remembers whether this thread was put aside while it looked. */
export class SpinBudget {
  /** Until when not to spin, in ms. */
  #until = 0;
  #pause = 0;
  /** When this thread last looked, in ms. */
  #looked = 0;

  /** Begins to spin; false if that had better not be. */
  begin(now: number): boolean {
    this.#looked = now;
    return now >= this.#until;
  }

  /**
   * One more look at the clock; false if the thread was put aside since the last. Where that comes again sooner after
   * a pause than the pause was long, the next one is twice as long: a garbage collection now and then costs 5 ms
   * without spinning, a core that is shared with a busy program nearly all spinning.
   */
  goOn(now: number): boolean {
    const jumped = now - this.#looked > JUMP_MS;
    this.#looked = now;
    if (!jumped) return true;
    const isSoon = now - this.#until < this.#pause;
    this.#pause = isSoon ? Math.min(this.#pause * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
    this.#until = now + this.#pause;
    return false;
  }
}
