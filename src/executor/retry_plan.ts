/**
 * Whether and when a failed call is run again: the option `retries` where it is an object.
 *
 * @module
 */

import { delay as checkDelay, typeError } from "../option_checks.ts";
import type { RetryOptions } from "../options.ts";

/** The retries of one call. */
export class RetryPlan {
  readonly #options: RetryOptions;
  /** Attempts that have failed. */
  #failed = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /**
   * An attempt has failed.
   *
   * @param error what it failed with
   * @returns the milliseconds after which the call is to run again, or `undefined` if it is not to
   * @throws what `when` or `delay` throws, or that they give something else than they must
   */
  next(error: unknown): number | undefined {
    const { times, when, delay = 0 } = this.#options;
    if (++this.#failed > times) return undefined;
    if (when !== undefined) {
      const answer: unknown = when(error);
      if (typeof answer !== "boolean") throw typeError("retries.when()", "true or false", answer);
      if (!answer) return undefined;
    }
    if (typeof delay === "number") return delay;
    const ms = delay(this.#failed);
    checkDelay(ms, "retries.delay()", undefined as never);
    return ms;
  }
}
