/**
 * Growing delays between attempts to start a worker, and the end of patience.
 *
 * @module
 */

/** Delays before the attempts after a failed one, in ms. */
const DELAYS: readonly number[] = [50, 200, 800];

/** Counts failed starts. */
export class Retreat {
  #failures = 0;
  #waiting = 0;

  /** Whether an attempt is due later. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** A start failed: gives the delay before the next attempt in ms, or `undefined` when it is to be given up. */
  next(): number | undefined {
    const delay = DELAYS[this.#failures++];
    if (delay !== undefined) this.#waiting++;
    return delay;
  }

  /** The delay has passed. */
  over(): void {
    this.#waiting--;
  }

  /** A worker came up and worked. */
  reset(): void {
    this.#failures = 0;
  }
}
