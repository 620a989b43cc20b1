/**
 * A pool of workers as an engine: puts the parts together.
 *
 * @module
 */

import type { Adapter } from "../adapter.ts";
import { collectProxies, hasTransfer } from "../codec/mod.ts";
import { misuse, QueueFullError } from "../errors.ts";
import { type Engine, ModuleExport, type Sink, type Target, type Ticket } from "../executor/executor.ts";
import type { CallOptions, PoolOptions } from "../options.ts";
import { Blocking } from "./blocking_wait.ts";
import { PoolCore } from "./state/pool_state.ts";
import { Crew } from "./supervision/supervisor.ts";
import { Ending } from "./shutdown.ts";
import type { Member } from "./state/pool_worker.ts";
import { Poller } from "./scheduling/completion_poller.ts";
import { TaskRecord } from "./state/task.ts";
import { countPool, type PoolStats } from "./stats.ts";
import { Scheduler } from "./scheduling/scheduler.ts";
import { Watch } from "./cancellation.ts";

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
  readonly #ending: Ending;

  constructor(adapter: Adapter, options: PoolOptions) {
    this.adapter = adapter;
    const core = this.#core = new PoolCore(adapter, options);
    this.#maxQueue = options.maxQueue ?? Infinity;
    this.#scheduler = new Scheduler(core, (member) => this.#crew.recycle(member));
    this.#poller = new Poller(core, this.#scheduler);
    core.onFreed = () => this.#poller.stir();
    this.#crew = new Crew(core, this.#scheduler, {
      look: () => this.#poller.look(),
      changed: () => {
        this.#scheduler.flush();
        if (core.pending > 0) this.#poller.start();
        else this.#poller.look(); // the last one may have been settled by a worker's end
      },
    });
    this.#watch = new Watch(core, this.#scheduler, this.#crew);
    this.#blocking = new Blocking(core, this.#scheduler, this.#crew, this.#watch, this.#poller);
    this.#ending = new Ending(core, this.#scheduler, this.#crew, this.#poller, () => void this.terminate());
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
    this.#ending.check();
    if (this.#crew.broken !== undefined) throw this.#crew.broken.error;
    const fn = target instanceof ModuleExport
      ? core.functions.ofExport(target.url, target.name)
      : core.functions.ofValue(target);
    const record = new TaskRecord(fn, sink, key, options);
    if (options?.signal?.aborted) return this.#refuse(record, options.signal);
    if (core.pending >= fewest) this.#checkRoom(fn.name, members);
    if (core.room.kept > 0) core.room.kept--;
    core.outgoing.encode(record, args);
    const callbacks = collectProxies();
    if (callbacks !== null) record.extras.callbacks = callbacks;
    // A getter of the arguments, or a user's encoder, may have ended all this.
    if (options?.signal?.aborted) return this.#refuse(record, options.signal);
    if (this.#ending.hasBegun) {
      record.finish();
      this.#ending.check();
    }
    record.sequence = core.submitted++;
    core.pending++;
    if (options !== null && (options.signal !== undefined || record.timeout > 0)) this.#watch.begin(record);
    return record;
  }

  /** Settles a task that was aborted before it was one. */
  #refuse(record: TaskRecord, signal: AbortSignal): TaskRecord {
    record.finish();
    this.#core.failed++;
    record.sink.rejected(record.key, signal.reason);
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
    this.#ending.check();
    this.#scheduler.drain(); // a worker may be worn out by what it has done
    const members = this.#core.members.filter((member) => member.accepting).sort((a, b) => a.id - b.id);
    if (members.length > 1 && hasTransfer(args)) {
      const error = new TypeError("Cannot broadcast what is transferred, as it can move to one worker only");
      throw misuse(error, "TRANSFER_IN_BROADCAST");
    }
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
    this.#ending.check();
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

  /** Resolves when every worker is up and one more task can be queued. */
  async ready(): Promise<void> {
    this.#ending.check();
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
    this.#ending.check();
  }

  /** See `Ending`. */
  close(timeout: number): Promise<void> {
    return this.#ending.close(timeout);
  }

  /** See `Ending`. */
  terminate(): Promise<void> {
    return this.#ending.terminate();
  }

  /** Counters. */
  stats(): PoolStats {
    return countPool(this.#core, this.#crew);
  }
}
