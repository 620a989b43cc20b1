/**
 * Counts what a collection has done, and tells it now and then.
 *
 * @module
 */

import type { Adapter, ProgressDisplay } from "../adapter.ts";
import type { Progress } from "../options.ts";

/** Least time between two reports, in ms. */
const REPORT_MS = 100;
/** Time over which the rate is taken, in ms, and between two of its marks. */
const WINDOW_MS = 60_000;
const MARK_MS = 1000;

/** Tells how far a collection has come: at most ten times a second, and at its end. */
export class ProgressMeter {
  readonly #adapter: Adapter;
  readonly #total: number | undefined;
  readonly #tell: (progress: Progress) => void;
  readonly #display: ProgressDisplay | undefined;
  /** What was done by when, over the last minute. */
  readonly #marks: { readonly at: number; readonly done: number }[] = [];
  #done = 0;
  #failed = 0;
  #cancel: (() => void) | undefined;
  #isEnded = false;

  constructor(adapter: Adapter, total: number, tell: true | ((progress: Progress) => void)) {
    this.#adapter = adapter;
    this.#total = total === Infinity ? undefined : total;
    this.#display = tell === true ? adapter.showProgress() : undefined;
    this.#tell = tell === true ? (progress) => this.#display!.update(progress) : tell;
    this.#marks.push({ at: adapter.now(), done: 0 });
  }

  /** Items, or units, are done. */
  add(count: number): void {
    this.#done += count;
    this.#arm();
  }

  /** One of those done has failed. */
  fail(): void {
    this.#failed++;
  }

  #arm(): void {
    if (this.#cancel !== undefined || this.#isEnded) return;
    this.#cancel = this.#adapter.delay(() => {
      this.#cancel = undefined;
      this.#report();
    }, REPORT_MS);
  }

  #report(): void {
    const now = this.#adapter.now();
    const marks = this.#marks;
    if (now - marks[marks.length - 1]!.at >= MARK_MS) marks.push({ at: now, done: this.#done });
    while (marks.length > 1 && now - marks[1]!.at >= WINDOW_MS) marks.shift();
    const { at, done } = marks[0]!;
    const rate = now > at ? (this.#done - done) / ((now - at) / 1000) : 0;
    const total = this.#total;
    const eta = total === undefined || rate === 0 ? undefined : (total - this.#done) / rate;
    this.#tell({ done: this.#done, total, failed: this.#failed, rate, eta });
  }

  /** The last report. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancel?.();
    try {
      this.#report();
    } finally {
      this.#display?.end();
    }
  }
}
