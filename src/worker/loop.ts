/**
 * The worker's loop: takes tasks from the lane and runs them; spins, blocks for a moment and parks
 * when there are none; lets the event loop live in between.
 *
 * @module
 */

import { Atomics, isPromise, promiseAll, promiseResolve, promiseThen, SafeSet } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import type { CallbackScope } from "../codec/mod.ts";
import { MulticoreError, TaskTimeoutError } from "../errors.ts";
import type { FunctionResolver, ResolvedFunction } from "../functions/function_resolver.ts";
import { explainMissingName } from "../functions/missing_name.ts";
import { promiseOf } from "../executor/thenable.ts";
import * as at from "../transport/layout.ts";
import { SpinBudget } from "../transport/spin_budget.ts";
import type { WorkerLane } from "../transport/worker_lane.ts";
import type { ArgumentReader } from "./argument_reader.ts";
import type { ResultWriter } from "./result_writer.ts";
import { type TaskTime, TaskTimer } from "./task_timer.ts";
import { createFlagSignal, type FlagSignal } from "./task_signal.ts";

/** Longest that tasks may keep the event loop waiting, in ms. */
const BUSY_MS = 4;
/** The same while an async task is unsettled: its continuation waits in that event loop. */
const BUSY_WITH_ASYNC_MS = 1;
/** How long an idle worker blocks before it parks in its event loop, in ms. */
const BLOCK_MS = 1;
/** Looks at the ring between two looks at the clock. */
const SPINS_PER_LOOK = 64;

/** A task between its claim and its result. */
interface Running extends TaskTime {
  readonly entry: number;
  readonly base: number;
  signal: FlagSignal | undefined;
  /** Callbacks among the arguments, which end when the task is done. */
  callbacks: CallbackScope | null;
}

/** What the loop works with. */
export interface LoopParts {
  readonly adapter: Adapter;
  readonly lane: WorkerLane;
  readonly reader: ArgumentReader;
  readonly writer: ResultWriter;
  readonly resolver: FunctionResolver;
  readonly tasksPerWorker: number;
  readonly watchHeap: boolean;
  /** Ends the thread: after `teardown`, at once as that was wanted, or at once as one that is to be replaced; called once. */
  readonly finish: (how: "teardown" | "stop" | "spent") => void;
}

/** Runs a worker's tasks. */
export class WorkerLoop {
  readonly #parts: LoopParts;
  readonly #lane: WorkerLane;
  /** Async tasks that are not settled. */
  readonly #unsettled: Set<Running> = new SafeSet();
  /** The task that runs, or that last began. */
  #current: Running | undefined;
  /** When the event loop last had its turn. */
  #turn = 0;
  readonly #timer: TaskTimer;
  /** The WAKE_SEQ that a `waitAsync` is outstanding on, or -1. */
  #waitingOn = -1;
  /** Whether the event loop is to have a turn before more tasks run. */
  #isTurnDue = false;
  #finished = false;
  /** Whether the runtime may still stop what runs next, see `Adapter.runWithTimeout`: then no task shall run here. */
  #isSpent = false;
  /** When it parked, in ms; 0 while it is not parked. */
  #asleepSince = 0;
  readonly #spins: SpinBudget = new SpinBudget();

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#lane = parts.lane;
    this.#timer = new TaskTimer(parts.adapter.now);
  }

  /** The signal of the running task. */
  signal(): AbortSignal | undefined {
    const running = this.#current;
    if (running === undefined) return undefined;
    return (running.signal ??= createFlagSignal(() => this.#lane.isAborted(running.entry))).signal;
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
    this.#checkSignals();
    this.#pump();
  }

  /** Fires the signals of aborted tasks; after WAKE_SEQ was read, so that an abort is seen here or wakes. */
  #checkSignals(): void {
    for (const running of this.#unsettled) running.signal?.check();
  }

  /** Runs tasks until there are none, the event loop is due, or enough async ones are unsettled. */
  #pump(): void {
    const lane = this.#lane;
    // A task that settles in a microtask comes here too: the event loop has its turn first.
    while (!this.#finished && !this.#isTurnDue && !lane.isOver) {
      if (this.#isSpent) {
        if (this.#unsettled.size === 0) this.#parts.finish("spent"); // else each of them comes here
        return;
      }
      const stop = lane.stop;
      // Before the end what the caller has not taken back runs, unless it is to be at once.
      if (stop === at.STOP_NOW || (stop === at.STOP_DRAIN && !lane.hasEntry)) {
        if (stop === at.STOP_NOW || this.#unsettled.size === 0) {
          this.#finished = true;
          this.#parts.finish(stop === at.STOP_DRAIN ? "teardown" : "stop");
          return;
        }
        if (this.#park()) continue;
        return;
      }
      if (this.#unsettled.size >= this.#parts.tasksPerWorker) {
        // Not told to the caller as parked: a new task needs no wake, only an abort does.
        this.#listen(Atomics.load(lane.words, at.WAKE_SEQ)); // partner: CallerLane.wake
        this.#checkSignals();
        return;
      }
      const entry = lane.take();
      if (entry !== undefined) {
        const base = lane.claim(entry);
        if (base >= 0) this.#begin(entry, base);
        const budget = this.#unsettled.size > 0 ? BUSY_WITH_ASYNC_MS : BUSY_MS;
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
    const ms = this.#unsettled.size === 0 && lane.maySpin ? this.#spins.begin() : 0;
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
      lane.hasEntry || lane.stop === at.STOP_NOW || (lane.stopping && this.#unsettled.size === 0);
    if (due()) {
      this.#asleepSince = 0;
      lane.unpark();
      return true;
    }
    this.#asleepSince = this.#timer.time;
    if (this.#unsettled.size === 0) lane.wait(seq, BLOCK_MS);
    if (due()) {
      this.#wokenUp();
      return true;
    }
    this.#listen(seq);
    this.#checkSignals();
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

  /** Begins a claimed task; a synchronous one ends in here as well. */
  #begin(entry: number, base: number): void {
    const { reader, writer, resolver } = this.#parts;
    const { words, numbers } = this.#lane;
    writer.reused(at.entrySlot(entry));
    const began = this.#timer.begin(this.#unsettled.size === 0);
    const running: Running = { entry, base, signal: undefined, callbacks: null, began, spent: -1 };
    const timeout = words[base + at.TIMEOUT]!;
    if (timeout > 0) {
      numbers[(base + at.STARTED) >> 1] = this.#parts.adapter.now();
      Atomics.store(words, base + at.STARTED_GENERATION, at.entryGeneration(entry)); // partner: Deadlines
    }
    try {
      const fn = resolver.resolve(words[base + at.FUNCTION]!);
      const args = reader.read(entry, base, running);
      if (isPromise(fn) || isPromise(args)) {
        const both = promiseThen(promiseAll([fn, args]), ([fn, args]) => this.#call(running, fn, args, timeout));
        return this.#await(running, both);
      }
      const result = this.#call(running, fn, args, timeout);
      if (isPromise(result)) this.#await(running, result);
      else this.#end(running, true, result);
    } catch (error) {
      this.#end(running, false, error);
    }
  }

  /** Calls the function: gives its result, or a promise of it; its own errors are thrown on. */
  #call(running: Running, fn: ResolvedFunction, args: readonly unknown[], timeout: number): unknown {
    this.#current = running;
    const { call } = fn; // called as `fn.call()` the function would get the record as its `this`
    try {
      let result: unknown;
      if (timeout > 0 && !this.#parts.adapter.supports.interrupt) {
        const run = this.#parts.adapter.runWithTimeout(() => call(...args), timeout, () => this.#isSpent = true);
        if (run.timedOut) throw new TaskTimeoutError(`Task '${fn.name}' was stopped after ${timeout} ms`, timeout);
        result = run.value;
      } else {
        result = call(...args);
      }
      const promise = promiseOf(result);
      if (promise === undefined) return result;
      return fn.source === undefined ? promise : promiseThen(promise, undefined, (error) => {
        throw explainMissingName(fn, error) ?? error;
      });
    } catch (error) {
      throw explainMissingName(fn, error) ?? error;
    }
  }

  #await(running: Running, result: PromiseLike<unknown>): void {
    this.#unsettled.add(running);
    this.#timer.wait(running);
    const settle = (ok: boolean, value: unknown): void => {
      this.#unsettled.delete(running);
      this.#timer.tick();
      this.#end(running, ok, value);
      this.#pump();
    };
    promiseThen(promiseResolve(result), (value) => settle(true, value), (error) => settle(false, error));
  }

  /** Publishes the outcome of a task. */
  #end(running: Running, ok: boolean, value: unknown): void {
    const { entry, base } = running;
    if (this.#current === running) this.#current = undefined;
    if (this.#lane.isOver) return; // the caller was told that it dies in this task
    if (running.callbacks !== null) {
      // Said before the result is published, so the caller hears of all calls before it settles the task.
      running.callbacks.end(() => {});
      this.#lane.words[base + at.CALLBACKS_ENDED] = at.entryGeneration(entry);
    }
    this.#timer.end(running, this.#lane.numbers, base);
    if (this.#parts.watchHeap) this.#lane.words[at.HEAP_KIB] = this.#parts.adapter.heapBytes() / 1024;
    try {
      if (ok) this.#parts.writer.value(entry, base, value);
      else this.#parts.writer.error(entry, base, value);
    } catch (error) {
      // Out of memory for the copy, say; the caller must hear of it all the same.
      const failure = new MulticoreError(`Cannot return the task's outcome: ${String(error)}`);
      this.#parts.writer.error(entry, base, failure);
    }
  }
}
