/**
 * Who waits until all workers have come up: `initialize` and `ready`. They hear of the first worker that cannot.
 *
 * @module
 */

import { promiseResolve } from "../../captured.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import { Waiters } from "../state/waiters.ts";

/** Resolves or rejects those that wait for the workers. */
export class Readiness {
  readonly #workers: readonly PoolWorker[];
  /** Whether a worker is to be started later. */
  readonly #isPutOff: () => boolean;
  readonly #waiting: Waiters = new Waiters();

  constructor(workers: readonly PoolWorker[], isPutOff: () => boolean) {
    this.#workers = workers;
    this.#isPutOff = isPutOff;
  }

  /** Whether all workers that take tasks are up, and none is to be started later. */
  get #isUp(): boolean {
    let up = 0;
    for (const worker of this.#workers) {
      if (!worker.accepting) continue;
      if (!worker.isReady) return false;
      up++;
    }
    return up > 0 && !this.#isPutOff();
  }

  /** Resolves when every worker is up; rejects when one cannot start. */
  wait(): Promise<void> {
    return this.#isUp ? promiseResolve() : this.#waiting.wait();
  }

  /** A worker came up, or is not waited for any more. */
  check(): void {
    if (this.#isUp) this.#waiting.release();
  }

  /** The pool closes: there is nothing to wait for. */
  release(): void {
    this.#waiting.release();
  }

  /** Workers cannot start. */
  fail(error: unknown): void {
    this.#waiting.fail(error);
  }
}
