/**
 * What follows a worker's death: another worker at once, later, or never. Workers that die at their start are replaced
 * later and later, and at last given up.
 *
 * @module
 */

import { toText } from "../../captured.ts";
import { filter, some } from "../../lists.ts";
import { Deadline } from "../state/deadline.ts";
import { shareError } from "../../executor/shared_errors.ts";
import type { PoolState } from "../state/pool_state.ts";
import { startError } from "../state/worker_errors.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import type { Readiness } from "./readiness.ts";

/** Delays before the attempts after a failed one, in ms; after the last attempt it is given up. */
const DELAYS: readonly number[] = [50, 200, 800];
/** A worker that was up for so long, in ms, dies of something else than the start of a worker. */
const STEADY_MS = 5000;

/** Decides when workers are started in place of those that died by themselves. */
export class RestartPolicy {
  readonly #pool: PoolState;
  readonly #readiness: Readiness;
  /** Starts workers in place of those that are missing. */
  readonly #refill: () => void;
  /** Called when no worker can start, and that is given up. */
  readonly #onBroken: (error: unknown) => void;
  #broken: { readonly error: unknown } | undefined;
  /** The first failure since a worker came up and worked, in a box. */
  #first: { readonly error: unknown } | undefined;
  /** A warning for the case that a worker comes up after all: if none does, its tasks hear why. */
  #warning: (() => void) | undefined;
  #missing = 0;
  /** Failed attempts since a worker came up and worked. */
  #failures = 0;
  /** The next attempt, while it is put off. */
  #next: Deadline | undefined;

  constructor(pool: PoolState, readiness: Readiness, refill: () => void, onBroken: (error: unknown) => void) {
    this.#pool = pool;
    this.#readiness = readiness;
    this.#refill = refill;
    this.#onBroken = onBroken;
  }

  /** Why no worker can start, in a box, once that is given up. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#broken;
  }

  /** Whether no worker is to be started now. */
  get isBarred(): boolean {
    return this.#broken !== undefined || this.isPutOff;
  }

  /** Whether a worker is to be started later. */
  get isPutOff(): boolean {
    return this.#next !== undefined;
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
    this.#failures = 0;
    this.#first = undefined;
    this.#warning = undefined;
  }

  /**
   * Starts a worker in place of one that died; later and later, and not for ever, if it did so by itself.
   *
   * @param lost how many tasks it was running
   */
  replace(worker: PoolWorker, lost: number): void {
    const cameUp = worker.isReady || worker.hasTurned;
    const isSteady = worker.isReady && this.#pool.adapter.now() - worker.readyAt >= STEADY_MS;
    if (cameUp && (lost > 0 || worker.completed > 0 || isSteady)) {
      this.#forgive();
      this.#refill();
      return;
    }
    const error = startError(worker, cameUp);
    if (!cameUp) this.#readiness.fail(error);
    this.fail(error, worker.isLate);
  }

  /**
   * A worker could not be started, or died by itself soon after: another one is started later, or none any more.
   *
   * @param isFinal whether more tries would not help
   */
  fail(error: unknown, isFinal = false): void {
    this.#first ??= { error };
    if (this.isPutOff) return; // workers that fail together are one failure
    const delay = isFinal ? undefined : DELAYS[this.#failures++];
    if (delay === undefined) {
      const left = filter(this.#pool.workers, (other) => other.accepting);
      if (left.length === 0) return this.#giveUp(this.#first.error);
      this.#missing++;
      this.#warning = () =>
        this.#pool.warn(
          `multicore: a worker is not replaced, as several died soon after their start with nothing to do; workers left: ${left.length}; pool.resize() tries again: ${
            toText(error)
          }`,
        );
      if (some(left, (other) => other.isReady)) this.cameUp();
      return;
    }
    this.#pool.hold();
    const next = new Deadline(this.#pool, delay, () => this.#retry());
    if (!next.isOver) this.#next = next;
  }

  /** Starts workers again if it is time, for a caller whose event loop is blocked. */
  check(): void {
    this.#next?.check();
  }

  /** A worker came up: so it is not that none can start. */
  cameUp(): void {
    this.#warning?.();
    this.#warning = undefined;
  }

  #retry(): void {
    this.#next = undefined;
    this.#pool.release();
    this.#refill();
    this.#readiness.check(); // if none was missing any more, as the pool has become smaller
  }

  #giveUp(error: unknown): void {
    shareError(error); // all tasks reject with it, and those that are submitted later
    this.#broken = { error };
    this.#readiness.fail(error);
    this.#onBroken(error);
  }
}
