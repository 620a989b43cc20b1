/**
 * The pool's workers from start to end: starts them, notices their deaths, replaces them.
 *
 * @module
 */

import type { Adapter, Port } from "../adapter.ts";
import { MulticoreError, WorkerExitError } from "../errors.ts";
import * as at from "../transport/layout.ts";
import type { WorkerInit } from "../transport/messages.ts";
import type { PoolCore } from "./core.ts";
import { Member } from "./member.ts";
import type { TaskRecord } from "./record.ts";
import { Retreat } from "./retreat.ts";
import type { Scheduler } from "./scheduler.ts";

/** How long a dead worker's exit code and error may take to arrive after its port closed, in ms. */
const DETAILS_MS = 30;
/** How long a worker that was told to end is given before its thread counts as gone, in ms. */
const GONE_MS = 1000;

/** What the crew needs of the rest of the pool. */
export interface CrewHooks {
  /** A worker asks to be looked at. */
  look(): void;
  /** A worker is gone or ready: tasks may have to be moved. */
  changed(): void;
}

/** Starts, watches and replaces workers. */
export class Crew {
  readonly #core: PoolCore;
  readonly #scheduler: Scheduler;
  readonly #hooks: CrewHooks;
  readonly #adapter: Adapter;
  /** Delays after failed starts. */
  readonly #retreat: Retreat = new Retreat();
  /** How many workers there shall be. */
  target = 0;
  /** Workers started in place of others. */
  restarts = 0;
  /** Workers that were told to die and whose threads may still run. */
  readonly #condemned: Set<Member> = new Set();
  #nextId = 0;
  #isClosed = false;
  #warned = false;
  /** Why no worker can start, in a box, once that is given up. */
  #broken: { readonly error: unknown } | undefined;
  /** Wait until all workers are ready, or one cannot start. */
  #onStarted: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  /** Wait until no worker is left. */
  #onEmpty: (() => void)[] = [];

  constructor(core: PoolCore, scheduler: Scheduler, hooks: CrewHooks) {
    this.#core = core;
    this.#scheduler = scheduler;
    this.#hooks = hooks;
    this.#adapter = core.adapter;
  }

  /** Threads that were told to die and may still run. */
  get abandoned(): number {
    return this.#condemned.size;
  }

  /** Why no worker can start, in a box. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#broken;
  }

  /** Starts or retires workers so that there are `target`. */
  resize(target: number): void {
    this.target = target;
    this.#broken = undefined;
    this.#retreat.reset();
    const spare = this.#core.members.filter((member) => member.accepting);
    // Those that do nothing go first.
    spare.sort((a, b) => b.inFlight - a.inFlight);
    for (const member of spare.slice(target)) this.retire(member);
    this.#fill();
  }

  /** Starts workers in place of those that take no more tasks. */
  refill(): void {
    this.restarts++;
    this.#fill();
  }

  /** Starts workers up to the target, unless too many abandoned threads still run. */
  #fill(): void {
    if (this.#isClosed || this.#broken !== undefined || this.#retreat.isWaiting) return;
    let alive = 0;
    for (const member of this.#core.members) if (member.accepting) alive++;
    for (; alive < this.target; alive++) {
      if (this.#condemned.size >= this.target) {
        if (!this.#warned) {
          this.#warned = true;
          this.#adapter.warn(
            `multicore: ${this.#condemned.size} abandoned threads still run, as ${this.#adapter.name} cannot stop them; tasks wait until one ends`,
          );
        }
        return;
      }
      this.#spawn();
    }
  }

  #spawn(): void {
    const core = this.#core;
    const { options } = core;
    const [port, theirs] = this.#adapter.channel();
    const results = core.createArena();
    const member: Member = new Member(
      this.#adapter,
      {
        onDone: (record, slot, received) => this.#scheduler.onDone(member, record, slot, received),
        onLook: () => this.#look(member),
        onGone: () => this.#gone(member),
      },
      this.#nextId++,
      core.args,
      results,
      port,
    );
    member.activeWord = core.caller.takeActiveWord();
    const init: WorkerInit = {
      lane: member.buffer,
      control: core.caller.buffer,
      functions: core.functionLog,
      args: core.args.buffer,
      results,
      port: theirs,
      id: member.id,
      activeWord: member.activeWord,
      modules: (options.modules ?? []).map(String),
      setup: options.setup === undefined ? -1 : core.functions.ofValue(options.setup).number,
      teardown: options.teardown === undefined ? -1 : core.functions.ofValue(options.teardown).number,
      tasksPerWorker: core.tasksPerWorker,
      watchHeap: options.maxWorkerBytes !== undefined && options.maxWorkerBytes !== Infinity,
    };
    core.members.push(member);
    try {
      member.handle = this.#adapter.spawn({
        entry: options.worker === undefined ? undefined : new URL(options.worker),
        init,
        transfer: [theirs as Port],
        name: options.name ?? "multicore",
        env: options.env,
        resourceLimits: options.resourceLimits,
        onExit: (code) => {
          member.exitCode ??= code;
          // The port's close is the proof of death; should it never come, this must do.
          this.#adapter.delay(() => this.#gone(member), GONE_MS);
        },
        onError: (error) => {
          member.cause ??= { error };
        },
      });
    } catch (error) {
      member.cause = { error };
      this.#gone(member);
    }
  }

  /** A worker's state may have changed. */
  #look(member: Member): void {
    this.#noticeLife(member);
    this.#hooks.look();
  }

  #noticeLife(member: Member): void {
    const life = member.life;
    if (life === at.LIFE_READY && !member.isReady && !member.isFinished) {
      member.isReady = true;
      if (this.#core.members.every((other) => other.isReady || !other.accepting)) {
        for (const { resolve } of this.#onStarted.splice(0)) resolve();
      }
      this.#hooks.changed();
    } else if (life > at.LIFE_READY) {
      this.#finish(member);
    }
  }

  /** Reads the lanes' states, for a caller whose event loop is blocked. */
  noticeAll(): void {
    for (const member of [...this.#core.members]) {
      this.#noticeLife(member);
      const thread = member.words[at.THREAD_ID]!;
      if (!member.isFinished && thread !== 0 && this.#adapter.threadAlive(thread) === false) this.#finish(member);
    }
  }

  /** The port closed: the thread is gone. */
  #gone(member: Member): void {
    if (member.isGone) return;
    const known = member.life > at.LIFE_READY || member.exitCode !== undefined || member.cause !== undefined ||
      member.isFinished;
    const end = (): void => {
      if (member.isGone) return;
      member.isGone = true;
      this.#finish(member);
      this.#remove(member);
    };
    if (known) end();
    else this.#adapter.delay(end, DETAILS_MS);
  }

  /** Sees to a dead worker's tasks: those done are settled, those not begun run elsewhere, the others fail. */
  #finish(member: Member): void {
    if (member.isFinished) return;
    member.accepting = false;
    member.isFinished = true;
    this.#scheduler.reclaim(member);
    member.drainSlots();
    this.#readLastWords(member);
    this.#failRunning(member);
    if (!this.#isClosed && member.life !== at.LIFE_STOPPED) this.#replace(member, member.isReady);
    this.#hooks.changed();
  }

  /** Gives up all that a worker still runs, and what only it could have run. */
  #failRunning(member: Member): void {
    for (const slot of member.occupied()) {
      const record = member.taskOf(slot)!;
      if (record.isPinned && this.#scheduler.revoke(record)) member.pinned.push(record);
    }
    for (const record of member.pinned.splice(0)) this.#core.settle(record, false, exitError(member, record));
    for (const slot of member.occupied()) {
      const record = member.taskOf(slot)!;
      if (!this.#scheduler.abandon(record)) continue;
      if (record.doom !== null) {
        this.#core.settle(record, false, record.doom.reason);
      } else if (record.retriesLeft > 0) {
        record.retriesLeft--;
        record.restore();
        this.#core.queue.unshift(record);
      } else {
        this.#core.settle(record, false, exitError(member, record));
      }
    }
  }

  /** Starts a worker in place of one that died; later and later, and not for ever, if they die young. */
  #replace(member: Member, wasReady: boolean): void {
    const error = startError(member, wasReady);
    for (const { reject } of this.#onStarted.splice(0)) reject(error);
    if (wasReady && member.completed > 0) this.#retreat.reset();
    else if (!wasReady || member.cause !== undefined) {
      if (this.#retreat.isWaiting) return; // workers that fail together are one failure
      const delay = this.#retreat.next();
      if (delay === undefined) {
        if (!this.#core.members.some((other) => other.accepting)) this.#giveUp(error);
        return;
      }
      this.#core.hold();
      this.#adapter.delay(() => {
        this.#core.release();
        this.#retreat.over();
        this.refill();
      }, delay);
      return;
    }
    this.refill();
  }

  #giveUp(error: unknown): void {
    this.#broken = { error };
    for (const record of this.#core.queue.clear()) this.#core.settle(record, false, error);
  }

  #remove(member: Member): void {
    const { members } = this.#core;
    const place = members.indexOf(member);
    if (place >= 0) members.splice(place, 1);
    this.#condemned.delete(member);
    this.#core.pastBusy += member.busy;
    this.#core.pastLife += performance.now() - member.since;
    this.#core.caller.freeActiveWord(member.activeWord);
    member.close();
    this.#fill();
    if (members.length === 0 && this.#condemned.size === 0) {
      for (const empty of this.#onEmpty.splice(0)) empty();
    }
  }

  #readLastWords(member: Member): void {
    member.exitCode = member.life > at.LIFE_READY ? member.words[at.EXIT_CODE] : member.exitCode;
    const length = member.words[at.LAST_WORDS_LENGTH]!;
    if (length <= 0 || length > at.LAST_WORDS_BYTES) return;
    const bytes = member.bytes.slice(at.LAST_WORDS * 4, at.LAST_WORDS * 4 + length);
    try {
      member.cause = { error: this.#core.outgoing.codec.decode(bytes, "auto", []) };
    } catch (error) {
      member.cause = { error };
    }
  }

  /** Has a worker finish what it runs, tear down and end; its waiting tasks go elsewhere. */
  retire(member: Member): void {
    if (!member.accepting) return;
    member.accepting = false;
    this.#scheduler.reclaim(member);
    member.stop();
  }

  /** Replaces a worker that has run or grown enough. */
  recycle(member: Member): void {
    if (!member.accepting) return;
    this.retire(member);
    this.refill();
  }

  /**
   * Replaces a worker whose running task was given up: its thread is told to die, and whether or
   * not it does, it gets no task any more.
   */
  condemn(member: Member): void {
    if (member.isGone || member.isCondemned) return;
    member.isCondemned = true;
    this.#condemned.add(member);
    if (!member.isFinished) {
      // Not `#finish`, which is for workers that died by themselves.
      member.accepting = false;
      member.isFinished = true;
      this.#scheduler.reclaim(member);
      member.drainSlots();
      this.#failRunning(member);
    }
    this.#kill(member);
    this.refill();
    this.#hooks.changed();
  }

  #kill(member: Member): void {
    member.stop();
    member.handle?.terminate();
  }

  /** Resolves when every worker is ready; rejects when one cannot start. */
  started(): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken.error);
    if (this.#core.members.length > 0 && this.#core.members.every((member) => member.isReady || !member.accepting)) {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#onStarted.push({ resolve, reject }));
  }

  /** Tells all workers to finish and end. */
  stopAll(): void {
    this.#isClosed = true;
    for (const member of [...this.#core.members]) this.retire(member);
  }

  /** Tells all threads to die at once. */
  killAll(): void {
    this.#isClosed = true;
    for (const member of [...this.#core.members]) {
      member.accepting = false;
      this.#kill(member);
    }
    for (const { reject } of this.#onStarted.splice(0)) reject(new MulticoreError("The pool was terminated while it started"));
  }

  /** Resolves when no worker is left. */
  empty(): Promise<void> {
    if (this.#core.members.length === 0 && this.#condemned.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }
}

/** What a task gets whose worker died. */
function exitError(member: Member, record: TaskRecord): WorkerExitError {
  const { exitCode, cause } = member;
  const code = exitCode === undefined ? "" : ` with code ${exitCode}`;
  const why = cause === undefined ? "" : `: ${String(cause.error)}`;
  return new WorkerExitError(`Worker ${member.id} exited${code} ${record.isPinned ? "before" : "while"} it ran '${record.fn.name}'${why}`, {
    exitCode,
    functionName: record.fn.name,
    workerId: member.id,
    ...(cause === undefined ? {} : { cause: cause.error }),
  });
}

/** Why a worker did not come up, or died with nothing to do. */
function startError(member: Member, wasReady: boolean): unknown {
  if (!wasReady && member.cause !== undefined) return member.cause.error;
  const when = wasReady ? "while it ran no task" : "while it started";
  return new WorkerExitError(`Worker ${member.id} exited ${when}, with code ${member.exitCode ?? "unknown"}`, {
    exitCode: member.exitCode,
    functionName: "",
    workerId: member.id,
    ...(member.cause === undefined ? {} : { cause: member.cause.error }),
  });
}
