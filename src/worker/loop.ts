/**
 * The worker's loop: takes tasks from its lane and runs them, else spins, blocks or parks; the event loop lives in between.
 *
 * @module
 */

import { Atomics, isPromise, promiseAll, promiseResolve, promiseThen, SafeSet } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import type { CallbackScope } from "../codec/mod.ts";
import { MulticoreError, TaskTimeoutError } from "../errors.ts";
import { explainMissingName, type FunctionResolver, type ResolvedFunction } from "../functions/function_resolver.ts";
import { promiseOf } from "../executor/thenable.ts";
import * as at from "../transport/layout.ts";
import { SpinBudget } from "../transport/spin_budget.ts";
import type { WorkerLane } from "../transport/worker_lane.ts";
import type { ArgumentReader } from "./argument_reader.ts";
import type { ResultWriter } from "./result_writer.ts";
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
interface Running {
  readonly entry: number;
  readonly base: number;
  /** Whether its result was published: its slot may be another task's. */
  isDone: boolean;
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
  /** Ends the thread, after `teardown` if that is wanted; called once. */
  readonly finish: (tearsDown: boolean) => void;
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
  /** When the last task ended, or the loop came out of idleness: the next task begins then. */
  #clock = 0;
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
  }

  /** The signal of the running task. */
  signal(): AbortSignal | undefined {
    const running = this.#current;
    if (running === undefined) return undefined;
    running.signal ??= createFlagSignal(() => !running.isDone && this.#lane.isAborted(running.entry));
    return running.signal.signal;
  }

  /** A turn of the event loop, after all else that was due in it. */
  readonly turn = (): void => {
    this.#isTurnDue = false;
    this.#turn = this.#clock = this.#parts.adapter.now();
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
    while (!this.#finished && !this.#isTurnDue) {
      const stop = lane.stop;
      // Before the end what the caller has not taken back runs, unless it is to be at once.
      if (stop === at.STOP_NOW || (stop === at.STOP_DRAIN && !lane.hasEntry)) {
        if (stop === at.STOP_NOW || this.#unsettled.size === 0) {
          this.#finished = true;
          this.#parts.finish(stop === at.STOP_DRAIN);
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
        if (this.#clock - this.#turn > budget) {
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

  /** Looks for a task for so many ms; leaves the time in `#clock`. */
  #spin(ms: number): boolean {
    const lane = this.#lane;
    const until = this.#parts.adapter.now() + ms;
    do {
      for (let i = 0; i < SPINS_PER_LOOK; i++) {
        if (!lane.hasEntry) continue;
        this.#clock = this.#parts.adapter.now();
        return true;
      }
      this.#clock = this.#parts.adapter.now();
    } while (this.#clock < until && !lane.stopping);
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
    this.#asleepSince = this.#clock;
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
      if (this.#wokenUp() > BUSY_MS) this.#turn = this.#clock;
      this.#goOn();
    });
  }

  /** Comes out of a sleep; gives how long it was, in ms, and 0 if there was none. */
  #wokenUp(): number {
    this.#clock = this.#parts.adapter.now();
    if (this.#asleepSince === 0) return 0;
    const ms = this.#clock - this.#asleepSince;
    this.#asleepSince = 0;
    this.#lane.unpark();
    this.#spins.slept(ms);
    return ms;
  }

  /** Begins a claimed task; a synchronous one ends in here as well. */
  #begin(entry: number, base: number): void {
    const { reader, writer, resolver } = this.#parts;
    writer.reused(at.entrySlot(entry));
    const running: Running = { entry, base, isDone: false, signal: undefined, callbacks: null };
    const timeout = this.#lane.words[base + at.TIMEOUT]!;
    if (timeout > 0) this.#lane.start(entry, base, this.#parts.adapter.now());
    let fn: ResolvedFunction | Promise<ResolvedFunction> | undefined;
    try {
      fn = resolver.resolve(this.#lane.words[base + at.FUNCTION]!);
      const args = reader.read(entry, base, running);
      if (isPromise(fn) || isPromise(args)) {
        const both = promiseAll([fn, args]);
        this.#await(running, promiseThen(both, ([fn, args]) => this.#call(running, fn, args, timeout)));
        return;
      }
      const result = this.#call(running, fn, args, timeout);
      if (isPromise(result)) this.#await(running, result);
      else this.#end(running, true, result);
    } catch (error) {
      if (fn === undefined) reader.discard(entry, base);
      this.#end(running, false, error);
    }
  }

  /**
   * Calls the function; its own errors are thrown on.
   *
   * @returns its result, or a promise of it
   */
  #call(running: Running, fn: ResolvedFunction, args: readonly unknown[], timeout: number): unknown {
    this.#current = running;
    const { call } = fn; // called as `fn.call()` the function would get the record as its `this`
    try {
      let result: unknown;
      if (timeout > 0 && !this.#parts.adapter.supports.interrupt) {
        const run = this.#parts.adapter.runWithTimeout(() => call(...args), timeout);
        if (run.timedOut) throw new TaskTimeoutError(`Task '${fn.name}' was stopped after ${timeout} ms`, timeout);
        result = run.value;
      } else {
        result = call(...args);
      }
      const promise = promiseOf(result);
      if (promise === undefined) return result;
      return !fn.compiled ? promise : promiseThen(promise, undefined, (error) => {
        throw explainMissingName(fn, error) ?? error;
      });
    } catch (error) {
      throw explainMissingName(fn, error) ?? error;
    }
  }

  #await(running: Running, result: PromiseLike<unknown>): void {
    this.#unsettled.add(running);
    const settle = (ok: boolean, value: unknown): void => {
      this.#unsettled.delete(running);
      this.#clock = this.#parts.adapter.now();
      this.#end(running, ok, value);
      this.#pump();
    };
    promiseThen(promiseResolve(result), (value) => settle(true, value), (error) => settle(false, error));
  }

  /** Publishes the outcome of a task. */
  #end(running: Running, ok: boolean, value: unknown): void {
    const { entry, base } = running;
    if (this.#current === running) this.#current = undefined;
    running.isDone = true;
    if (running.callbacks !== null) {
      // Said before the result is published, so the caller hears of all calls before it settles the task.
      running.callbacks.end(() => {});
      this.#lane.words[base + at.CALLBACKS_ENDED] = at.entryGeneration(entry);
    }
    const now = this.#parts.adapter.now();
    this.#lane.numbers[(base + at.DURATION) >> 1] = (now - this.#clock) * 1000;
    this.#clock = now;
    this.#lane.forgetOldEpoch(now);
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
