/**
 * What becomes of the workers: each comes up, tears down, says its last words and is gone. No step is waited for without
 * an end:
 *
 * | step                                          | limit                 | after it                         |
 * | --------------------------------------------- | --------------------- | -------------------------------- |
 * | the thread runs its entry                     | 60 s                  | the worker has failed to start   |
 * | `teardown`                                    | the option's, or 10 s | the thread is told to die        |
 * | the thread is gone that announced its end     | 2 s                   | it is told to die                |
 * | the port closes of one that the runtime ended | 1 s                   | it counts as gone                |
 * | the runtime tells why the port has closed     | 10 s, 30 ms on Deno   | nothing more is said of the death |
 *
 * @module
 */

import { SafeSet, toText } from "../../captured.ts";
import { filter, reduce } from "../../lists.ts";
import * as at from "../../transport/layout.ts";
import { Deadline } from "../state/deadline.ts";
import type { PoolState } from "../state/pool_state.ts";
import type { PoolWorker } from "../state/pool_worker.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";
import type { Readiness } from "./readiness.ts";
import type { RestartPolicy } from "./restart_policy.ts";
import { overdueError } from "../state/worker_errors.ts";
import { failRest, failRunning, readLastWords } from "./worker_exit.ts";

/** How long a new thread may take until it runs its entry, in ms: Deno may check types before. */
const ENTRY_MS = 60_000;
/** Workers that were started so much later than another are late together with it, in ms. */
const TOGETHER_MS = 1000;
/** How long `teardown` may take, where the options do not say, in ms. */
const TEARDOWN_MS = 10_000;
/** How long a thread may take to end after it has announced that, in ms: its exit handlers run meanwhile. */
const END_MS = 2000;
/** How long a worker that the runtime calls ended is given before its thread counts as gone, in ms. */
const GONE_MS = 1000;
/** How long a runtime that tells each end of a worker may take for it after the port closed, in ms: a large heap is freed before. */
const TOLD_MS = 10_000;
/** The same for one that does not always tell. */
const DETAILS_MS = 30;

/** What the watch does to the pool. */
export interface LifeHooks {
  /** How many workers there shall be. */
  target(): number;
  /** Tells a thread to die that has no task, and counts it until it has. */
  kill(worker: PoolWorker): void;
  /** The thread is gone, and its tasks are seen to. */
  remove(worker: PoolWorker): void;
  /** Tasks moved, as a worker is ready or ended. */
  changed(): void;
}

/** Notices the steps of all workers' lives, and their limits. */
export class LifeWatch {
  readonly #pool: PoolState;
  readonly #scheduler: Scheduler;
  readonly #readiness: Readiness;
  readonly #restartPolicy: RestartPolicy;
  readonly #hooks: LifeHooks;
  /** Whether nobody is started any more in place of those that end. */
  isClosed = false;
  /** What the user was told of `teardown`: each once. */
  readonly #told: Set<"failed" | "hangs"> = new SafeSet();

  constructor(
    pool: PoolState,
    scheduler: Scheduler,
    readiness: Readiness,
    restartPolicy: RestartPolicy,
    hooks: LifeHooks,
  ) {
    this.#pool = pool;
    this.#scheduler = scheduler;
    this.#readiness = readiness;
    this.#restartPolicy = restartPolicy;
    this.#hooks = hooks;
    pool.caller.onLives = () => this.#look();
  }

  #limit(worker: PoolWorker, ms: number, act: () => void): void {
    worker.deadline?.cancel();
    const deadline = new Deadline(this.#pool, ms, act);
    if (!deadline.isOver) worker.deadline = deadline;
  }

  /** A worker is started. */
  begin(worker: PoolWorker): void {
    const { caller } = this.#pool;
    caller.starting++;
    caller.listen(); // it says when it is ready
    this.#limit(worker, ENTRY_MS, () => this.#giveUpLate());
  }

  /** Workers have announced new states. */
  #look(): void {
    for (const worker of [...this.#pool.workers]) this.lookAt(worker);
  }

  /** Reads the state that a worker has announced. */
  lookAt(worker: PoolWorker): void {
    const { life } = worker;
    if (worker.isFinished || life === at.LIFE_STARTING) return;
    if (life >= at.LIFE_FAILED) return this.#finish(worker);
    if (!worker.isReady) this.#ready(worker);
    if (life !== at.LIFE_LEAVING || worker.isTearingDown) return;
    worker.isTearingDown = true;
    const limit = this.#pool.options.teardownTimeout ?? TEARDOWN_MS;
    this.#limit(worker, limit, () => this.#endTeardown(worker, limit));
  }

  #ready(worker: PoolWorker): void {
    worker.deadline?.cancel();
    const now = this.#pool.adapter.now();
    this.#pool.caller.starting--;
    worker.isReady = true;
    worker.readyAt = now;
    this.#restartPolicy.cameUp();
    this.#readiness.check();
    this.#hooks.changed();
  }

  /** Gives up the workers whose threads have not begun to run their entry: it may be none. */
  #giveUpLate(): void {
    const { workers, adapter, options } = this.#pool;
    const before = adapter.now() - ENTRY_MS + TOGETHER_MS;
    const late = filter(workers, (worker) => !worker.isFinished && worker.threadId === 0 && worker.since <= before);
    for (const worker of late) {
      worker.isLate = true;
      worker.cause ??= { error: overdueError(worker, options.worker, ENTRY_MS) };
      this.#hooks.kill(worker);
      // The port of a thread that never had it may not close.
      this.#limit(worker, GONE_MS, () => this.gone(worker));
    }
    for (const worker of late) this.#finish(worker);
  }

  #endTeardown(worker: PoolWorker, limit: number): void {
    if (worker.isFinished) return;
    this.#warn(
      "hangs",
      `multicore: 'teardown' has not ended after ${limit} ms in worker ${worker.id}, whose thread is ended now; the option 'teardownTimeout' gives it more time`,
    );
    this.dismiss(worker);
    this.#hooks.kill(worker);
  }

  /** Says something once that nobody else would hear of. */
  #warn(what: "failed" | "hangs", message: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#pool.warn(message);
  }

  /** Looks at everything without events and timers, for a caller whose event loop is blocked. */
  poll(): void {
    const { caller, workers, adapter } = this.#pool;
    this.#restartPolicy.check();
    caller.noticeLives();
    for (const worker of [...workers]) {
      worker.deadline?.check();
      const thread = worker.threadId;
      if (thread <= 0 || adapter.threadAlive(thread) !== false) continue;
      if (worker.isCondemned) this.gone(worker); // too many of them keep others from being started
      else this.#finish(worker);
    }
  }

  /** The runtime says that the worker ended. */
  exited(worker: PoolWorker, code: number | undefined): void {
    worker.exitCode ??= code;
    worker.hasExited = true;
    if (worker.isGone) return;
    // A thread that ended before it took its port has not touched the lane, and the port never closes.
    if (worker.isDisconnected || worker.threadId === 0) return this.#end(worker);
    // Deno says so of a thread that was told to die although it runs on.
    if (worker.isCondemned && worker.isReady && !this.#pool.adapter.supports.interrupt) return;
    // The port's close is the proof of death; should it never come, this must do.
    this.#limit(worker, GONE_MS, () => this.gone(worker));
  }

  /** The port closed: the thread is gone. */
  gone(worker: PoolWorker): void {
    if (worker.isGone) return;
    worker.isDisconnected = true;
    const tells = worker.handle?.tellsExit === true;
    const isKnown = worker.isFinished || worker.hasExited || worker.life >= at.LIFE_FAILED ||
      (worker.cause !== undefined && !tells);
    if (isKnown) this.#end(worker);
    else this.#limit(worker, tells ? TOLD_MS : DETAILS_MS, () => this.#end(worker));
  }

  #end(worker: PoolWorker): void {
    if (worker.isGone) return;
    worker.isGone = true;
    worker.deadline?.cancel();
    this.#finish(worker);
    // A result may have been published after the worker was given up.
    worker.drainSlots();
    failRest(worker, this.#pool);
    this.#hooks.remove(worker);
  }

  /** Sees to the tasks of a worker that died by itself, and replaces it. */
  #finish(worker: PoolWorker): void {
    if (worker.isFinished) return;
    const isWanted = !this.isClosed && worker.standby === 0;
    const lost = this.dismiss(worker);
    if (!worker.isDisconnected && !worker.hasExited && !worker.isCondemned) this.#expectEnd(worker);
    if (worker.life === at.LIFE_STOPPED) {
      const { id, cause } = worker;
      if (cause !== undefined) {
        this.#warn("failed", `multicore: 'teardown' failed in worker ${id}: ${toText(cause.error)}`);
      }
    } else if (isWanted) this.#restartPolicy.replace(worker, lost);
    this.#hooks.changed();
  }

  /** A thread that announced its end, and may not come to it, as when an exit handler throws, is told to die after a while. */
  #expectEnd(worker: PoolWorker): void {
    this.#limit(worker, END_MS, () => this.#hooks.kill(worker));
    const dying = filter(this.#pool.workers, (other) => other.life === at.LIFE_DEAD && !other.isCondemned);
    // Tasks that end their workers like that one after the other shall not pile up threads.
    if (dying.length > this.#hooks.target()) this.#hooks.kill(reduce(dying, (a, b) => a.id < b.id ? a : b));
  }

  /** Ends a worker's part in the pool: those done are settled, those not begun run elsewhere, the others fail. */
  dismiss(worker: PoolWorker): number {
    if (!worker.isReady) this.#pool.caller.starting--;
    worker.refuse();
    worker.isFinished = true;
    this.#scheduler.reclaim(worker);
    worker.drainSlots();
    readLastWords(worker, this.#pool.taskCodec.codec);
    return failRunning(worker, this.#pool, this.#scheduler);
  }
}
