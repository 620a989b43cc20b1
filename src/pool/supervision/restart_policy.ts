/**
 * What follows a worker's death: another one at once, later, or never.
 *
 * @module
 */

import type { PoolCore } from "../state/pool_state.ts";
import { startError } from "./worker_exit.ts";
import type { Member } from "../state/pool_worker.ts";
import type { Readiness } from "./readiness.ts";
import type { Retreat } from "./backoff.ts";

/** A worker that was up for so long, in ms, dies of something else than the start of a worker. */
const STEADY_MS = 5000;
/** How much earlier than asked for a timer may fire, in ms. */
const EARLY_MS = 2;

/** Decides when workers are started in place of those that died by themselves. */
export class Succession {
  readonly #core: PoolCore;
  readonly #readiness: Readiness;
  /** Delays after failed starts. */
  readonly #retreat: Retreat;
  /** Starts workers in place of those that are missing. */
  readonly #refill: () => void;
  #broken: { readonly error: unknown } | undefined;
  #missing = 0;

  constructor(core: PoolCore, readiness: Readiness, retreat: Retreat, refill: () => void) {
    this.#core = core;
    this.#readiness = readiness;
    this.#retreat = retreat;
    this.#refill = refill;
  }

  /** Why no worker can start, in a box, once that is given up. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#broken;
  }

  /** Whether no worker is to be started now. */
  get isBarred(): boolean {
    return this.#broken !== undefined || this.#retreat.isWaiting;
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
    this.#retreat.reset();
  }

  /**
   * Starts a worker in place of one that died; later and later, and not for ever, if it did so by itself.
   *
   * @param lost how many tasks it was running
   */
  replace(member: Member, lost: number): void {
    const cameUp = member.isReady || member.turns > 0;
    const isSteady = member.isReady && performance.now() - member.readyAt >= STEADY_MS;
    if (cameUp && (lost > 0 || member.completed > 0 || isSteady)) {
      this.#forgive();
      this.#refill();
      return;
    }
    const error = startError(member, cameUp);
    if (!cameUp) this.#readiness.fail(error);
    if (this.#retreat.isWaiting) return; // workers that fail together are one failure
    const delay = this.#retreat.next();
    if (delay === undefined) {
      const left = this.#core.members.filter((other) => other.accepting).length;
      if (left === 0) this.#giveUp(error);
      else {
        this.#missing++;
        this.#core.adapter.warn(
          `multicore: a worker is not replaced, as several died soon after their start with nothing to do; workers left: ${left}; pool.resize() tries again: ${error}`,
        );
      }
      return;
    }
    this.#core.hold();
    this.#core.adapter.delay(() => this.retry(), delay + EARLY_MS);
  }

  /** Starts workers again if it is time; called by a timer, and by a caller whose event loop is blocked. */
  retry(): void {
    if (!this.#retreat.isOver) return;
    this.#retreat.over();
    this.#core.release();
    this.#refill();
    this.#readiness.check(); // if none was missing any more, as the pool has become smaller
  }

  #giveUp(error: unknown): void {
    this.#broken = { error };
    this.#readiness.fail(error);
    this.#core.room.fail(error);
    for (const record of this.#core.queue.clear()) this.#core.settle(record, false, error);
  }
}
