/**
 * A pool of workers as an executor. It makes the pool's parts, connects them, and turns calls into tasks.
 *
 * @module
 */

import { promiseThen } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import { dropTransfers } from "../codec/mod.ts";
import { QueueFullError } from "../errors.ts";
import { KeptEncoding, refuseCallbacks, roundTrip } from "../executor/call.ts";
import type { Completion, Executor, Target, TaskHandle } from "../executor/executor.ts";
import { reasonOf } from "../executor/abort_listeners.ts";
import type { CallOptions, PoolOptions } from "../options.ts";
import { hasStack, requireStack } from "../stack.ts";
import { releaseArguments } from "../transport/arguments.ts";
import { BlockingWait } from "./blocking_wait.ts";
import { Broadcast } from "./broadcast.ts";
import { PoolState } from "./state/pool_state.ts";
import { isSetup } from "./state/setup_call.ts";
import { Supervisor } from "./supervision/supervisor.ts";
import { Shutdown } from "./shutdown.ts";
import { poolStartError } from "./state/worker_errors.ts";
import type { PoolWorker } from "./state/pool_worker.ts";
import { QueueCapacity } from "./scheduling/queue_capacity.ts";
import { CompletionPoller } from "./scheduling/completion_poller.ts";
import { PoolTask } from "./state/task.ts";
import { countPool, type PoolStats } from "./stats.ts";
import { Scheduler } from "./scheduling/scheduler.ts";
import { Cancellation } from "./cancellation.ts";

/** Runs tasks on workers. */
export class PoolExecutor implements Executor {
  readonly adapter: Adapter;
  readonly #pool: PoolState;
  /** Places in the queue. */
  readonly #capacity: QueueCapacity;
  readonly #scheduler: Scheduler;
  readonly #poller: CompletionPoller;
  readonly #supervisor: Supervisor;
  readonly #cancellation: Cancellation;
  readonly #blockingWait: BlockingWait;
  readonly #maxQueue: number;
  readonly #broadcast: Broadcast;
  readonly #shutdown: Shutdown;

  constructor(adapter: Adapter, options: PoolOptions) {
    this.adapter = adapter;
    const pool = this.#pool = new PoolState(adapter, options);
    const capacity = this.#capacity = new QueueCapacity(pool);
    this.#maxQueue = options.maxQueue ?? Infinity;
    this.#scheduler = new Scheduler(pool, capacity, (worker) => this.#supervisor.recycle(worker));
    this.#poller = new CompletionPoller(pool, this.#scheduler);
    pool.caller.onRing = () => this.#poller.look();
    pool.onRevoked = () => this.#poller.stir();
    pool.onSettled = () => {
      if (capacity.isAwaited) capacity.offer();
      if (pool.pending === 0) this.#poller.stir();
    };
    this.#supervisor = new Supervisor(pool, this.#scheduler, {
      look: () => this.#poller.look(),
      changed: pool.retries.onDue = () => {
        this.#scheduler.flush();
        if (pool.pending > 0) this.#poller.start();
        else this.#poller.look(); // the last one may have been settled by a worker's end
      },
      broken: (error) => {
        capacity.fail(error);
        pool.rejectWaiting((task) => poolStartError(task.fn.name, error));
      },
    });
    this.#cancellation = new Cancellation(pool, this.#scheduler, this.#supervisor);
    this.#blockingWait = new BlockingWait(pool, this.#scheduler, this.#supervisor, this.#cancellation, this.#poller);
    this.#shutdown = new Shutdown(pool, capacity, this.#scheduler, this.#supervisor, this.#poller);
    this.#broadcast = new Broadcast(pool, this.#scheduler, this.#supervisor, this.#poller, {
      check: () => this.#shutdown.check(),
      prepare: (...call) => this.#prepare(...call),
      discard: (task) => this.#discard(task),
    });
    try {
      this.#supervisor.resize(options.workers ?? pool.cores);
    } catch (error) {
      void promiseThen(this.#shutdown.terminate(), undefined, () => {});
      throw error;
    }
  }

  get pending(): number {
    return this.#pool.pending;
  }

  /** Whether it takes no more tasks. */
  get isClosed(): boolean {
    return this.#shutdown.isClosed;
  }

  /** See `Shutdown`. */
  onClose(fn: () => void): () => void {
    return this.#shutdown.onClose(fn);
  }

  get slots(): number {
    return this.#supervisor.target * this.#pool.tasksPerWorker;
  }

  /** Whether the option `setup` would mean what this pool's means. */
  hasSetup(setup: PoolOptions["setup"]): boolean {
    return isSetup(this.#pool.setup, setup, this.#pool.taskCodec.codec);
  }

  /** How many workers there shall be. */
  get size(): number {
    return this.#supervisor.target;
  }

  submit(
    target: Target,
    args: readonly unknown[] | KeptEncoding,
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
  ): PoolTask {
    const task = this.#prepare(target, args, completion, key, options, this.#maxQueue, null);
    if (task.settled) return task;
    // The stack may overflow anywhere here, and the caller may go on: what throws leaves the pool as it was.
    try {
      this.#poller.start();
      this.#scheduler.submit(task);
    } catch (error) {
      this.#discard(task);
      throw error;
    }
    return task;
  }

  /**
   * Makes a task of a call, which is not among the pool's yet.
   *
   * @param fewest the queue can be full only if so many tasks are pending
   * @param workers see `QueueCapacity.isFull`
   */
  #prepare(
    target: Target,
    args: readonly unknown[] | KeptEncoding,
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
    fewest: number,
    workers: readonly PoolWorker[] | null,
  ): PoolTask {
    const pool = this.#pool;
    this.#shutdown.check();
    const fn = pool.functions.of(target);
    if (this.#supervisor.broken !== undefined) throw poolStartError(fn.name, this.#supervisor.broken.error);
    const task = new PoolTask(fn, completion, key, options);
    if (options?.signal?.aborted) return this.#refuse(task, args, options.signal);
    if (pool.pending >= fewest) this.#checkRoom(fn.name, workers);
    if (this.#capacity.kept > 0) this.#capacity.kept--;
    try {
      pool.taskCodec.encode(task, args);
      // A getter of the arguments, or a user's encoder, may have ended all this.
      if (options?.signal?.aborted) return this.#refuse(task, args, options.signal);
      this.#shutdown.check();
      if (options !== null && (options.signal !== undefined || task.timeout > 0)) this.#cancellation.begin(task);
    } catch (error) {
      this.#discard(task);
      throw error;
    }
    return task;
  }

  /** Forgets a task that never was one of the pool's. Where the stack is full, the garbage collector has to do. */
  #discard(task: PoolTask): void {
    if (!hasStack()) return;
    task.finish();
    releaseArguments(this.#pool.args, task);
  }

  /** Settles a task that was aborted before it was one. */
  #refuse(task: PoolTask, args: readonly unknown[] | KeptEncoding, signal: AbortSignal): PoolTask {
    if (!(args instanceof KeptEncoding)) dropTransfers(args);
    this.#discard(task);
    task.settled = true;
    this.#pool.failed++;
    task.completion.rejected(task.key, reasonOf(signal));
    return task;
  }

  #checkRoom(name: string, workers: readonly PoolWorker[] | null): void {
    requireStack();
    this.#scheduler.drain();
    this.#scheduler.flush();
    if (!this.#capacity.isFull(workers)) return;
    throw new QueueFullError(
      `Cannot queue '${name}' as 'maxQueue' tasks wait already: ${this.#maxQueue}; await pool.ready() before submitting more`,
    );
  }

  drop(handle: TaskHandle): void {
    const task = handle as PoolTask;
    requireStack();
    if (task.settled) return;
    if (!task.isQueued && task.has.stopWaiting === null && !this.#scheduler.revoke(task)) return;
    this.#pool.settle(task, false, undefined);
    this.#pool.failed--;
  }

  abort(handle: TaskHandle, reason: unknown): void {
    requireStack();
    this.#cancellation.abort(handle as PoolTask, reason);
  }

  stop(handle: TaskHandle): void {
    const { worker, slot } = handle as PoolTask;
    if (!(handle as PoolTask).settled && worker !== null) worker.abort(slot);
  }

  get mayRunHere(): boolean {
    return this.#pool.options.setup === undefined;
  }

  copy(value: unknown): unknown {
    return roundTrip(this.#pool.taskCodec.codec, value, "auto", "result");
  }

  decodeError(bytes: Uint8Array): unknown {
    return this.#pool.taskCodec.codec.decode(bytes, "auto", []);
  }

  block(isDone: () => boolean, handles: readonly TaskHandle[], ms: number): boolean {
    requireStack();
    const tasks = handles as readonly PoolTask[];
    refuseCallbacks(tasks, (task, reason) => this.abort(task, reason));
    return this.#blockingWait.wait(isDone, tasks, ms);
  }

  broadcast(target: Target, args: readonly unknown[], options: CallOptions | null): Promise<unknown[]> {
    return this.#broadcast.run(target, args, options);
  }

  /** Changes the number of workers. */
  resize(workers: number): void {
    this.#shutdown.check();
    requireStack();
    this.#supervisor.resize(workers);
    this.#scheduler.flush();
  }

  /** Resolves when every worker is up. */
  async started(): Promise<void> {
    this.#pool.hold();
    try {
      await this.#supervisor.started();
    } finally {
      this.#pool.release();
    }
  }

  /** Resolves when every worker is up and one more task can be queued. */
  async ready(): Promise<void> {
    this.#shutdown.check();
    requireStack();
    await this.started();
    this.#pool.hold();
    try {
      if (this.#capacity.isFull(null)) {
        this.#scheduler.drain();
        this.#scheduler.flush();
      }
      await this.#capacity.enter();
    } finally {
      this.#pool.release();
    }
    this.#shutdown.check();
  }

  /** See `Shutdown`. */
  close(timeout: number, dropsQueued: boolean): Promise<void> {
    requireStack();
    return this.#shutdown.close(timeout, dropsQueued);
  }

  /** See `Shutdown`. */
  terminate(): Promise<void> {
    requireStack();
    return this.#shutdown.terminate();
  }

  /** Counters. */
  stats(): PoolStats {
    return countPool(this.#pool, this.#supervisor);
  }
}
