/**
 * Growing delays between attempts to start a worker, and the end of patience.
 *
 * @module
 */

/** Delays before the attempts after a failed one, in ms. */
const DELAYS: readonly number[] = [50, 200, 800];

/** Counts failed starts. */
export class Backoff {
  readonly #now: () => number;
  #failures = 0;
  /** When the next attempt is due, in ms; `undefined` while none is put off. */
  #due: number | undefined;

  /** @param now reads a clock that does not step, in ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether an attempt is put off. */
  get isWaiting(): boolean {
    return this.#due !== undefined;
  }

  /** A start failed: gives the delay before the next attempt in ms, or `undefined` when it is to be given up. */
  next(): number | undefined {
    const delay = DELAYS[this.#failures++];
    if (delay !== undefined) this.#due = this.#now() + delay;
    return delay;
  }

  /** Whether an attempt was put off and its time has come. */
  get isOver(): boolean {
    return this.#due !== undefined && this.#now() >= this.#due;
  }

  /** The attempt is made. */
  over(): void {
    this.#due = undefined;
  }

  /** A worker came up and worked. */
  reset(): void {
    this.#failures = 0;
  }
}
