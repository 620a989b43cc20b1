/**
 * One call on every worker of a pool. Its tasks are given to their workers all together or not at all, and no other worker
 * may run them.
 *
 * @module
 */

import { Promise } from "../captured.ts";
import { filter, listOf, push, sort } from "../lists.ts";
import { hasTransfer } from "../codec/mod.ts";
import { misuse } from "../errors.ts";
import type { Completion, Target } from "../executor/executor.ts";
import type { CallOptions } from "../options.ts";
import { requireStack } from "../stack.ts";
import type { CompletionPoller } from "./scheduling/completion_poller.ts";
import type { Scheduler } from "./scheduling/scheduler.ts";
import type { PoolState } from "./state/pool_state.ts";
import type { PoolWorker } from "./state/pool_worker.ts";
import type { PoolTask } from "./state/task.ts";
import { poolStartError } from "./state/worker_errors.ts";
import type { Supervisor } from "./supervision/supervisor.ts";

/** How a pool makes tasks of calls. */
export interface TaskMaker {
  /** Throws if the pool takes no more tasks. */
  check(): void;
  /**
   * Makes a task, which is not among the pool's yet.
   *
   * @param fewest the queue can be full only if so many tasks are pending
   * @param workers those that get a task each
   */
  prepare(
    target: Target,
    args: readonly unknown[],
    completion: Completion,
    key: unknown,
    options: CallOptions | null,
    fewest: number,
    workers: readonly PoolWorker[],
  ): PoolTask;
  /** Forgets a task that never was one of the pool's. */
  discard(task: PoolTask): void;
}

/** Broadcasts of one pool. */
export class Broadcast {
  readonly #pool: PoolState;
  readonly #scheduler: Scheduler;
  readonly #supervisor: Supervisor;
  readonly #poller: CompletionPoller;
  readonly #maker: TaskMaker;

  constructor(
    pool: PoolState,
    scheduler: Scheduler,
    supervisor: Supervisor,
    poller: CompletionPoller,
    maker: TaskMaker,
  ) {
    this.#pool = pool;
    this.#scheduler = scheduler;
    this.#supervisor = supervisor;
    this.#poller = poller;
    this.#maker = maker;
  }

  /** Runs a function once on every worker that takes tasks; gives the results by worker, or the first failure. */
  run(target: Target, args: readonly unknown[], options: CallOptions | null): Promise<unknown[]> {
    this.#maker.check();
    requireStack();
    this.#scheduler.drain(); // a worker may be worn out by what it has done
    this.#supervisor.standby.end(); // one that is not among those that run this must not come back later
    const workers = sort(filter(this.#pool.workers, (worker) => worker.accepting), (a, b) => a.id - b.id);
    if (workers.length > 1 && hasTransfer(args)) {
      const error = new TypeError("Cannot broadcast what is transferred, as it can move to one worker only");
      throw misuse(error, "TRANSFER_IN_BROADCAST");
    }
    return new Promise((resolve, reject) => {
      const values = listOf<unknown>(workers.length, undefined);
      let left = workers.length;
      if (left === 0) {
        const { broken } = this.#supervisor;
        if (broken === undefined) resolve(values);
        else reject(poolStartError(target.name || "(anonymous)", broken.error));
      }
      const completion: Completion = {
        fulfilled: (index, value) => {
          values[index as number] = value;
          if (--left === 0) resolve(values);
        },
        rejected: (_, error) => reject(error),
      };
      const tasks = this.#prepareAll(target, args, completion, options, workers);
      this.#poller.start();
      for (let i = 0; i < tasks.length; i++) this.#scheduler.submitTo(workers[i]!, tasks[i]!);
    });
  }

  /** Makes a task for each worker: all or none, so all encodings come before the first task is given to a worker. */
  #prepareAll(
    target: Target,
    args: readonly unknown[],
    completion: Completion,
    options: CallOptions | null,
    workers: readonly PoolWorker[],
  ): PoolTask[] {
    const maker = this.#maker;
    const tasks: PoolTask[] = [];
    try {
      // Before the first there has to be room for all those that will have to wait.
      let fewest = (this.#pool.options.maxQueue ?? Infinity) - workers.length + 1;
      for (let index = 0; index < workers.length; index++) {
        const task = maker.prepare(target, args, completion, index, options, fewest, workers);
        if (task.settled) throw options!.signal!.reason;
        task.runOnce();
        push(tasks, task);
        fewest = Infinity;
      }
      maker.check(); // the last of them may have ended all this as well
      if (options?.signal?.aborted) throw options.signal.reason;
    } catch (error) {
      for (const task of tasks) maker.discard(task);
      throw error;
    }
    return tasks;
  }
}
