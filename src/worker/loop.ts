/**
 * The worker's loop: takes tasks from its lane and has them run, else spins, blocks or parks. The event loop has its
 * turn in between.
 *
 * @module
 */

import { Atomics } from "../captured.ts";
import * as at from "../transport/layout.ts";
import { SpinBudget } from "../transport/spin_budget.ts";
import type { WorkerLane } from "../transport/worker_lane.ts";
import { type TaskParts, TaskRunner } from "./task_runner.ts";
import { TaskTimer } from "./task_timer.ts";

/** Longest that tasks may keep the event loop waiting, in ms. */
const BUSY_MS = 4;
/** The same while an async task is unsettled: its continuation waits in that event loop. */
const BUSY_WITH_ASYNC_MS = 1;
/** How long an idle worker blocks before it parks in its event loop, in ms. */
const BLOCK_MS = 1;
/** Looks at the ring between two looks at the clock. */
const SPINS_PER_LOOK = 64;

/** What the loop works with. */
export interface LoopParts extends TaskParts {
  readonly tasksPerWorker: number;
  /** Ends the thread: after `teardown`, at once as that was wanted, or at once as one that is to be replaced; called once. */
  readonly finish: (how: "teardown" | "stop" | "spent") => void;
}

/** Gives a worker its tasks, and its rests. */
export class WorkerLoop {
  readonly #parts: LoopParts;
  readonly #lane: WorkerLane;
  readonly #tasks: TaskRunner;
  /** When the event loop last had its turn. */
  #turn = 0;
  readonly #timer: TaskTimer;
  /** The WAKE_SEQ that a `waitAsync` is outstanding on, or -1. */
  #waitingOn = -1;
  /** Whether the event loop is to have a turn before more tasks run. */
  #isTurnDue = false;
  #finished = false;
  /** When it parked, in ms; 0 while it is not parked. */
  #asleepSince = 0;
  readonly #spins: SpinBudget = new SpinBudget();

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#lane = parts.lane;
    this.#timer = new TaskTimer(parts.adapter.now);
    this.#tasks = new TaskRunner(parts, this.#timer, () => this.#pump());
  }

  /** The signal of the running task. */
  signal(): AbortSignal | undefined {
    return this.#tasks.signal();
  }

  /** Makes the check whether the task that runs now was told to end. */
  stopCheck(): () => boolean {
    return this.#tasks.stopCheck();
  }

  /** A turn of the event loop, after all else that was due in it. */
  readonly turn = (): void => {
    this.#isTurnDue = false;
    this.#turn = this.#timer.tick();
    this.#goOn();
  };

  /** Goes on from the event loop. */
  #goOn(): void {
    Atomics.add(this.#lane.words, at.TURNS, 1); // partner: CallerLane.turns
    this.#tasks.checkSignals();
    this.#pump();
  }

  /** Runs tasks until there are none, the event loop is due, or enough async ones are unsettled. */
  #pump(): void {
    const lane = this.#lane;
    // A task that settles in a microtask comes here too: the event loop has its turn first.
    while (!this.#finished && !this.#isTurnDue && !lane.isOver) {
      if (this.#tasks.isSpent) {
        if (this.#tasks.unsettled === 0) this.#parts.finish("spent"); // else each of them comes here
        return;
      }
      const stop = lane.stop;
      // Before the end what the caller has not taken back runs, unless it is to be at once.
      if (stop === at.STOP_NOW || (stop === at.STOP_DRAIN && !lane.hasEntry)) {
        if (stop === at.STOP_NOW || this.#tasks.unsettled === 0) {
          this.#finished = true;
          this.#parts.finish(stop === at.STOP_DRAIN ? "teardown" : "stop");
          return;
        }
        if (this.#park()) continue;
        return;
      }
      if (this.#tasks.unsettled >= this.#parts.tasksPerWorker) {
        // Not told to the caller as parked: a new task needs no wake, only an abort does.
        this.#listen(Atomics.load(lane.words, at.WAKE_SEQ)); // partner: CallerLane.wake
        this.#tasks.checkSignals();
        return;
      }
      const entry = lane.take();
      if (entry !== undefined) {
        const base = lane.claim(entry);
        if (base >= 0) this.#tasks.begin(entry, base);
        const budget = this.#tasks.unsettled > 0 ? BUSY_WITH_ASYNC_MS : BUSY_MS;
        if (this.#timer.time - this.#turn > budget) {
          this.#isTurnDue = true;
          this.#parts.adapter.scheduleRarely(this.turn);
        }
      } else if (!this.#idle()) return;
    }
  }

  /** Waits for a task; gives whether to look at the ring again at once. */
  #idle(): boolean {
    const lane = this.#lane;
    const ms = this.#tasks.unsettled === 0 && lane.maySpin ? this.#spins.begin() : 0;
    if (ms > 0 && this.#spin(ms)) {
      this.#spins.found();
      return true;
    }
    this.#parts.writer.reclaim();
    return this.#park();
  }

  /** Looks for a task for so many ms; leaves the time in the timer. */
  #spin(ms: number): boolean {
    const lane = this.#lane;
    const until = this.#parts.adapter.now() + ms;
    do {
      for (let i = 0; i < SPINS_PER_LOOK; i++) {
        if (!lane.hasEntry) continue;
        this.#timer.tick();
        return true;
      }
      this.#timer.tick();
    } while (this.#timer.time < until && !lane.stopping);
    return false;
  }

  /** Parks: first for a moment in `Atomics.wait`, then in the event loop; one notify serves both. */
  #park(): boolean {
    const lane = this.#lane;
    const seq = lane.park();
    const due = (): boolean =>
      lane.hasEntry || lane.stop === at.STOP_NOW || (lane.stopping && this.#tasks.unsettled === 0);
    if (due()) {
      this.#asleepSince = 0;
      lane.unpark();
      return true;
    }
    this.#asleepSince = this.#timer.time;
    if (this.#tasks.unsettled === 0) lane.wait(seq, BLOCK_MS);
    if (due()) {
      this.#wokenUp();
      return true;
    }
    this.#listen(seq);
    this.#tasks.checkSignals();
    return false;
  }

  /** Goes on from the event loop once WAKE_SEQ moves on from `seq`. */
  #listen(seq: number): void {
    if (this.#waitingOn === seq) return;
    this.#waitingOn = seq;
    this.#lane.waitInEventLoop(seq, () => {
      if (this.#waitingOn === seq) this.#waitingOn = -1;
      // A wake is no turn of the event loop: in a stream of them timers and sockets would never have theirs.
      if (this.#wokenUp() > BUSY_MS) this.#turn = this.#timer.time;
      this.#goOn();
    });
  }

  /** Comes out of a sleep; gives how long it was, in ms, and 0 if there was none. */
  #wokenUp(): number {
    this.#timer.tick();
    if (this.#asleepSince === 0) return 0;
    const ms = this.#timer.time - this.#asleepSince;
    this.#asleepSince = 0;
    this.#lane.unpark();
    this.#spins.slept(ms);
    return ms;
  }
}
