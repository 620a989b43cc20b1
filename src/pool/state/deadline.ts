/**
 * A limit of time that holds whether the caller's event loop runs or not: a timer tells that it has passed, or a
 * blocked caller's own look.
 *
 * @module
 */

/** The clock and the timers of a pool; where no timer can be had, `delay` calls at once. */
export interface DeadlineClock {
  readonly adapter: { now(): number };
  delay(fn: () => void, ms: number): () => void;
}

/** Acts once when its time has come: by a timer, or by `check` for a caller that blocks. */
export class Deadline {
  readonly #clock: DeadlineClock;
  /** When it is due, in ms. */
  readonly #due: number;
  /** What it does; `undefined` once that is done, or not wanted any more. */
  #act: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;

  /** @param ms from now on; `Infinity` for never */
  constructor(clock: DeadlineClock, ms: number, act: () => void) {
    this.#clock = clock;
    try {
      this.#due = clock.adapter.now() + ms;
    } catch {
      this.#due = Infinity; // the timer needs no clock
    }
    this.#act = act;
    if (ms !== Infinity) this.#cancelTimer = clock.delay(() => this.#over(), ms);
  }

  /** Whether it is past, or not wanted any more. */
  get isOver(): boolean {
    return this.#act === undefined;
  }

  /** Acts if the time has come, for a caller whose event loop is blocked. */
  check(): void {
    if (this.#clock.adapter.now() >= this.#due) this.#over();
  }

  /** It is not wanted any more. Its timer would keep the whole pool in memory. */
  cancel(): void {
    this.#act = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #over(): void {
    const act = this.#act;
    this.cancel();
    act?.();
  }
}
