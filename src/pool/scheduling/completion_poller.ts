/**
 * Looks for results while tasks are pending: first on each turn of the event loop, then parked
 * until a worker rings. With nothing pending it does nothing at all.
 *
 * ```text
 *          submit          no result while it is worth it
 *   IDLE ---------> POLLING ----------------------> PARKED
 *     ^  nothing pending |  ^        ring, submit, timer |
 *     +------------------+  +-----------------------------+
 * ```
 *
 * @module
 */

import { queueMicrotask, toText } from "../../captured.ts";
import { requireStack } from "../../stack.ts";
import type { PoolState } from "../state/pool_state.ts";
import { SpinBudget, WARM_MS } from "../../transport/spin_budget.ts";
import type { Scheduler } from "./scheduler.ts";

/** Longest time that a waiting caller leaves tasks unevenly spread, one behind another although a worker is idle, in ms. */
export const UNEVEN_MS: number = 1;

const IDLE = 0;
const POLLING = 1;
const PARKED = 2;

/** The caller's drain loop. */
export class CompletionPoller {
  readonly #pool: PoolState;
  readonly #scheduler: Scheduler;
  #state = IDLE;
  /** Since when no result was found, in ms; 0 after one was. */
  #emptySince = 0;
  /** How long to look on each turn without finding one, in ms. */
  #patience = 0;
  /** Whether the workers are likely to sleep when the next wait begins. */
  #isCold = false;
  /** Since when nothing was pending, in ms; 0 while something is. */
  #restedAt = 1;
  /** When it parked, in ms; 0 once it was woken. */
  #parkedAt = 0;
  /** When stuck workers were last looked for, in ms. */
  #balancedAt = 0;
  /** Whether a turn passed with nothing pending: the next such turn ends the polling. */
  #lingers = false;
  /** Whether the user was told that a look failed. */
  #hasWarned = false;
  #cancelTimer: (() => void) | null = null;
  readonly #spins: SpinBudget = new SpinBudget();

  constructor(pool: PoolState, scheduler: Scheduler) {
    this.#pool = pool;
    this.#scheduler = scheduler;
  }

  /** A task was submitted. */
  start(): void {
    if (this.#state !== POLLING || !this.#pool.isRef) this.#setOut();
  }

  /** Begins to look, from wherever it is. Apart from `start`, which runs for each task, so that compilers have less to do. */
  #setOut(): void {
    requireStack();
    this.#pool.keepRef();
    if (this.#state === POLLING) return;
    const now = this.#pool.adapter.now();
    // After a rest that was longer than workers look for tasks they sleep.
    const isCold = this.#state === IDLE && this.#restedAt > 0 && now - this.#restedAt > WARM_MS;
    if (!isCold) return this.#goPolling();
    this.#isCold = true;
    this.#begin(now);
    // A worker that was woken may need this very core: leave it as soon as the program lets us.
    if (this.#patience > 0) this.#poll();
    else {
      queueMicrotask(this.#tick);
      this.#state = POLLING;
    }
    this.#restedAt = this.#parkedAt = 0;
  }

  /** Looks on the next turn, whatever it does now. */
  #goPolling(): void {
    const wasParked = this.#state === PARKED;
    this.#poll();
    if (wasParked) this.#unpark();
    this.#emptySince = this.#parkedAt = this.#restedAt = 0;
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
      if (this.#pool.pending > 0) this.start();
    }
  }

  /**
   * Called when a task was revoked, or the last one settled: no worker rings for either. Defers to the next turn, as the
   * caller may be in the middle of an operation.
   */
  stir(): void {
    if (this.#state === PARKED) this.resume();
    else if (this.#state === IDLE) this.#pool.relax();
  }

  /** The caller comes back from a blocking call, in which `CALLER` was changed behind the poller's back. */
  resume(): void {
    if (this.#state === PARKED) this.#goPolling();
    else if (this.#pool.pending > 0) this.start();
  }

  /** Has `#tick` called on the next turn. If this throws, nothing has changed. */
  #poll(): void {
    const { adapter } = this.#pool;
    try {
      adapter.schedule(this.#tick);
    } catch {
      adapter.delay(this.#tick, 0);
    }
    this.#state = POLLING;
  }

  /** Whatever fails in a look, the next one comes: without it no task would settle any more. */
  readonly #tick = (): void => {
    try {
      this.#lookOnce();
    } catch (error) {
      this.#goPolling();
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      this.#pool.warn(`multicore: a look for results failed, and is made again: ${toText(error)}`);
    }
  };

  #lookOnce(): void {
    if (this.#state !== POLLING) return;
    const pool = this.#pool;
    const found = this.#scheduler.drain();
    this.#scheduler.flush();
    if (found > 0) this.#noteFound();
    if (pool.pending === 0) {
      // One more turn: whoever awaited the result may submit the next task in this one.
      if (this.#lingers) this.#rest();
      else {
        this.#lingers = true;
        this.#poll();
      }
      return;
    }
    this.#lingers = false;
    if (found > 0) return this.#poll();
    const now = this.#pool.adapter.now();
    if (this.#emptySince === 0) this.#begin(now);
    if (now - this.#emptySince < this.#patience) this.#poll();
    else this.#park(now);
  }

  /** A wait begins. */
  #begin(now: number): void {
    this.#emptySince = now;
    this.#patience = this.#spins.begin(this.#isCold);
    this.#isCold = false;
  }

  /** A wait has ended; whether by looking or by a ring tells whether looking is worth it. */
  #noteFound(): void {
    if (this.#parkedAt > 0) this.#spins.slept(this.#pool.adapter.now() - this.#parkedAt);
    else if (this.#emptySince > 0) this.#spins.found();
    this.#emptySince = this.#parkedAt = 0;
  }

  #park(now: number): void {
    const pool = this.#pool;
    if (now - this.#balancedAt >= UNEVEN_MS) {
      this.#balancedAt = now;
      this.#scheduler.rebalance();
    }
    const bell = pool.caller.park();
    const found = this.#scheduler.drain();
    // Published, or announced, between the last look and the park.
    if (pool.caller.noticeLives() || found > 0) {
      pool.caller.wakeUp();
      if (found > 0) this.#noteFound();
      this.#poll();
      return;
    }
    pool.caller.listen(bell);
    this.#state = PARKED;
    this.#parkedAt = now;
    if (this.#scheduler.isUneven) this.#cancelTimer = pool.adapter.delay(() => this.look(), UNEVEN_MS);
  }

  #unpark(): void {
    this.#pool.caller.wakeUp();
    const cancel = this.#cancelTimer;
    this.#cancelTimer = null;
    cancel?.();
  }

  #rest(): void {
    this.#lingers = false;
    this.#emptySince = this.#parkedAt = 0;
    this.#restedAt = this.#pool.adapter.now();
    this.#state = IDLE;
    this.#pool.relax();
  }

  /** Stops for good. */
  stop(): void {
    if (this.#state === PARKED) this.#unpark();
    try {
      this.#rest();
    } finally {
      this.#pool.caller.close();
    }
  }
}
