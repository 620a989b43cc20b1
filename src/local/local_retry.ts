/**
 * Has a call run again in the calling thread after a failed attempt.
 *
 * ```text
 *            failed, the plan gives a delay          the timer fires, or `block` has waited
 *   running ------------------------------> waiting --------------------------------------> running
 *      |                                       |
 *      | a result, or the plan gives none      | cancel: abort, timeout, drop
 *      v                                       v
 *    (over)                                  (over)
 * ```
 *
 * @module
 */

import { Atomics, Int32Array, Math, SharedArrayBuffer } from "../captured.ts";
import type { Adapter, KeepAlive } from "../adapter.ts";
import { RetryPlan } from "../executor/retry_plan.ts";
import type { RetryOptions } from "../options.ts";

/** The retries of one call. While it waits, the program does not end. */
export class LocalRetry {
  readonly #adapter: Adapter;
  readonly #plan: RetryPlan;
  readonly #run: () => void;
  /** When it is to run again, in ms; `undefined` while it does not wait. */
  #due: number | undefined;
  #cancelTimer: (() => void) | undefined;
  #alive: KeepAlive | undefined;

  /** @param run begins an attempt */
  constructor(adapter: Adapter, options: RetryOptions, run: () => void) {
    this.#adapter = adapter;
    this.#plan = new RetryPlan(options);
    this.#run = run;
  }

  /**
   * An attempt has failed.
   *
   * @returns what the call fails with, or `undefined` if it waits to run again
   */
  failed(error: unknown): { readonly error: unknown } | undefined {
    let ms: number | undefined;
    try {
      ms = this.#plan.next(error);
      if (ms === undefined) return { error };
      this.#wait(ms);
    } catch (thrown) {
      this.cancel();
      return { error: thrown };
    }
    return undefined;
  }

  #wait(ms: number): void {
    this.#due = this.#adapter.now() + ms;
    this.#alive = this.#adapter.keepAlive();
    this.#alive.ref();
    this.#cancelTimer = this.#adapter.delay(() => this.#go(), ms);
  }

  #go(): void {
    this.cancel();
    this.#run();
  }

  /** It does not run again. */
  cancel(): void {
    this.#due = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#alive?.close();
    this.#alive = undefined;
  }

  /**
   * Waits without the event loop, and runs it, until it waits no more.
   *
   * @param until when to give up, in ms
   * @returns whether it waits no more
   */
  block(until: number): boolean {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    while (this.#due !== undefined) {
      const now = this.#adapter.now();
      if (this.#due <= now) this.#go();
      else if (until <= now) return false;
      else Atomics.wait(pause, 0, 0, Math.min(until, this.#due) - now); // partner: none, it is a sleep
    }
    return true;
  }
}
