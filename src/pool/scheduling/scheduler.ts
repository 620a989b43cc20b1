/**
 * Decides which worker gets which task, and takes back what waits behind a long one.
 *
 * @module
 */

import * as at from "../../transport/layout.ts";
import type { ReceivedPayload } from "../../transport/messages.ts";
import type { PoolCore } from "../state/pool_state.ts";
import { expected, isSteady, learn } from "./run_time.ts";
import type { Member } from "../state/pool_worker.ts";
import { isScalarResult, scalarResult } from "../state/task_codec.ts";
import type { TaskRecord } from "../state/task.ts";

/** Work that may be queued on one lane, in microseconds. */
const DEPTH_US = 200;
/** Work below which it is not worth waking one more worker, in microseconds. */
const WAKE_US = 30;
/**
 * Run time in microseconds below which one worker keeps up with the caller, to whom a task costs about one, with the
 * worker's own cost a task included.
 */
const SUBMIT_US = 4;

/** Moves tasks from the queue to workers. */
export class Scheduler {
  readonly #core: PoolCore;
  /** Called when a worker has run as many tasks, or holds as much memory, as it may. */
  readonly #onWorn: (member: Member) => void;
  readonly #maxTasks: number;
  readonly #maxKiB: number;
  /** Submissions since the queue was last looked at in the middle of a burst. */
  #sinceDrain = 0;

  constructor(core: PoolCore, onWorn: (member: Member) => void) {
    this.#core = core;
    this.#onWorn = onWorn;
    this.#maxTasks = core.options.maxTasksPerWorker ?? Infinity;
    this.#maxKiB = (core.options.maxWorkerBytes ?? Infinity) / 1024;
  }

  /** Gives a task to a worker, or has it wait. Its bytes are still borrowed from the codec. */
  submit(record: TaskRecord): void {
    const core = this.#core;
    const isFirst = core.queue.size === 0;
    if (isFirst) {
      const member = this.#choose(record);
      if (member !== null) {
        this.#give(member, record);
        return;
      }
    }
    // Before any result is read: that may run a user's decoder, which may use the codec, or abort this very task.
    core.outgoing.keep(record);
    core.queue.push(record);
    // In a long burst the event loop has no turn: look at the results here.
    if (isFirst) {
      if (this.drain() > 0) this.flush();
    } else if ((++this.#sinceDrain & 31) === 0) {
      this.drain();
      this.flush();
    }
  }

  /** Gives a task to one certain worker, behind whatever that has. */
  submitTo(member: Member, record: TaskRecord): void {
    record.extras.isPinned = true;
    this.#core.outgoing.keep(record);
    member.pinned.push(record);
    this.flushPinned(member);
  }

  /** Gives a worker what only it may run, as far as it has room; has it end if it is to leave and that was all. */
  flushPinned(member: Member): void {
    const { pinned } = member;
    while (member.hasRoom && !member.isFinished) {
      const record = pinned.peek();
      if (record === undefined) break;
      pinned.take(record);
      this.#give(member, record);
    }
    if (!member.isLeaving || pinned.size > 0) return;
    member.isLeaving = false;
    member.stop(at.STOP_DRAIN);
  }

  /** Gives waiting tasks to workers that take them. */
  flush(): void {
    const { queue, room, members } = this.#core;
    for (let i = 0; i < members.length; i++) {
      const member = members[i]!;
      // All of its tasks may have been aborted: then it is only to leave.
      if (member.pinned.size > 0 || member.isLeaving) this.flushPinned(member);
    }
    for (let record = queue.peek(); record !== undefined; record = queue.peek()) {
      const member = this.#choose(record);
      if (member === null) break;
      queue.take(record);
      this.#give(member, record);
    }
    if (room.isAwaited) room.offer();
  }

  #give(member: Member, record: TaskRecord): void {
    try {
      record.slot = member.push(record);
    } catch (error) {
      this.#core.settle(record, false, error);
      return;
    }
    record.member = member;
    member.given++;
    member.backlog += record.estimate;
    const members = this.#core.members;
    if (members[0] !== member) {
      members.splice(members.indexOf(member), 1);
      members.unshift(member);
    }
  }

  /** The worker for a task: one that is awake before one that sleeps, and none if the task had better wait. */
  #choose(record: TaskRecord): Member | null {
    const { members } = this.#core;
    const cost = record.fn.cost;
    const estimate = record.timeout > 0 ? Infinity : expected(cost);
    record.estimate = estimate > DEPTH_US ? DEPTH_US + 1 : Math.round(estimate);
    // Tasks so short that one worker runs them as fast as this thread submits them stay on the warm one: a second
    // would take turns with it, both asleep half of the time, and take the core that this thread runs on.
    const isShort = estimate !== Infinity && cost.mean < SUBMIT_US && !record.moves;
    const warm = members[0];
    if (isShort && warm !== undefined && warm.inFlight > 0 && warm.accepting && !warm.isStuck) {
      return warm.hasRoom && warm.given < this.#maxTasks ? warm : null;
    }
    return this.#compare(record, estimate);
  }

  /** The worker for a task that none has to take: idle, or with work for a short time only. */
  #compare(record: TaskRecord, estimate: number): Member | null {
    const { members, tasksPerWorker, queue } = this.#core;
    const cost = record.fn.cost;
    const needsIdle = record.moves;
    // A second long task may wait in a worker's slot while there are plenty, so that it starts at once.
    const ahead = queue.size > members.length && record.timeout === 0 && isSteady(cost) ? 2 : 1;
    let sleeper: Member | null = null;
    let busy: Member | null = null;
    for (const member of members) {
      if (!member.accepting || !member.hasRoom || member.given >= this.#maxTasks) continue;
      if (member.inFlight === 0) {
        if (member.isReady && member.isAwake) return member;
        if (sleeper === null || (member.isReady && !sleeper.isReady)) sleeper = member;
      } else if (
        !needsIdle && (!member.isStuck || member.inFlight < tasksPerWorker) &&
        (busy === null || member.inFlight < busy.inFlight) &&
        (member.inFlight < Math.max(tasksPerWorker, ahead) || member.backlog + estimate <= DEPTH_US)
      ) {
        busy = member;
      }
    }
    if (busy === null || sleeper === null) return busy ?? sleeper;
    return busy.backlog + cost.mean > WAKE_US ? sleeper : busy;
  }

  /** Settles all tasks that are done; gives their number. */
  drain(): number {
    let count = 0;
    const members = this.#core.members;
    for (let i = 0; i < members.length; i++) count += members[i]!.drain();
    return count;
  }

  /** A worker has finished a task: called by its lane. */
  onDone(member: Member, record: TaskRecord, slot: number, received: ReceivedPayload | null): void {
    const core = this.#core;
    const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
    const time = member.numbers[(base + at.DURATION) >> 1]!;
    learn(record.fn.cost, time);
    member.isStuck = false;
    member.busy += time;
    this.#left(member, record);
    if (++member.completed >= this.#maxTasks || member.words[at.HEAP_KIB]! > this.#maxKiB) this.#onWorn(member);
    const word = member.words[base + at.RESULT]!;
    const { doom } = record.has;
    if (doom !== null) {
      core.settle(record, false, doom.reason);
    } else if (isScalarResult(word)) {
      core.settle(record, true, scalarResult(member, base, word));
    } else {
      const outcome = core.outgoing.decodeOutcome(member, record, slot, received);
      core.settle(record, outcome.ok, outcome.value);
    }
  }

  #left(member: Member, record: TaskRecord): void {
    record.member = null;
    record.slot = -1;
    member.backlog = member.inFlight === 0 ? 0 : member.backlog - record.estimate;
  }

  /** Takes one task back from its worker, if it has not begun there. */
  revoke(record: TaskRecord): boolean {
    const member = record.member;
    if (member === null || member.revoke(record.slot) === null) return false;
    member.given--;
    this.#left(member, record);
    this.#core.onFreed();
    return true;
  }

  /** Gives up one task that runs; false if it is done by now. */
  abandon(record: TaskRecord): boolean {
    const member = record.member;
    if (member === null || member.abandon(record.slot) === null) return false;
    this.#left(member, record);
    return true;
  }

  /** Takes back all of a worker's tasks that have not begun, and queues them before the others. */
  reclaim(member: Member): void {
    const taken: TaskRecord[] = [];
    for (const slot of member.occupied()) {
      const record = member.taskOf(slot)!;
      if (!record.isBound && member.stateOf(slot) === at.QUEUED && this.revoke(record)) taken.push(record);
    }
    taken.sort((a, b) => b.sequence - a.sequence);
    for (const record of taken) this.#core.queue.unshift(record);
  }

  /** Whether some worker is idle while a task waits, behind another one or in the queue. */
  get isUneven(): boolean {
    let idle = false;
    let waiting = this.#core.queue.size > 0;
    for (const member of this.#core.members) {
      if (member.inFlight === 0) {
        if (member.pinned.size > 0) return true;
        idle ||= member.accepting;
      } else waiting ||= member.inFlight > this.#core.tasksPerWorker;
    }
    return idle && waiting;
  }

  /** Takes back what waits behind a task that has not ended since the last call, for workers that are idle. */
  rebalance(): void {
    const uneven = this.isUneven;
    let taken = false;
    for (const member of [...this.#core.members]) {
      const stuck = member.completed === member.lastSeenCompleted;
      member.lastSeenCompleted = member.inFlight > 0 ? member.completed : -1;
      member.isStuck = stuck && member.inFlight > 0;
      if (uneven && stuck && member.inFlight > this.#core.tasksPerWorker) {
        this.reclaim(member);
        taken = true;
      }
    }
    if (taken) this.flush();
  }
}
