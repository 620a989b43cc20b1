/**
 * A pool of workers as an engine: puts the parts together.
 *
 * @module
 */

import type { Adapter } from "../adapter.ts";
import { collectProxies } from "../codec/mod.ts";
import { misuse, PoolClosedError, QueueFullError } from "../errors.ts";
import { type Engine, ModuleExport, type Sink, type Target, type Ticket } from "../engine.ts";
import type { CallOptions, PoolOptions } from "../options.ts";
import { Blocking } from "./blocking.ts";
import { PoolCore } from "./core.ts";
import { Crew } from "./crew.ts";
import type { Member } from "./member.ts";
import { Poller } from "./poller.ts";
import { TaskRecord } from "./record.ts";
import { countPool, type PoolStats } from "./stats.ts";
import { Scheduler } from "./scheduler.ts";
import { Waiters } from "./waiters.ts";
import { Watch } from "./watch.ts";

/** Runs tasks on workers. */
export class PoolEngine implements Engine {
  readonly adapter: Adapter;
  readonly #core: PoolCore;
  readonly #scheduler: Scheduler;
  readonly #poller: Poller;
  readonly #crew: Crew;
  readonly #watch: Watch;
  readonly #blocking: Blocking;
  readonly #maxQueue: number;
  /** Why no task is taken any more. */
  #closed: PoolClosedError | undefined;
  /** Resolves when the pool is closed. */
  #closing: Promise<void> | undefined;
  readonly #terminated: Waiters = new Waiters();
  readonly #onSignal: (() => void) | undefined;

  constructor(adapter: Adapter, options: PoolOptions) {
    this.adapter = adapter;
    const core = this.#core = new PoolCore(adapter, options);
    this.#maxQueue = options.maxQueue ?? Infinity;
    this.#scheduler = new Scheduler(core, (member) => this.#crew.recycle(member));
    this.#poller = new Poller(core, this.#scheduler);
    this.#crew = new Crew(core, this.#scheduler, {
      look: () => this.#poller.look(),
      changed: () => {
        this.#scheduler.flush();
        if (core.pending > 0) this.#poller.start();
      },
    });
    this.#watch = new Watch(core, this.#scheduler, this.#crew);
    this.#blocking = new Blocking(core, this.#scheduler, this.#crew, this.#watch, this.#poller);
    const { signal } = options;
    if (signal !== undefined) {
      signal.throwIfAborted();
      this.#onSignal = () => void this.terminate();
      signal.addEventListener("abort", this.#onSignal);
    }
    this.#crew.resize(options.workers ?? core.cores);
  }

  get pending(): number {
    return this.#core.pending;
  }

  /** How many workers there shall be. */
  get size(): number {
    return this.#crew.target;
  }

  submit(target: Target, args: readonly unknown[], sink: Sink, key: unknown, options: CallOptions | null): TaskRecord {
    const record = this.#createRecord(target, args, sink, key, options, this.#maxQueue, null);
    if (record.settled) return record;
    this.#scheduler.submit(record);
    this.#poller.start();
    return record;
  }

  /**
   * Makes a task of a call.
   *
   * @param fewest the queue can be full only if so many tasks are pending
   * @param members see `Room.isFull`
   */
  #createRecord(
    target: Target,
    args: readonly unknown[],
    sink: Sink,
    key: unknown,
    options: CallOptions | null,
    fewest: number,
    members: readonly Member[] | null,
  ): TaskRecord {
    const core = this.#core;
    this.#checkOpen();
    if (this.#crew.broken !== undefined) throw this.#crew.broken.error;
    const fn = target instanceof ModuleExport
      ? core.functions.ofExport(target.url, target.name)
      : core.functions.ofValue(target);
    const record = new TaskRecord(fn, sink, key, options);
    if (options?.signal?.aborted) {
      record.settled = true;
      core.failed++;
      sink.rejected(key, options.signal.reason);
      return record;
    }
    if (core.pending >= fewest) this.#checkRoom(fn.name, members);
    if (core.room.kept > 0) core.room.kept--;
    core.outgoing.encode(record, args);
    const callbacks = collectProxies();
    if (callbacks !== null) record.extras.callbacks = callbacks;
    record.sequence = core.submitted++;
    core.pending++;
    if (options !== null && (options.signal !== undefined || record.timeout > 0)) this.#watch.begin(record);
    return record;
  }

  #checkRoom(name: string, members: readonly Member[] | null): void {
    this.#scheduler.drain();
    this.#scheduler.flush();
    if (!this.#core.room.isFull(members)) return;
    throw new QueueFullError(
      `Cannot queue '${name}' as 'maxQueue' tasks wait already: ${this.#maxQueue}; await pool.ready() before submitting more`,
    );
  }

  drop(ticket: Ticket): void {
    const record = ticket as TaskRecord;
    if (record.settled || (!record.isQueued && !this.#scheduler.revoke(record))) return;
    this.#core.settle(record, false, undefined);
    this.#core.failed--;
  }

  abort(ticket: Ticket, reason: unknown): void {
    this.#watch.abort(ticket as TaskRecord, reason);
  }

  block(isDone: () => boolean, tickets: readonly Ticket[], ms: number): boolean {
    for (const ticket of tickets) {
      if ((ticket as TaskRecord).has.callbacks === null) continue;
      const error = new TypeError(
        "Cannot wait for a task with a proxy() by blocking: the callback runs in this thread's event loop; use get() or run()",
      );
      this.abort(ticket, error);
      throw misuse(error, "PROXY_IN_BLOCKING_CALL");
    }
    return this.#blocking.wait(isDone, tickets as readonly TaskRecord[], ms);
  }

  broadcast(target: Target, args: readonly unknown[], options: CallOptions | null): Promise<unknown[]> {
    this.#checkOpen();
    const members = this.#core.members.filter((member) => member.accepting).sort((a, b) => a.id - b.id);
    return new Promise((resolve, reject) => {
      const fewest = this.#maxQueue - members.length + 1;
      const values = new Array<unknown>(members.length);
      let left = members.length;
      if (left === 0) resolve(values);
      const sink: Sink = {
        fulfilled: (index, value) => {
          values[index as number] = value;
          if (--left === 0) resolve(values);
        },
        rejected: (_, error) => reject(error),
      };
      for (const [index, member] of members.entries()) {
        // All or none: before the first is submitted there has to be room for all those that will have to wait.
        const record = this.#createRecord(target, args, sink, index, options, index === 0 ? fewest : Infinity, members);
        if (record.settled) continue;
        if (record.has.retriesLeft > 0) record.extras.retriesLeft = 0;
        this.#scheduler.submitTo(member, record);
      }
      this.#poller.start();
    });
  }

  /** Changes the number of workers. */
  resize(workers: number): void {
    this.#checkOpen();
    this.#crew.resize(workers);
    this.#scheduler.flush();
  }

  /** Resolves when every worker is up. */
  async started(): Promise<void> {
    this.#core.hold();
    try {
      await this.#crew.started();
    } finally {
      this.#core.release();
    }
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new PoolClosedError(this.#closed.message);
  }

  /** Resolves when every worker is up and one more task can be queued. */
  async ready(): Promise<void> {
    this.#checkOpen();
    await this.started();
    this.#core.hold();
    try {
      if (this.#core.room.isFull(null)) {
        this.#scheduler.drain();
        this.#scheduler.flush();
      }
      await this.#core.room.enter();
    } finally {
      this.#core.release();
    }
    this.#checkOpen();
  }

  /** Finishes all tasks, then stops the workers; after `timeout` ms terminates. */
  close(timeout: number): Promise<void> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout: number): Promise<void> {
    const core = this.#core;
    this.#shut("Cannot use the pool as it is closed");
    core.hold();
    let cancel: (() => void) | undefined;
    try {
      const drained = async (): Promise<"drained"> => {
        if (core.pending > 0) await core.drained.wait();
        this.#crew.stopAll();
        await this.#crew.empty();
        return "drained";
      };
      const late = new Promise<"late">((resolve) => {
        if (timeout !== Infinity) cancel = core.adapter.delay(() => resolve("late"), timeout);
      });
      const terminated = this.#terminated.wait().then(() => "terminated" as const);
      if (await Promise.race([drained(), late, terminated]) === "late") await this.#kill();
    } finally {
      cancel?.();
      this.#end();
    }
  }

  /** Takes no task any more. */
  #shut(message: string): void {
    this.#closed ??= new PoolClosedError(message);
    this.#core.room.fail(this.#closed);
  }

  /** Rejects all tasks and ends the threads at once. */
  async terminate(): Promise<void> {
    this.#shut("Cannot use the pool as it is terminated");
    this.#core.hold();
    try {
      await this.#kill();
    } finally {
      this.#end();
      this.#terminated.release();
    }
  }

  /** Rejects what is pending and tells the threads to die; waits for them as long as they can be expected to. */
  async #kill(): Promise<void> {
    const core = this.#core;
    const reason = new PoolClosedError("The pool was terminated before the task was done");
    this.#scheduler.drain();
    for (const record of core.queue.clear()) core.settle(record, false, reason);
    for (const member of [...core.members]) {
      for (const record of member.pinned.splice(0)) core.settle(record, false, reason);
      for (const slot of member.occupied()) {
        const record = member.taskOf(slot)!;
        if (this.#scheduler.revoke(record) || this.#scheduler.abandon(record)) core.settle(record, false, reason);
      }
    }
    this.#scheduler.drain();
    this.#crew.killAll();
    let cancel: (() => void) | undefined;
    const patience = new Promise<void>((resolve) => {
      cancel = core.adapter.delay(resolve, core.adapter.supports.interrupt ? 2000 : 100);
    });
    await Promise.race([this.#crew.empty(), patience]);
    cancel!();
  }

  /** Frees what the pool holds. */
  #end(): void {
    const { signal } = this.#core.options;
    if (this.#onSignal !== undefined) signal!.removeEventListener("abort", this.#onSignal);
    this.#core.release();
    this.#poller.stop();
    if (this.#core.members.length === 0) this.#core.keepAlive.close();
  }

  /** Counters. */
  stats(): PoolStats {
    return countPool(this.#core, this.#crew);
  }
}
