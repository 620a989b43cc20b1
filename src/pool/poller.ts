/**
 * Looks for results while tasks are pending: first on each turn of the event loop, then parked
 * until a worker sends a message. With nothing pending it does nothing at all.
 *
 * ```text
 *          submit            no result for POLL_MS
 *   IDLE ---------> POLLING ----------------------> PARKED
 *     ^  nothing pending |  ^     message, submit, timer |
 *     +------------------+  +-----------------------------+
 * ```
 *
 * @module
 */

import type { PoolCore } from "./core.ts";
import { SpinBudget } from "../transport/spin.ts";
import type { Scheduler } from "./scheduler.ts";

/** How long the caller looks on each turn without finding a result, in ms. */
const POLL_MS = 0.2;
/** How long it parks while a task waits behind another although a worker is idle, in ms. */
const UNEVEN_MS = 1;

const IDLE = 0;
const POLLING = 1;
const PARKED = 2;

/** The caller's drain loop. */
export class Poller {
  readonly #core: PoolCore;
  readonly #scheduler: Scheduler;
  #state = IDLE;
  /** Since when no result was found, in ms; 0 after one was. */
  #emptySince = 0;
  /** When stuck workers were last looked for, in ms. */
  #balancedAt = 0;
  /** Whether a turn passed with nothing pending: the next such turn ends the polling. */
  #lingers = false;
  #cancelTimer: (() => void) | null = null;
  readonly #spins: SpinBudget = new SpinBudget();

  constructor(core: PoolCore, scheduler: Scheduler) {
    this.#core = core;
    this.#scheduler = scheduler;
  }

  /** A task was submitted. */
  start(): void {
    if (this.#state === POLLING) return;
    if (this.#state === PARKED) this.#unpark();
    this.#core.keepRef();
    this.#emptySince = 0;
    this.#poll();
  }

  /** A worker asks to be looked at. */
  look(): void {
    if (this.#state === PARKED) {
      this.#unpark();
      this.#state = POLLING;
      this.#emptySince = 0;
      this.#tick();
    } else if (this.#state === IDLE) {
      this.#scheduler.drain();
      this.#scheduler.flush();
      if (this.#core.pending > 0) this.start();
    }
  }

  /** The caller comes back from a blocking call, in which `CALLER` was changed behind the poller's back. */
  resume(): void {
    if (this.#state === PARKED) {
      this.#unpark();
      this.#emptySince = 0;
      this.#poll();
    } else if (this.#core.pending > 0) {
      this.start();
    }
  }

  #poll(): void {
    this.#state = POLLING;
    this.#core.adapter.schedule(this.#tick);
  }

  readonly #tick = (): void => {
    if (this.#state !== POLLING) return;
    const core = this.#core;
    const found = this.#scheduler.drain();
    this.#scheduler.flush();
    if (core.pending === 0) {
      // One more turn: whoever awaited the result may submit the next task in this one.
      if (this.#lingers) this.#rest();
      else {
        this.#lingers = true;
        this.#poll();
      }
      return;
    }
    this.#lingers = false;
    if (found > 0) {
      this.#emptySince = 0;
      this.#poll();
      return;
    }
    const now = performance.now();
    if (this.#emptySince === 0) {
      this.#emptySince = now;
      if (this.#spins.begin(now)) return this.#poll();
    } else if (this.#spins.goOn(now) && now - this.#emptySince < POLL_MS) {
      return this.#poll();
    }
    this.#park(now);
  };

  #park(now: number): void {
    const core = this.#core;
    if (now - this.#balancedAt >= UNEVEN_MS) {
      this.#balancedAt = now;
      this.#scheduler.rebalance();
    }
    core.caller.park();
    if (this.#scheduler.drain() > 0) {
      // Published between the last look and the park.
      core.caller.wakeUp();
      this.#poll();
      return;
    }
    this.#state = PARKED;
    if (this.#scheduler.isUneven) this.#cancelTimer = core.adapter.delay(() => this.look(), UNEVEN_MS);
  }

  #unpark(): void {
    this.#core.caller.wakeUp();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #rest(): void {
    this.#lingers = false;
    this.#state = IDLE;
    this.#core.relax();
  }

  /** Stops for good. */
  stop(): void {
    if (this.#state === PARKED) this.#unpark();
    this.#rest();
  }
}
