/**
 * Decides which worker gets which task, and takes back what waits behind a long one. Workers that are awake come
 * before those that sleep.
 *
 * @module
 */

import { Math } from "../../captured.ts";
import { push, sort } from "../../lists.ts";
import * as at from "../../transport/layout.ts";
import type { ReceivedPayload } from "../../transport/messages.ts";
import { hasStack } from "../../stack.ts";
import type { PoolState } from "../state/pool_state.ts";
import { exitError } from "../state/worker_errors.ts";
import type { QueueCapacity } from "./queue_capacity.ts";
import { expected, isShorter, isSteady, learn } from "./run_time.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import { isScalarResult } from "../../transport/payload_descriptor.ts";
import type { PoolTask, TaskHolder } from "../state/task.ts";

/** Work that may be queued on one lane, in microseconds. */
const DEPTH_US = 200;
/** Work below which it is not worth waking one more worker, in microseconds. */
const WAKE_US = 30;
/**
 * Tasks shorter than this, in microseconds with the worker's overhead included, keep one worker as busy as the caller can:
 * submitting a task costs the caller about as much. A second worker would not help.
 */
const SUBMIT_US = 4;

/** Moves tasks from the queue to workers. */
export class Scheduler {
  readonly #pool: PoolState;
  readonly #capacity: QueueCapacity;
  /** Called when a worker has run as many tasks, or holds as much memory, as it may. */
  readonly #onWorn: (worker: PoolWorker) => void;
  readonly #maxTasks: number;
  readonly #maxKiB: number;
  /** Submissions since the queue was last looked at in the middle of a burst. */
  #sinceDrain = 0;

  constructor(pool: PoolState, capacity: QueueCapacity, onWorn: (worker: PoolWorker) => void) {
    this.#pool = pool;
    this.#capacity = capacity;
    this.#onWorn = onWorn;
    this.#maxTasks = pool.options.maxTasksPerWorker ?? Infinity;
    this.#maxKiB = (pool.options.maxWorkerBytes ?? Infinity) / 1024;
  }

  /**
   * Gives a task to a worker, or has it wait; from then on it is among the pool's. Its bytes are still borrowed from the
   * codec. What throws comes before that: the stack may overflow anywhere here.
   */
  submit(task: PoolTask): void {
    const pool = this.#pool;
    const isFirst = pool.queue.size === 0;
    task.sequence = pool.submitted;
    if (isFirst) {
      const worker = this.#choose(task);
      if (worker !== null) {
        this.#give(worker, task);
        pool.submitted++;
        pool.pending++;
        return;
      }
    }
    // Before any result is read: that may run a user's decoder, which may use the codec, or abort this very task.
    pool.taskCodec.keep(task);
    pool.queue.push(task);
    pool.submitted++;
    pool.pending++;
    // In a long burst the event loop has no turn: look at the results here.
    if ((isFirst || (++this.#sinceDrain & 31) === 0) && hasStack()) {
      if (this.drain() > 0 || !isFirst) this.flush();
    }
  }

  /** Gives a task to one certain worker, behind whatever that has. */
  submitTo(worker: PoolWorker, task: PoolTask): void {
    const pool = this.#pool;
    task.extras.isPinned = true;
    task.sequence = pool.submitted++;
    pool.pending++;
    if (worker.isFinished) return pool.settle(task, false, exitError(worker, task));
    worker.pinned.push(task);
    this.flushPinned(worker);
  }

  /** Gives a worker what only it may run, as far as it has room; has it end if it is to leave and that was all. */
  flushPinned(worker: PoolWorker): void {
    const { pinned } = worker;
    while (worker.hasCapacity && !worker.isFinished) {
      const task = pinned.peek();
      if (task === undefined) break;
      pinned.take(task);
      this.#tryGive(worker, task);
    }
    if (!worker.isLeaving || pinned.size > 0) return;
    worker.isLeaving = false;
    worker.stop(at.STOP_DRAIN);
  }

  /** Gives waiting tasks to workers that take them. */
  flush(): void {
    const { queue, workers } = this.#pool;
    for (let i = 0; i < workers.length; i++) {
      const worker = workers[i]!;
      // All of its tasks may have been aborted: then it is only to leave.
      if (worker.pinned.size > 0 || worker.isLeaving) this.flushPinned(worker);
    }
    for (let task = queue.peek(); task !== undefined; task = queue.peek()) {
      const worker = this.#choose(task);
      if (worker === null) break;
      queue.take(task);
      this.#tryGive(worker, task);
    }
    if (this.#capacity.isAwaited) this.#capacity.offer();
  }

  /** Gives a worker a task that waited; rejects it if its arguments cannot be posted. */
  #tryGive(worker: PoolWorker, task: PoolTask): void {
    try {
      this.#give(worker, task);
    } catch (error) {
      this.#pool.settle(task, false, error);
    }
  }

  /** @throws if the arguments cannot be posted, or there is no room for the function; nothing has happened then */
  #give(worker: PoolWorker, task: PoolTask): void {
    if (task.fn.record.number < 0) this.#pool.functions.place(task.fn);
    task.slot = worker.push(task);
    // Nothing here can throw: the task is published.
    task.worker = worker;
    worker.given++;
    worker.backlog += task.estimate;
    const { workers } = this.#pool;
    if (workers[0] === worker) return;
    let next = worker;
    for (let i = 0; i < workers.length; i++) {
      const moved = workers[i]!;
      workers[i] = next;
      if (moved === worker) return;
      next = moved;
    }
  }

  /** The worker for a task: one that is awake before one that sleeps, and none if the task had better wait. */
  #choose(task: PoolTask): PoolWorker | null {
    const { workers, tasksPerWorker } = this.#pool;
    const cost = task.fn.cost;
    const estimate = task.timeout > 0 ? Infinity : expected(cost, tasksPerWorker);
    task.estimate = estimate > DEPTH_US ? DEPTH_US + 1 : Math.round(estimate);
    // Tasks so short that one worker runs them as fast as this thread submits them stay on the warm one: a second
    // would take turns with it, both asleep half of the time, and take the core that this thread runs on.
    const isShort = estimate !== Infinity && isShorter(cost, SUBMIT_US, tasksPerWorker) && !task.moves;
    const warm = workers[0];
    if (isShort && warm !== undefined && warm.inFlight > 0 && warm.accepting && !warm.isStuck) {
      return warm.hasCapacity && warm.given < this.#maxTasks ? warm : null;
    }
    return this.#compare(task, estimate);
  }

  /** The worker for a task that none has to take: idle, or with work for a short time only. */
  #compare(task: PoolTask, estimate: number): PoolWorker | null {
    const { workers, tasksPerWorker, queue } = this.#pool;
    const cost = task.fn.cost;
    const needsIdle = task.moves;
    // A second long task may wait in a worker's slot while there are plenty, so that it starts at once.
    const isEven = isSteady(cost) || task.fn.named?.kind === "loop"; // chunks are made to take about the same time
    const ahead = queue.size > workers.length && task.timeout === 0 && isEven ? 2 : 1;
    let sleeper: PoolWorker | null = null;
    let busy: PoolWorker | null = null;
    for (const worker of workers) {
      if (!worker.accepting || !worker.hasCapacity || worker.given >= this.#maxTasks) continue;
      if (worker.inFlight === 0) {
        if (worker.isReady && worker.isAwake) return worker;
        // What moves is lost with a worker that never comes up, so it waits for one that has.
        if (needsIdle && !worker.isReady) continue;
        if (sleeper === null || (worker.isReady && !sleeper.isReady)) sleeper = worker;
      } else if (
        !needsIdle && (!worker.isStuck || worker.inFlight < tasksPerWorker) &&
        (busy === null || worker.inFlight < busy.inFlight) &&
        (worker.inFlight < Math.max(tasksPerWorker, ahead) || worker.backlog + estimate <= DEPTH_US)
      ) {
        busy = worker;
      }
    }
    if (busy === null || sleeper === null) return busy ?? sleeper;
    return busy.backlog + cost.mean > WAKE_US ? sleeper : busy;
  }

  /** Settles all tasks that are done; gives their number. */
  drain(): number {
    let count = 0;
    const workers = this.#pool.workers;
    for (let i = 0; i < workers.length; i++) count += workers[i]!.drain();
    return count;
  }

  /** A worker has finished a task: called by its lane, see `LaneOwner`. */
  onDone(worker: PoolWorker, task: PoolTask, slot: number, received: ReceivedPayload | null): boolean {
    const pool = this.#pool;
    let runsAgain = false;
    learn(task.fn.cost, worker.durationOf(slot), worker.spentOf(slot));
    worker.isStuck = false;
    worker.busy += worker.occupiedBy(slot);
    this.#left(worker, task);
    const isWorn = ++worker.completed >= this.#maxTasks || worker.heapKiB > this.#maxKiB;
    const word = worker.resultWord(slot);
    const { abortReason } = task.has;
    if (abortReason !== null) {
      pool.settle(task, false, abortReason.reason);
    } else if (isScalarResult(word)) {
      pool.settle(task, true, worker.scalarResult(slot, word));
    } else {
      const outcome = pool.taskCodec.decodeOutcome(worker, task, slot, word, received);
      if (outcome.ok || task.has.retry === null) pool.settle(task, outcome.ok, outcome.value);
      else runsAgain = pool.retries.failed(task, outcome.value, worker.durationOf(slot) / 1000);
    }
    if (isWorn) this.#onWorn(worker); // last, as its replacement may fail to start
    return runsAgain;
  }

  #left(worker: TaskHolder, task: PoolTask): void {
    task.worker = null;
    task.slot = -1;
    worker.backlog = worker.inFlight === 0 ? 0 : worker.backlog - task.estimate;
  }

  /** Takes one task back from its worker, if it has not begun there. */
  revoke(task: PoolTask): boolean {
    const worker = task.worker;
    if (worker === null || worker.revoke(task.slot) === null) return false;
    worker.given--;
    this.#left(worker, task);
    this.#pool.onRevoked();
    return true;
  }

  /** Gives up one task that runs; false if it is done by now. */
  abandon(task: PoolTask): boolean {
    const worker = task.worker;
    if (worker === null || worker.abandon(task.slot) === null) return false;
    this.#left(worker, task);
    return true;
  }

  /** Takes back all of a worker's tasks that have not begun, and queues them before the others. */
  reclaim(worker: PoolWorker): void {
    const taken: PoolTask[] = [];
    for (const slot of worker.occupied()) {
      const task = worker.taskOf(slot)!;
      if (!task.isBound && worker.stateOf(slot) === at.QUEUED && this.revoke(task)) push(taken, task);
    }
    sort(taken, (a, b) => b.sequence - a.sequence);
    for (const task of taken) this.#pool.queue.unshift(task);
  }

  /** Whether some worker is idle while a task waits, behind another one or in the queue. */
  get isUneven(): boolean {
    let idle = false;
    let waiting = this.#pool.queue.size > 0;
    for (const worker of this.#pool.workers) {
      if (worker.inFlight === 0) {
        if (worker.pinned.size > 0) return true;
        idle ||= worker.accepting;
      } else waiting ||= worker.inFlight > this.#pool.tasksPerWorker;
    }
    return idle && waiting;
  }

  /** Takes back what waits behind a task that has not ended since the last call, for workers that are idle. */
  rebalance(): void {
    const uneven = this.isUneven;
    let taken = false;
    for (const worker of [...this.#pool.workers]) {
      const stuck = worker.completed === worker.lastSeenCompleted;
      worker.lastSeenCompleted = worker.inFlight > 0 ? worker.completed : -1;
      worker.isStuck = stuck && worker.inFlight > 0;
      if (uneven && stuck && worker.inFlight > this.#pool.tasksPerWorker) {
        this.reclaim(worker);
        taken = true;
      }
    }
    if (taken) this.flush();
  }
}
