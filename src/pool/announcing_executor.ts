/**
 * A pool's executor that says when it closes, for what stands before it: calls that a guard keeps back, and the default
 * pool.
 *
 * @module
 */

import { SafeSet } from "../captured.ts";
import type { Executor } from "../executor/executor.ts";
import { PoolExecutor } from "./pool_executor.ts";

/** The executor of a pool, with those who are told that it closes, whoever closes it: the user or the pool's signal. */
export class AnnouncingExecutor extends PoolExecutor implements Executor {
  #isClosed = false;
  readonly #listeners: Set<() => void> = new SafeSet();

  /** Whether it takes no more tasks. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls `fn` once when it closes: see {@linkcode Executor.onClose}. */
  onClose(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  override close(timeout: number): Promise<void> {
    this.#announce(); // first, so that what was kept back is among the tasks that are finished
    return super.close(timeout);
  }

  override terminate(): Promise<void> {
    const ended = super.terminate(); // first, so that nothing more is begun
    this.#announce();
    return ended;
  }

  #announce(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const fn of this.#listeners) fn();
    this.#listeners.clear();
  }
}
