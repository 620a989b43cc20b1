/**
 * How long a worker without a task looks for the next one before it sleeps.
 *
 * Where caller and worker have a core each, a worker that looks without pause finds the next task within a microsecond
 * or two, and one that sleeps is woken in tens of them. Where they share a core, as on a busy machine, or where the
 * system wakes a thread on the core of the one that wakes it, the worker that looks keeps the caller from running, and
 * so the task that it looks for from being sent. No clock tells one from the other: only a try does.
 *
 * @module
 */

import { Math } from "../captured.ts";

/** First try after a sleep, in ms: enough for a small task where the other thread runs on a core of its own. */
const FIRST_MS = 0.05;
/** How long it looks once that has helped several times in a row, in ms; a sleep that is longer could not be saved. */
export const WARM_MS: number = 0.2;
/** Longest try, in ms: after some such time the system moves one of two threads that want the same core. */
const LONGEST_MS = 6.4;
/** So many finds in a row prove that spinning helps. */
const PROOF = 64;
/** Most doublings of the time between two tries. */
const MOST_FAILURES = 20;

/**
 * Exponential backoff: each spin that fails doubles the time in short sleeps that is required before the next spin. A spin
 * costs at most half the time recently spent in short sleeps.
 */
export class SpinBudget {
  /** Waits in a row that ended by looking. */
  #finds = 0;
  /** Tries that failed. */
  #failures = 0;
  /** Time in short sleeps since the last try, in ms. */
  #slept = 0;
  /** Whether the wait that goes on began with a try. */
  #tried = false;

  /**
   * A wait begins: how long to look before the thread sleeps, in ms.
   *
   * @param isCold whether the other thread surely sleeps: what former finds have shown does not hold then
   */
  begin(isCold = false): number {
    if (isCold) this.#finds = 0;
    const budget = this.#budget();
    this.#tried = budget > 0;
    return budget;
  }

  #budget(): number {
    if (this.#finds > 0) return Math.min(FIRST_MS * 2 ** this.#finds, WARM_MS);
    const due = this.#failures === 0 ? 0 : FIRST_MS * 2 ** this.#failures;
    if (this.#slept < due) return 0;
    return Math.min(Math.max(FIRST_MS, due / 2), LONGEST_MS);
  }

  /** The wait ended while the thread looked. */
  found(): void {
    if (!this.#tried) return;
    this.#slept = 0;
    if (++this.#finds === PROOF) this.#failures = 0;
  }

  /** The wait ended after a sleep of so many ms. */
  slept(ms: number): void {
    this.#finds = 0;
    if (ms > WARM_MS) return; // there was nothing to be found
    if (this.#tried) {
      this.#failures = Math.min(this.#failures + 1, MOST_FAILURES);
      this.#slept = 0;
    }
    this.#slept += ms;
  }
}
