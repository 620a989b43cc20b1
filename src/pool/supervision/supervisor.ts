/**
 * The pool's workers from start to end: starts them, notices their deaths, replaces them.
 *
 * @module
 */

import { promiseReject } from "../../captured.ts";
import type { Adapter } from "../../adapter.ts";
import { PoolClosedError } from "../../errors.ts";
import * as at from "../../transport/layout.ts";
import { Zombies } from "./zombies.ts";
import type { PoolState } from "../state/pool_state.ts";
import { failRest, failRunning, isOverdue, readLastWords } from "./worker_exit.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import { prepareMember, startThread } from "./spawn.ts";
import { Readiness } from "./readiness.ts";
import { Backoff } from "./backoff.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";
import { RestartPolicy } from "./restart_policy.ts";
import { Waiters } from "../state/waiters.ts";

/** How long a dead worker's exit code and error may take to arrive after its port closed, in ms. */
const DETAILS_MS = 30;

/** What the supervisor needs of the rest of the pool: a look at a worker's lane; tasks moved, as a worker is gone or ready. */
export type SupervisorHooks = Readonly<Record<"look" | "changed", () => void>>;

/** Starts, watches and replaces workers. */
export class Supervisor {
  readonly #pool: PoolState;
  readonly #scheduler: Scheduler;
  readonly #hooks: SupervisorHooks;
  readonly #adapter: Adapter;
  /** How many workers there shall be. */
  target = 0;
  /** Workers started in place of others. */
  restarts = 0;
  readonly #abandoned: Zombies;
  #nextId = 0;
  #isClosed = false;
  /** Whether the user was told that `teardown` fails. */
  #warned = false;
  readonly #readiness: Readiness;
  readonly #restartPolicy: RestartPolicy;
  /** Wait until one more worker is gone, or its thread was told to die. */
  readonly #departed: Waiters = new Waiters();

  constructor(pool: PoolState, scheduler: Scheduler, hooks: SupervisorHooks) {
    this.#pool = pool;
    this.#scheduler = scheduler;
    this.#hooks = hooks;
    this.#adapter = pool.adapter;
    this.#abandoned = new Zombies(pool);
    pool.caller.onRing = () => this.#rung();
    const backoff = new Backoff(pool.adapter.now);
    this.#readiness = new Readiness(pool.workers, backoff);
    this.#restartPolicy = new RestartPolicy(pool, this.#readiness, backoff, () => this.refill());
  }

  /** See `PoolStats`. */
  get abandoned(): number {
    return this.#abandoned.size;
  }

  /** See `RestartPolicy`. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#restartPolicy.broken;
  }

  /** Starts or retires workers so that there are `target`. */
  resize(target: number): void {
    const before = this.target;
    this.target = target;
    this.#restartPolicy.reset();
    const spare = this.#pool.workers.filter((worker) => worker.accepting);
    // Those that do nothing go first.
    spare.sort((a, b) => b.inFlight - a.inFlight);
    for (const worker of spare.slice(target)) this.retire(worker);
    try {
      this.#fill();
    } catch (error) {
      this.target = before;
      for (const worker of this.#pool.workers.filter((one) => one.accepting).slice(before)) this.retire(worker);
      throw error;
    }
  }

  /** Starts workers in place of those that take no more tasks. */
  refill(): void {
    this.restarts++;
    this.#refill();
  }

  /** As `#fill`, where there is nobody to throw to: no memory for another worker, say, is as if it had not come up. */
  #refill(): void {
    try {
      this.#fill();
    } catch (error) {
      this.#restartPolicy.fail(error);
    }
  }

  /** Starts workers up to the target, unless too many abandoned threads still run. */
  #fill(): void {
    if (this.#isClosed || this.#restartPolicy.isBarred) return;
    let alive = 0;
    for (const worker of this.#pool.workers) if (worker.accepting) alive++;
    for (; alive < this.target - this.#restartPolicy.missing; alive++) {
      if (this.#abandoned.areTooMany(this.target)) return;
      this.#spawn();
    }
  }

  #spawn(): void {
    const pool = this.#pool;
    const id = this.#nextId++;
    const own: { worker?: PoolWorker } = {};
    const made = prepareMember(pool, id, {
      onDone: (task, slot, received) => this.#scheduler.onDone(made.worker, task, slot, received),
      onLook: () => this.#hooks.look(),
      onGone: () => own.worker && this.#gone(own.worker), // it may never have been made
    });
    own.worker = made.worker;
    pool.workers.push(made.worker);
    pool.caller.listen(); // it says when it is ready
    startThread(pool, made, () => this.#gone(made.worker));
  }

  /** A worker has rung: it has results, or its state has changed. */
  #rung(): void {
    const { bell } = this.#pool.caller; // before the look at them: a ring after that look is a new value
    let isStarting = false;
    for (const worker of [...this.#pool.workers]) {
      this.#noticeLife(worker);
      isStarting ||= !worker.isReady && !worker.isFinished;
    }
    if (isStarting) this.#pool.caller.listen(bell);
    this.#hooks.look();
  }

  #noticeLife(worker: PoolWorker): void {
    const life = worker.life;
    if (life === at.LIFE_READY && !worker.isReady && !worker.isFinished) {
      worker.isReady = true;
      worker.readyAt = this.#pool.adapter.now();
      this.#readiness.check();
      this.#hooks.changed();
    } else if (life > at.LIFE_READY) {
      this.#finish(worker);
    }
  }

  /** Reads the lanes' states, for a caller whose event loop is blocked. */
  noticeAll(): void {
    this.#restartPolicy.retry();
    for (const worker of [...this.#pool.workers]) {
      this.#noticeLife(worker);
      const thread = worker.threadId;
      if (thread === 0 && isOverdue(worker, this.#pool.adapter.now())) {
        this.#finish(worker);
        worker.kill();
      }
      if (thread <= 0 || this.#adapter.threadAlive(thread) !== false) continue;
      if (worker.isCondemned) this.#gone(worker); // too many of them keep others from being started
      else this.#finish(worker);
    }
    if (this.#abandoned.forgetStopped()) this.#refill();
  }

  /** The port closed: the thread is gone. */
  #gone(worker: PoolWorker): void {
    if (worker.isGone) return;
    const known = worker.life > at.LIFE_READY || worker.exitCode !== undefined || worker.cause !== undefined ||
      worker.isFinished;
    const end = (): void => {
      if (worker.isGone) return;
      worker.isGone = true;
      worker.cancelGone?.(); // it would keep the whole pool in memory
      this.#finish(worker);
      // A result may have been published after the worker was given up.
      worker.drainSlots();
      failRest(worker, this.#pool);
      this.#remove(worker);
    };
    if (known) end();
    else this.#pool.delay(end, DETAILS_MS);
  }

  /** Sees to the tasks of a worker that died by itself, and replaces it. */
  #finish(worker: PoolWorker): void {
    if (worker.isFinished) return;
    const lost = this.#dismiss(worker);
    if (worker.life === at.LIFE_STOPPED) this.#warn(worker);
    else if (!this.#isClosed) this.#restartPolicy.replace(worker, lost);
    this.#hooks.changed();
  }

  /** Says once that `teardown` fails: nobody else would hear of it. */
  #warn({ id, cause }: PoolWorker): void {
    if (cause === undefined || this.#warned) return;
    this.#warned = true;
    this.#pool.warn(`multicore: 'teardown' failed in worker ${id}: ${String(cause.error)}`);
  }

  /** Ends a worker's part in the pool: those done are settled, those not begun run elsewhere, the others fail. */
  #dismiss(worker: PoolWorker): number {
    worker.accepting = false;
    worker.isFinished = true;
    this.#scheduler.reclaim(worker);
    worker.drainSlots();
    readLastWords(worker, this.#pool.taskCodec.codec);
    return failRunning(worker, this.#pool, this.#scheduler);
  }

  #remove(worker: PoolWorker): void {
    const { workers } = this.#pool;
    const place = workers.indexOf(worker);
    if (place >= 0) workers.splice(place, 1);
    this.#abandoned.delete(worker);
    this.#pool.pastBusy += worker.busy;
    this.#pool.pastLife += this.#pool.adapter.now() - worker.since;
    this.#pool.caller.freeActiveWord(worker.activeWord);
    worker.close();
    this.#departed.release();
    this.#refill();
  }

  /** Has a worker finish what it runs, tear down and end; its waiting tasks go elsewhere. */
  retire(worker: PoolWorker): void {
    if (!worker.accepting) return;
    worker.accepting = false;
    this.#readiness.check(); // it may be the one that others waited for
    this.#scheduler.reclaim(worker);
    worker.isLeaving = true;
    this.#scheduler.flushPinned(worker);
  }

  /** Replaces a worker that has run or grown enough. */
  recycle(worker: PoolWorker): void {
    if (!worker.accepting) return;
    this.retire(worker);
    this.refill();
  }

  /** Replaces a worker whose running task was given up: its thread is told to die, and gets no task even if it does not. */
  condemn(worker: PoolWorker): void {
    if (!this.#abandoned.add(worker)) return;
    if (!worker.isFinished) this.#dismiss(worker);
    worker.kill();
    this.#departed.release();
    this.refill();
    this.#hooks.changed();
  }

  /** Resolves when every worker is ready; rejects when one cannot start. */
  started(): Promise<void> {
    if (this.broken !== undefined) return promiseReject(this.broken.error);
    return this.#readiness.wait();
  }

  /** Tells all workers to finish and end. */
  stopAll(): void {
    this.#isClosed = true;
    for (const worker of [...this.#pool.workers]) this.retire(worker);
    this.#readiness.release();
  }

  /** Tells the threads to die of workers that have not come up. */
  killStarting(): void {
    for (const worker of [...this.#pool.workers]) if (worker.life === at.LIFE_STARTING) this.#kill(worker);
  }

  /** Tells all threads to die at once. */
  killAll(): void {
    this.#isClosed = true;
    for (const worker of [...this.#pool.workers]) this.#kill(worker);
    this.#readiness.fail(new PoolClosedError("The pool was terminated while it started"));
  }

  /** Tells a thread to die that has no task, and counts it until it has. */
  #kill(worker: PoolWorker): void {
    worker.accepting = false;
    this.#abandoned.add(worker);
    worker.kill();
    this.#departed.release();
  }

  /** Resolves when no worker is left but those whose threads were told to die. */
  async left(): Promise<void> {
    while (!this.#pool.workers.every((worker) => worker.isCondemned)) await this.#departed.wait();
  }

  /** Resolves when no worker is left; there may be threads that nothing can stop. */
  async gone(): Promise<void> {
    while (this.#pool.workers.length > 0) await this.#departed.wait();
  }
}
