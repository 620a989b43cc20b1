/**
 * How a pool ends: by `close`, which finishes all tasks, or by `terminate`, which finishes none. Whoever stands before
 * the pool is told when that begins.
 *
 * @module
 */

import { Promise, promiseRace, SafeSet } from "../captured.ts";
import { every, push } from "../lists.ts";
import { PoolClosedError } from "../errors.ts";
import { watchSignal } from "../executor/abort_listeners.ts";
import { shareError } from "../executor/shared_errors.ts";
import type { PoolState } from "./state/pool_state.ts";
import type { Supervisor } from "./supervision/supervisor.ts";
import type { CompletionPoller } from "./scheduling/completion_poller.ts";
import type { QueueCapacity } from "./scheduling/queue_capacity.ts";
import type { Scheduler } from "./scheduling/scheduler.ts";
import { Waiters } from "./state/waiters.ts";

/** How long a thread that was told to die is waited for, in ms: one that the runtime can interrupt, and any other. */
const PATIENCE_MS = { interruptible: 2000, other: 100 };
/** How long a worker may still take to come up, once nobody has a task for it, in ms: its `setup` may hang. */
const START_MS = 2000;

/** Ends a pool, once. */
export class Shutdown {
  readonly #pool: PoolState;
  readonly #capacity: QueueCapacity;
  readonly #scheduler: Scheduler;
  readonly #supervisor: Supervisor;
  readonly #poller: CompletionPoller;
  /** Stops watching the pool's signal. */
  readonly #unwatch: (() => void) | undefined;
  /** Why no task is taken any more. */
  #reason: PoolClosedError | undefined;
  #isClosed = false;
  /** Who is told once that the pool closes. */
  readonly #listeners: Set<() => void> = new SafeSet();
  /** Resolves when the pool is closed. */
  #closing: Promise<void> | undefined;
  /** Resolves when it is terminated. */
  #killing: Promise<void> | undefined;
  /** Wait for `terminate`. */
  readonly #killed: Waiters = new Waiters();

  constructor(
    pool: PoolState,
    capacity: QueueCapacity,
    scheduler: Scheduler,
    supervisor: Supervisor,
    poller: CompletionPoller,
  ) {
    this.#pool = pool;
    this.#capacity = capacity;
    this.#scheduler = scheduler;
    this.#supervisor = supervisor;
    this.#poller = poller;
    const { signal } = pool.options;
    signal?.throwIfAborted();
    if (signal !== undefined) this.#unwatch = watchSignal(signal, { abort: () => void this.terminate() });
  }

  /** Whether the end has begun: from then on nothing new may wait to be submitted. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls `fn` once when the pool closes: see `Executor.onClose`. */
  onClose(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  #announce(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const fn of this.#listeners) fn();
    this.#listeners.clear();
  }

  /** Throws if no task is taken any more. */
  check(): void {
    if (this.#reason !== undefined) throw new PoolClosedError(this.#reason.message);
  }

  /**
   * Finishes all tasks, then stops the workers; after `timeout` ms terminates. Further calls wait for the same.
   *
   * @param dropsQueued whether tasks that have not begun are rejected; a further call may ask for that too
   */
  close(timeout: number, dropsQueued: boolean): Promise<void> {
    if (!dropsQueued) this.#announce(); // first, so that what was kept back is among the tasks that are finished
    this.#shut(
      "Cannot use the pool as it is closed: make another with createPool(), or call initialize() again for the default pool",
    );
    if (dropsQueued && this.#killing === undefined) this.#dropQueued();
    this.#closing ??= this.#close(timeout);
    this.#announce(); // what was kept back is refused now
    return this.#closing;
  }

  /** Rejects all tasks and ends the threads at once. */
  terminate(): Promise<void> {
    this.#shut("Cannot use the pool as it is terminated");
    const ended = this.#kill(); // first, so that nothing more is begun
    this.#announce();
    return ended;
  }

  /** Takes no task any more. */
  #shut(message: string): void {
    this.#reason ??= new PoolClosedError(message);
    this.#capacity.fail(this.#reason);
  }

  /** Rejects what no worker has begun; what fails from now on does not run again. */
  #dropQueued(): void {
    const pool = this.#pool;
    const reason = shareError(new PoolClosedError("The pool was closed with queued: 'drop' before the task began"));
    this.#scheduler.drain();
    const tasks = [...pool.retries.end(), ...pool.queue.clear()];
    for (const worker of pool.workers) {
      for (const task of worker.pinned.clear()) push(tasks, task);
      for (const slot of worker.occupied()) {
        const task = worker.taskOf(slot)!;
        if (this.#scheduler.revoke(task)) push(tasks, task);
      }
    }
    for (const task of tasks) pool.settle(task, false, reason);
  }

  async #close(timeout: number): Promise<void> {
    if (this.#killing !== undefined) return this.#killing;
    const pool = this.#pool;
    pool.hold();
    let cancel: (() => void) | undefined;
    try {
      const late = new Promise<"late">((resolve) => {
        if (timeout !== Infinity) cancel = pool.delay(() => resolve("late"), timeout);
      });
      const outcome = await promiseRace<unknown>([this.#finish(), late, this.#killed.wait()]);
      if (outcome === "late" || this.#killing !== undefined) await this.#kill();
    } catch (error) {
      await this.#kill(); // it ends all the same
      throw error;
    } finally {
      cancel?.();
      this.#release();
    }
  }

  /**
   * Waits for the tasks, then has the workers end. One that is still starting comes up first, so that `teardown` follows
   * on `setup`, but is not waited for for ever.
   */
  async #finish(): Promise<void> {
    if (this.#pool.pending > 0) await this.#pool.drained.wait();
    this.#supervisor.stopAll();
    const cancel = this.#pool.delay(() => this.#supervisor.killStarting(), START_MS);
    await this.#supervisor.until(() => every(this.#pool.workers, (worker) => worker.isCondemned));
    cancel();
    await this.#lose();
  }

  #kill(): Promise<void> {
    this.#killing ??= this.#killNow();
    return this.#killing;
  }

  /** Rejects what is pending and tells the threads to die. */
  async #killNow(): Promise<void> {
    const pool = this.#pool;
    pool.hold();
    try {
      const reason = shareError(new PoolClosedError("The pool was terminated before the task was done"));
      this.#scheduler.drain();
      for (const task of pool.retries.end()) pool.settle(task, false, reason);
      for (const task of pool.queue.clear()) pool.settle(task, false, reason);
      for (const worker of [...pool.workers]) {
        for (const task of worker.pinned.clear()) pool.settle(task, false, reason);
        for (const slot of worker.occupied()) {
          const task = worker.taskOf(slot)!;
          if (this.#scheduler.revoke(task) || this.#scheduler.abandon(task)) pool.settle(task, false, reason);
        }
      }
      this.#scheduler.drain();
      this.#supervisor.killAll();
      await this.#lose();
    } finally {
      this.#release();
      this.#killed.release();
    }
  }

  /** Waits for threads that were told to die, as long as they can be expected to take. */
  async #lose(): Promise<void> {
    const { adapter } = this.#pool;
    let cancel: (() => void) | undefined;
    const patience = new Promise<void>((resolve) => {
      cancel = this.#pool.delay(resolve, adapter.supports.interrupt ? PATIENCE_MS.interruptible : PATIENCE_MS.other);
    });
    await promiseRace<unknown>([this.#supervisor.until(() => this.#pool.workers.length === 0), patience]);
    cancel!();
  }

  /** Frees what the pool holds. */
  #release(): void {
    const pool = this.#pool;
    this.#unwatch?.();
    try {
      this.#poller.stop();
      pool.release();
    } finally {
      if (pool.workers.length === 0) pool.keepAlive.close();
    }
  }
}
