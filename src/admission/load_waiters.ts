/**
 * Waits for the machine's load to fall. Each executor has one timer and one list of calls, however many calls wait.
 *
 * @module
 */

import { Atomics, Int32Array, Math, SafeSet, SafeWeakMap, SharedArrayBuffer } from "../captured.ts";
import type { Adapter, KeepAlive } from "../adapter.ts";
import type { Executor } from "../executor/executor.ts";

/** How often the load is read, in ms. */
const WAIT_MS = 1000;

/** Whether the load average per core is strictly above a threshold. */
export function isBusy(adapter: Adapter, maxLoadAverage: number): boolean {
  return maxLoadAverage !== Infinity && adapter.load().average > maxLoadAverage;
}

/** Blocks the thread until the load has fallen or `ms` have passed; gives whether it has fallen. */
export function blockUntilFallen(adapter: Adapter, maxLoadAverage: number, ms: number): boolean {
  const until = adapter.now() + ms;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (isBusy(adapter, maxLoadAverage)) {
    const left = until - adapter.now();
    if (left <= 0) return false;
    Atomics.wait(pause, 0, 0, Math.min(WAIT_MS, left)); // partner: none, it is a sleep
  }
  return true;
}

/** A call that waits for the load to fall. */
export interface LoadWaiter {
  /** The load average per core that it waits for. */
  readonly max: number;
  /** The load has fallen, or the executor closes: ends the wait, and takes it out of those that wait. */
  go(): void;
}

/** The calls that wait to use one executor. While there are any, the program does not end. */
export class LoadWaiters {
  static readonly #all: WeakMap<Executor, LoadWaiters> = new SafeWeakMap();

  readonly #executor: Executor;
  /** In the order in which they go. */
  readonly #waiting: Set<LoadWaiter> = new SafeSet();
  #alive: KeepAlive | undefined;
  #cancelTimer: (() => void) | undefined;
  #unlisten: (() => void) | undefined;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  /** The one of an executor. */
  static of(executor: Executor): LoadWaiters {
    let wait = LoadWaiters.#all.get(executor);
    if (wait === undefined) LoadWaiters.#all.set(executor, wait = new LoadWaiters(executor));
    return wait;
  }

  /** Has a call wait. */
  add(waiter: LoadWaiter): void {
    if (this.#alive === undefined) this.#begin();
    this.#waiting.add(waiter);
  }

  #begin(): void {
    const alive = this.#executor.adapter.keepAlive();
    try {
      alive.ref();
      this.#arm();
      this.#unlisten = this.#executor.onClose?.(() => this.#release(-Infinity));
    } catch (error) {
      this.#cancelTimer?.();
      alive.close();
      throw error;
    }
    this.#alive = alive;
  }

  /** A call waits no more. */
  delete(waiter: LoadWaiter): void {
    if (this.#waiting.delete(waiter) && this.#waiting.size === 0) this.#end();
  }

  #arm(): void {
    this.#cancelTimer = this.#executor.adapter.delay(() => this.#look(), WAIT_MS);
  }

  #look(): void {
    let average = -Infinity;
    try {
      this.#arm();
      average = this.#executor.adapter.load().average;
    } catch {
      // Where the load, or a timer, cannot be had any more, nobody is to wait for it.
    }
    this.#release(average);
  }

  /** Lets the calls go that wait for a load of at least `average`: all of them if it is -Infinity. */
  #release(average: number): void {
    for (const waiter of [...this.#waiting]) if (average <= waiter.max) waiter.go();
  }

  #end(): void {
    const alive = this.#alive;
    this.#alive = undefined;
    this.#cancelTimer?.();
    this.#unlisten?.();
    alive?.close();
  }
}
