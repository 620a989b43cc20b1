/**
 * The pool's workers from start to end: starts them, notices their deaths, replaces them.
 *
 * @module
 */

import type { Adapter } from "../../adapter.ts";
import { PoolClosedError } from "../../errors.ts";
import * as at from "../../transport/layout.ts";
import { Abandoned } from "./zombies.ts";
import type { PoolCore } from "../state/pool_state.ts";
import { failRest, failRunning, isOverdue, readLastWords } from "./worker_exit.ts";
import type { Member } from "../state/pool_worker.ts";
import { prepareMember, spawnOptions } from "./spawn.ts";
import { Readiness } from "./readiness.ts";
import { Retreat } from "./backoff.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";
import { Succession } from "./restart_policy.ts";
import { Waiters } from "../state/waiters.ts";

/** How long a dead worker's exit code and error may take to arrive after its port closed, in ms. */
const DETAILS_MS = 30;
/** How long a worker that was told to end is given before its thread counts as gone, in ms. */
const GONE_MS = 1000;

/** What the crew needs of the rest of the pool: a look at a worker's lane; tasks moved, as a worker is gone or ready. */
export type CrewHooks = Readonly<Record<"look" | "changed", () => void>>;

/** Starts, watches and replaces workers. */
export class Crew {
  readonly #core: PoolCore;
  readonly #scheduler: Scheduler;
  readonly #hooks: CrewHooks;
  readonly #adapter: Adapter;
  /** How many workers there shall be. */
  target = 0;
  /** Workers started in place of others. */
  restarts = 0;
  readonly #abandoned: Abandoned;
  #nextId = 0;
  #isClosed = false;
  /** Whether the user was told that `teardown` fails. */
  #warned = false;
  readonly #readiness: Readiness;
  readonly #succession: Succession;
  /** Wait until one more worker is gone, or its thread was told to die. */
  readonly #departed: Waiters = new Waiters();

  constructor(core: PoolCore, scheduler: Scheduler, hooks: CrewHooks) {
    this.#core = core;
    this.#scheduler = scheduler;
    this.#hooks = hooks;
    this.#adapter = core.adapter;
    this.#abandoned = new Abandoned(core);
    core.caller.onRing = () => this.#rung();
    const retreat = new Retreat();
    this.#readiness = new Readiness(core.members, retreat);
    this.#succession = new Succession(core, this.#readiness, retreat, () => this.refill());
  }

  /** See `PoolStats`. */
  get abandoned(): number {
    return this.#abandoned.size;
  }

  /** See `Succession`. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#succession.broken;
  }

  /** Starts or retires workers so that there are `target`. */
  resize(target: number): void {
    this.target = target;
    this.#succession.reset();
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
    if (this.#isClosed || this.#succession.isBarred) return;
    let alive = 0;
    for (const member of this.#core.members) if (member.accepting) alive++;
    for (; alive < this.target - this.#succession.missing; alive++) {
      if (this.#abandoned.areTooMany(this.target)) return;
      this.#spawn();
    }
  }

  #spawn(): void {
    const core = this.#core;
    const id = this.#nextId++;
    const { member, init, transfer } = prepareMember(core, id, {
      onDone: (record, slot, received) => this.#scheduler.onDone(member, record, slot, received),
      onLook: () => this.#hooks.look(),
      onGone: () => this.#gone(member),
    });
    core.members.push(member);
    core.caller.listen(); // it says when it is ready
    try {
      member.handle = this.#adapter.spawn({
        ...spawnOptions(core.options),
        init,
        transfer,
        onExit: (code) => {
          member.exitCode ??= code;
          if (member.isGone) return;
          // The port's close is the proof of death; should it never come, this must do.
          member.cancelGone = this.#adapter.delay(() => this.#gone(member), GONE_MS);
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

  /** A worker has rung: it has results, or its state has changed. */
  #rung(): void {
    const { bell } = this.#core.caller; // before the look at them: a ring after that look is a new value
    let isStarting = false;
    for (const member of [...this.#core.members]) {
      this.#noticeLife(member);
      isStarting ||= !member.isReady && !member.isFinished;
    }
    if (isStarting) this.#core.caller.listen(bell);
    this.#hooks.look();
  }

  #noticeLife(member: Member): void {
    const life = member.life;
    if (life === at.LIFE_READY && !member.isReady && !member.isFinished) {
      member.isReady = true;
      member.readyAt = performance.now();
      this.#readiness.check();
      this.#hooks.changed();
    } else if (life > at.LIFE_READY) {
      this.#finish(member);
    }
  }

  /** Reads the lanes' states, for a caller whose event loop is blocked. */
  noticeAll(): void {
    this.#succession.retry();
    for (const member of [...this.#core.members]) {
      this.#noticeLife(member);
      const thread = member.words[at.THREAD_ID]!;
      if (thread === 0 && isOverdue(member)) {
        this.#finish(member);
        member.kill();
      }
      if (thread <= 0 || this.#adapter.threadAlive(thread) !== false) continue;
      if (member.isCondemned) this.#gone(member); // too many of them keep others from being started
      else this.#finish(member);
    }
    if (this.#abandoned.forgetStopped()) this.#fill();
  }

  /** The port closed: the thread is gone. */
  #gone(member: Member): void {
    if (member.isGone) return;
    const known = member.life > at.LIFE_READY || member.exitCode !== undefined || member.cause !== undefined ||
      member.isFinished;
    const end = (): void => {
      if (member.isGone) return;
      member.isGone = true;
      member.cancelGone?.(); // it would keep the whole pool in memory
      this.#finish(member);
      // A result may have been published after the worker was given up.
      member.drainSlots();
      failRest(member, this.#core);
      this.#remove(member);
    };
    if (known) end();
    else this.#adapter.delay(end, DETAILS_MS);
  }

  /** Sees to the tasks of a worker that died by itself, and replaces it. */
  #finish(member: Member): void {
    if (member.isFinished) return;
    const lost = this.#dismiss(member);
    if (member.life === at.LIFE_STOPPED) this.#warn(member);
    else if (!this.#isClosed) this.#succession.replace(member, lost);
    this.#hooks.changed();
  }

  /** Says once that `teardown` fails: nobody else would hear of it. */
  #warn({ id, cause }: Member): void {
    if (cause === undefined || this.#warned) return;
    this.#warned = true;
    this.#adapter.warn(`multicore: 'teardown' failed in worker ${id}: ${String(cause.error)}`);
  }

  /** Ends a worker's part in the pool: those done are settled, those not begun run elsewhere, the others fail. */
  #dismiss(member: Member): number {
    member.accepting = false;
    member.isFinished = true;
    this.#scheduler.reclaim(member);
    member.drainSlots();
    readLastWords(member, this.#core.outgoing.codec);
    return failRunning(member, this.#core, this.#scheduler);
  }

  #remove(member: Member): void {
    const { members } = this.#core;
    const place = members.indexOf(member);
    if (place >= 0) members.splice(place, 1);
    this.#abandoned.delete(member);
    this.#core.pastBusy += member.busy;
    this.#core.pastLife += performance.now() - member.since;
    this.#core.caller.freeActiveWord(member.activeWord);
    member.close();
    this.#fill();
    this.#departed.release();
  }

  /** Has a worker finish what it runs, tear down and end; its waiting tasks go elsewhere. */
  retire(member: Member): void {
    if (!member.accepting) return;
    member.accepting = false;
    this.#readiness.check(); // it may be the one that others waited for
    this.#scheduler.reclaim(member);
    member.isLeaving = true;
    this.#scheduler.flushPinned(member);
  }

  /** Replaces a worker that has run or grown enough. */
  recycle(member: Member): void {
    if (!member.accepting) return;
    this.retire(member);
    this.refill();
  }

  /** Replaces a worker whose running task was given up: its thread is told to die, and gets no task even if it does not. */
  condemn(member: Member): void {
    if (!this.#abandoned.add(member)) return;
    if (!member.isFinished) this.#dismiss(member);
    member.kill();
    this.#departed.release();
    this.refill();
    this.#hooks.changed();
  }

  /** Resolves when every worker is ready; rejects when one cannot start. */
  started(): Promise<void> {
    if (this.broken !== undefined) return Promise.reject(this.broken.error);
    return this.#readiness.wait();
  }

  /** Tells all workers to finish and end. */
  stopAll(): void {
    this.#isClosed = true;
    for (const member of [...this.#core.members]) this.retire(member);
    this.#readiness.release();
  }

  /** Tells the threads to die of workers that have not come up. */
  killStarting(): void {
    for (const member of [...this.#core.members]) if (member.life === at.LIFE_STARTING) this.#kill(member);
  }

  /** Tells all threads to die at once. */
  killAll(): void {
    this.#isClosed = true;
    for (const member of [...this.#core.members]) this.#kill(member);
    this.#readiness.fail(new PoolClosedError("The pool was terminated while it started"));
  }

  /** Tells a thread to die that has no task, and counts it until it has. */
  #kill(member: Member): void {
    member.accepting = false;
    this.#abandoned.add(member);
    member.kill();
    this.#departed.release();
  }

  /** Resolves when no worker is left but those whose threads were told to die. */
  async left(): Promise<void> {
    while (!this.#core.members.every((member) => member.isCondemned)) await this.#departed.wait();
  }

  /** Resolves when no worker is left; there may be threads that nothing can stop. */
  async gone(): Promise<void> {
    while (this.#core.members.length > 0) await this.#departed.wait();
  }
}
