/**
 * What the parts of one pool share: its options, memory, queue, workers and counters. A task is settled here, once,
 * whatever its end.
 *
 * @module
 */

import { Math } from "../../captured.ts";
import type { Adapter, KeepAlive } from "../../adapter.ts";
import { createThreadCodec } from "../../executor/thread_codec.ts";
import { FunctionTable } from "../../functions/function_table.ts";
import type { PoolOptions } from "../../options.ts";
import { ArenaWriter, createArenaBuffer } from "../../transport/arena.ts";
import { CallerControl } from "../../transport/caller_control.ts";
import { releaseArguments } from "../../transport/arguments.ts";
import { FunctionWriter } from "../../functions/function_memory.ts";
import type { PoolWorker } from "./pool_worker.ts";
import { TaskCodec } from "./task_codec.ts";
import { TaskQueue } from "./task_queue.ts";
import type { PoolTask } from "./task.ts";
import { Retries } from "./retries.ts";
import { SharedNumbers } from "../../transport/shared_buffers.ts";
import { SetupCall } from "./setup_call.ts";
import { Waiters } from "./waiters.ts";

/** Bytes of an arena at its start, where the options do not say. */
const INITIAL_BYTES = 64 * 1024;
/** Bytes that an arena may grow to, where the options do not say. */
const MAX_BYTES = 256 * 1024 * 1024;

/** State of one pool: its memory, its queue, its workers, its counters. */
export class PoolState {
  readonly adapter: Adapter;
  readonly options: PoolOptions;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly caller: CallerControl;
  readonly functionMemory: FunctionWriter = new FunctionWriter();
  readonly functions: FunctionTable;
  readonly taskCodec: TaskCodec;
  /** What each worker runs before its first task. */
  readonly setup: SetupCall | null;
  readonly args: ArenaWriter;
  readonly queue: TaskQueue = new TaskQueue();
  /** Tasks whose attempt failed and that are to run again. */
  readonly retries: Retries = new Retries(this);
  /** Workers that live, the most recently used first. */
  readonly workers: PoolWorker[] = [];
  /** Keeps the program alive while something is pending. */
  readonly keepAlive: KeepAlive;
  /** Async tasks that a worker may have unsettled. */
  readonly tasksPerWorker: number;
  /** Tasks that are not settled. */
  pending = 0;
  /** Tasks whose function returned. */
  completed = 0;
  /** Tasks that were rejected. */
  failed = 0;
  /** Tasks ever submitted. */
  submitted = 0;
  /** Busy time of workers that are gone, in microseconds. */
  pastBusy = 0;
  /** Life time of workers that are gone, in ms. */
  pastLife = 0;
  /** Wait until no task is pending. */
  readonly drained: Waiters = new Waiters();
  /** Called when a task was settled, last. */
  onSettled: () => void = () => {};
  /** Called when a task was taken back from a worker, or is to run again: no worker rings for that. */
  onRevoked: () => void = () => {};
  /** Operations other than tasks that keep the program alive. */
  #holds = 0;
  #isRef = false;

  constructor(adapter: Adapter, options: PoolOptions) {
    this.adapter = adapter;
    this.options = options;
    this.cores = adapter.availableParallelism();
    this.caller = new CallerControl(this.cores);
    this.functions = new FunctionTable(this.functionMemory, (mark) => {
      for (const worker of this.workers) worker.markFunctions(mark);
    });
    const numbers = new SharedNumbers((number) => {
      for (const worker of this.workers) worker.callerPort.outlet.forget(number);
    });
    this.args = new ArenaWriter(this.createArena());
    const codec = createThreadCodec(adapter);
    this.setup = options.setup === undefined ? null : new SetupCall(options.setup, codec);
    this.taskCodec = new TaskCodec(adapter, codec, this.functions, numbers, this.args.spare);
    this.tasksPerWorker = options.tasksPerWorker ?? 1;
    this.keepAlive = adapter.keepAlive();
  }

  /** Memory for an arena, as the options want it. */
  createArena(): SharedArrayBuffer {
    const { initialBytes = INITIAL_BYTES, maxBytes = MAX_BYTES } = this.options.memory ?? {};
    return createArenaBuffer(Math.min(initialBytes, maxBytes), maxBytes);
  }

  /** Whether it keeps the program alive. */
  get isRef(): boolean {
    return this.#isRef;
  }

  /** Keeps the program alive until `release`. */
  hold(): void {
    this.keepRef();
    this.#holds++;
  }

  /** The partner of `hold`. */
  release(): void {
    this.#holds--;
    this.relax();
  }

  /** Keeps the program alive until `relax` finds nothing pending. */
  keepRef(): void {
    if (this.#isRef) return;
    this.keepAlive.ref();
    this.#isRef = true;
  }

  /** Lets the program end if nothing is pending. */
  relax(): void {
    if (!this.#isRef || this.pending > 0 || this.#holds > 0) return;
    this.functions.forgetLast();
    this.keepAlive.unref();
    this.#isRef = false;
  }

  /** Prints a warning. That it cannot must not keep the pool from what it does. */
  warn(message: string): void {
    try {
      this.adapter.warn(message);
    } catch {
      // There is nobody to tell.
    }
  }

  /**
   * Calls `fn` after `ms`, or at once if the runtime can give no timer: what is put off must not be lost.
   *
   * @returns cancels it
   */
  delay(fn: () => void, ms: number): () => void {
    try {
      return this.adapter.delay(fn, ms);
    } catch {
      fn();
      return () => {};
    }
  }

  /** Rejects all that waits for any worker, or to run again. */
  rejectWaiting(errorFor: (task: PoolTask) => unknown): void {
    for (const task of [...this.queue.clear(), ...this.retries.clear()]) this.settle(task, false, errorFor(task));
  }

  /** Settles a task, once. */
  settle(task: PoolTask, ok: boolean, value: unknown): void {
    if (task.settled) return;
    task.finish();
    task.queue?.withdraw(task);
    releaseArguments(this.args, task);
    this.pending--;
    if (ok) {
      this.completed++;
      task.completion.fulfilled(task.key, value);
    } else {
      this.failed++;
      task.completion.rejected(task.key, value);
    }
    if (this.pending === 0 && !this.drained.isEmpty) this.drained.release();
    this.onSettled();
  }
}
