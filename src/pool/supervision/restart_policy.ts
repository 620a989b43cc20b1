/**
 * What follows a worker's death: another one at once, later, or never.
 *
 * @module
 */

import type { PoolState } from "../state/pool_state.ts";
import { poolStartError, startError } from "./worker_exit.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import type { Readiness } from "./readiness.ts";
import type { Backoff } from "./backoff.ts";

/** A worker that was up for so long, in ms, dies of something else than the start of a worker. */
const STEADY_MS = 5000;
/** How much earlier than asked for a timer may fire, in ms. */
const EARLY_MS = 2;

/** Decides when workers are started in place of those that died by themselves. */
export class RestartPolicy {
  readonly #pool: PoolState;
  readonly #readiness: Readiness;
  /** Delays after failed starts. */
  readonly #backoff: Backoff;
  /** Starts workers in place of those that are missing. */
  readonly #refill: () => void;
  #broken: { readonly error: unknown } | undefined;
  /** The first failure since a worker came up and worked, in a box. */
  #first: { readonly error: unknown } | undefined;
  /** A warning for the case that a worker comes up after all: if none does, its tasks hear why. */
  #warning: (() => void) | undefined;
  #missing = 0;

  constructor(pool: PoolState, readiness: Readiness, backoff: Backoff, refill: () => void) {
    this.#pool = pool;
    this.#readiness = readiness;
    this.#backoff = backoff;
    this.#refill = refill;
  }

  /** Why no worker can start, in a box, once that is given up. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#broken;
  }

  /** Whether no worker is to be started now. */
  get isBarred(): boolean {
    return this.#broken !== undefined || this.#backoff.isWaiting;
  }

  /** How many workers are not replaced any more, while others live on. */
  get missing(): number {
    return this.#missing;
  }

  /** Has another try, whatever failed before. */
  reset(): void {
    this.#broken = undefined;
    this.#forgive();
  }

  #forgive(): void {
    this.#missing = 0;
    this.#first = undefined;
    this.#warning = undefined;
    this.#backoff.reset();
  }

  /**
   * Starts a worker in place of one that died; later and later, and not for ever, if it did so by itself.
   *
   * @param lost how many tasks it was running
   */
  replace(worker: PoolWorker, lost: number): void {
    const cameUp = worker.isReady || worker.turns > 0;
    const isSteady = worker.isReady && this.#pool.adapter.now() - worker.readyAt >= STEADY_MS;
    if (cameUp && (lost > 0 || worker.completed > 0 || isSteady)) {
      this.#forgive();
      this.#refill();
      return;
    }
    const error = startError(worker, cameUp);
    if (!cameUp) this.#readiness.fail(error);
    this.fail(error);
  }

  /** A worker could not be started, or died by itself soon after: another one is started later, or none any more. */
  fail(error: unknown): void {
    this.#first ??= { error };
    if (this.#backoff.isWaiting) return; // workers that fail together are one failure
    const delay = this.#backoff.next();
    if (delay === undefined) {
      const left = this.#pool.workers.filter((other) => other.accepting);
      if (left.length === 0) return this.#giveUp(this.#first.error);
      this.#missing++;
      this.#warning = () =>
        this.#pool.warn(
          `multicore: a worker is not replaced, as several died soon after their start with nothing to do; workers left: ${left.length}; pool.resize() tries again: ${
            String(error)
          }`,
        );
      if (left.some((other) => other.isReady)) this.cameUp();
      return;
    }
    this.#pool.hold();
    try {
      this.#pool.adapter.delay(() => this.retry(), delay + EARLY_MS);
    } catch {
      this.#retryNow(); // no timer can be had
    }
  }

  /** A worker came up: so it is not that none can start. */
  cameUp(): void {
    this.#warning?.();
    this.#warning = undefined;
  }

  /** Starts workers again if it is time; called by a timer, and by a caller whose event loop is blocked. */
  retry(): void {
    if (this.#backoff.isOver) this.#retryNow();
  }

  #retryNow(): void {
    this.#backoff.over();
    this.#pool.release();
    this.#refill();
    this.#readiness.check(); // if none was missing any more, as the pool has become smaller
  }

  #giveUp(error: unknown): void {
    this.#broken = { error };
    this.#readiness.fail(error);
    this.#pool.capacity.fail(error);
    for (const task of this.#pool.queue.clear()) this.#pool.settle(task, false, poolStartError(task.fn.name, error));
  }
}
