/**
 * The pool's workers from start to end: keeps as many alive as there shall be, and replaces those that take no more
 * tasks. It decides; `life_watch.ts` notices.
 *
 * @module
 */

import { promiseReject } from "../../captured.ts";
import { indexOf, push, splice } from "../../lists.ts";
import type { Adapter } from "../../adapter.ts";
import { PoolClosedError } from "../../errors.ts";
import * as at from "../../transport/layout.ts";
import { Zombies } from "./zombies.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import { prepareWorker, startThread } from "./spawn.ts";
import { LifeWatch } from "./life_watch.ts";
import { Readiness } from "./readiness.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";
import { Standby } from "./standby.ts";
import { RestartPolicy } from "./restart_policy.ts";
import { Waiters } from "../state/waiters.ts";

/** What the supervisor tells the rest of the pool. */
export interface SupervisorHooks {
  /** A lane may hold results, or have room for more tasks. */
  look(): void;
  /** Workers came or went, and tasks with them: reschedule. */
  changed(): void;
  /** No worker can start, and that is given up: no task will ever run. */
  broken(error: unknown): void;
}

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
  readonly #readiness: Readiness;
  /** Workers that are not wanted now and may be again. */
  readonly standby: Standby;
  readonly #restartPolicy: RestartPolicy;
  readonly #lives: LifeWatch;
  /** Wait until one more worker is gone, or its thread was told to die. */
  readonly #departed: Waiters = new Waiters();

  constructor(pool: PoolState, scheduler: Scheduler, hooks: SupervisorHooks) {
    this.#pool = pool;
    this.#scheduler = scheduler;
    this.#hooks = hooks;
    this.#adapter = pool.adapter;
    this.#abandoned = new Zombies(pool);
    this.standby = new Standby(pool, scheduler, (worker) => this.retire(worker), (worker) => this.#discard(worker));
    this.#readiness = new Readiness(pool.workers, () => this.#restartPolicy.isPutOff);
    this.#restartPolicy = new RestartPolicy(pool, this.#readiness, () => this.refill(), hooks.broken);
    this.#lives = new LifeWatch(pool, scheduler, this.#readiness, this.#restartPolicy, {
      target: () => this.target,
      kill: (worker) => this.#kill(worker),
      remove: (worker) => this.#remove(worker),
      changed: hooks.changed,
    });
  }

  /** See `PoolStats`. */
  get abandoned(): number {
    return this.#abandoned.size;
  }

  /** See `RestartPolicy`. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#restartPolicy.broken;
  }

  /** Has `target` workers take tasks; others stay for a moment before they end, see `Standby`. */
  resize(target: number): void {
    const before = this.target;
    this.target = target;
    this.#restartPolicy.reset();
    if (this.standby.shrink(target)) this.#readiness.check(); // somebody may have waited for one of them
    try {
      this.#fill();
    } catch (error) {
      this.standby.shrink(this.target = before);
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
    if (this.#lives.isClosed || this.#restartPolicy.isBarred) return;
    let alive = 0;
    for (const worker of this.#pool.workers) if (worker.accepting) alive++;
    for (; alive < this.target - this.#restartPolicy.missing; alive++) {
      if (this.standby.recall()) continue;
      if (this.#abandoned.areTooMany(this.target)) return;
      this.#spawn();
    }
  }

  #spawn(): void {
    const pool = this.#pool;
    const id = this.#nextId++;
    const its: { worker?: PoolWorker } = {}; // it may never be made
    const made = prepareWorker(pool, id, {
      onDone: (task, slot, received) => this.#scheduler.onDone(made.worker, task, slot, received),
      onLook: () => this.#hooks.look(),
      onLife: () => its.worker && this.#lives.lookAt(its.worker),
      onGone: () => its.worker && this.#lives.gone(its.worker),
    });
    const worker = its.worker = made.worker;
    push(pool.workers, worker);
    this.#lives.begin(worker);
    startThread(pool, made, this.#lives);
  }

  /** Reads what events would tell, for a caller whose event loop is blocked. */
  noticeAll(): void {
    this.#lives.poll();
    if (this.#abandoned.forgetStopped()) this.#refill();
  }

  #remove(worker: PoolWorker): void {
    const { workers } = this.#pool;
    const place = indexOf(workers, worker);
    if (place >= 0) splice(workers, place, 1);
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
    if (!worker.accepting && worker.standby === 0) return;
    worker.refuse();
    this.#readiness.check(); // it may be the one that others waited for
    this.#scheduler.reclaim(worker);
    worker.isLeaving = true;
    this.#scheduler.flushPinned(worker);
  }

  /** Replaces a worker that has run or grown enough. */
  recycle(worker: PoolWorker): void {
    const isWanted = worker.accepting;
    this.retire(worker);
    if (isWanted) this.refill();
  }

  /** Replaces a worker whose running task was given up: its thread is told to die, and gets no task even if it does not. */
  condemn(worker: PoolWorker): void {
    if (!this.#discard(worker)) return;
    this.#departed.release();
    this.refill();
    this.#hooks.changed();
  }

  /** Tells a thread to die, which has no part in the pool any more; false if it was told before. */
  #discard(worker: PoolWorker): boolean {
    if (!this.#abandoned.add(worker)) return false;
    if (!worker.isFinished) this.#lives.dismiss(worker);
    worker.kill();
    return true;
  }

  /** Resolves when every worker is ready; rejects when one cannot start. */
  started(): Promise<void> {
    if (this.broken !== undefined) return promiseReject(this.broken.error);
    return this.#readiness.wait();
  }

  /** Tells all workers to finish and end. */
  stopAll(): void {
    this.#lives.isClosed = true;
    for (const worker of [...this.#pool.workers]) this.retire(worker);
    this.#readiness.release();
  }

  /** Tells the threads to die of workers that have not come up. */
  killStarting(): void {
    for (const worker of [...this.#pool.workers]) if (worker.life === at.LIFE_STARTING) this.#kill(worker);
  }

  /** Tells all threads to die at once. */
  killAll(): void {
    this.#lives.isClosed = true;
    for (const worker of [...this.#pool.workers]) this.#kill(worker);
    this.#readiness.fail(new PoolClosedError("The pool was terminated while it started"));
  }

  /** Tells a thread to die that has no task, and counts it until it has. */
  #kill(worker: PoolWorker): void {
    this.#abandoned.add(worker);
    worker.kill();
    this.#departed.release();
  }

  /** Resolves when `isSo` holds, which is looked at as workers go. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.#departed.wait();
  }
}
