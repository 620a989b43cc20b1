/**
 * The worker's end of a lane: takes tasks, publishes results, parks. `caller_lane.ts` is the other end.
 *
 * @module
 */

import { Atomics, Float64Array, Int32Array, promiseThen, queueMicrotask, Uint8Array } from "../captured.ts";
import * as at from "./layout.ts";

/** How long the caller's epochs tell one from another, in ms: no caller goes through all 2^28 in that time. */
const EPOCHS_MS = 1000;

/** The worker's end of its lane and of the pool's control block. */
export class WorkerLane {
  /** 32-bit view of the lane. */
  readonly words: Int32Array;
  /** 64-bit float view of the lane. */
  readonly numbers: Float64Array;
  /** Byte view of the lane. */
  readonly bytes: Uint8Array;
  /** 32-bit view of the pool's control block. */
  readonly control: Int32Array;
  /** Place of this worker among the activity words, -1 for none. */
  readonly #activeWord: number;
  /** Shadow of TAKEN, whose only writer this is. */
  #taken: number;
  /** Shadow of COMPLETED, whose only writer this is. */
  #completed: number;
  /** The caller's epoch that this worker last rang in. */
  #rungIn = -1;
  /** Whether it has announced its end: it takes no task and publishes no result any more. */
  isOver = false;
  /** When that was last forgotten, in ms. */
  #epochsSince = 0;

  constructor(lane: SharedArrayBuffer, control: SharedArrayBuffer, activeWord: number) {
    this.words = new Int32Array(lane);
    this.numbers = new Float64Array(lane);
    this.bytes = new Uint8Array(lane);
    this.control = new Int32Array(control);
    this.#activeWord = activeWord;
    this.#taken = this.words[at.TAKEN]!;
    this.#completed = this.words[at.COMPLETED]!;
  }

  /** `STOP_NONE`, `STOP_DRAIN` or `STOP_NOW`. */
  get stop(): number {
    return Atomics.load(this.words, at.STOP); // partner: CallerLane.stop
  }

  /** Whether the caller wants this worker to end. */
  get stopping(): boolean {
    return this.stop !== at.STOP_NONE;
  }

  /** Whether there is an entry to take. */
  get hasEntry(): boolean {
    return Atomics.load(this.words, at.SUBMITTED) !== this.#taken; // partner: CallerLane.push
  }

  /**
   * Takes the next submission entry; the task may have been revoked since.
   *
   * @returns the entry, or `undefined` when there is none
   */
  take(): number | undefined {
    const words = this.words;
    if (Atomics.load(words, at.SUBMITTED) === this.#taken) return undefined; // partner: CallerLane.push
    const entry = words[at.SUBMISSION_RING + (this.#taken & (at.SUBMISSIONS - 1))]!;
    this.#taken = (this.#taken + 1) | 0;
    Atomics.store(words, at.TAKEN, this.#taken); // partner: CallerLane.hasCapacity
    return entry;
  }

  /**
   * Claims the task of an entry.
   *
   * @returns the first word of its slot, or -1 if the caller has taken it back
   */
  claim(entry: number): number {
    const base = at.SLOT_BASE + at.entrySlot(entry) * at.SLOT_WORDS;
    const generation = at.entryGeneration(entry);
    const queued = at.stateWord(generation, at.QUEUED);
    const running = at.stateWord(generation, at.RUNNING);
    // partner: CallerLane.revoke. Whoever exchanges first has the task.
    return Atomics.compareExchange(this.words, base + at.STATE, queued, running) === queued ? base : -1;
  }

  /** Stores when a claimed task began that has a timeout, in ms. */
  start(entry: number, base: number, now: number): void {
    this.numbers[(base + at.STARTED) >> 1] = now;
    // partner: LaneReader.startedAt
    Atomics.store(this.words, base + at.STARTED_GENERATION, at.entryGeneration(entry));
  }

  /** Whether the caller wants the task of this entry to stop; false once the slot is another task's. */
  isAborted(entry: number): boolean {
    const base = at.SLOT_BASE + at.entrySlot(entry) * at.SLOT_WORDS;
    return Atomics.load(this.words, base + at.ABORTED) === 1 && // partner: CallerLane.abort
      this.words[base + at.STATE]! >>> 3 === at.entryGeneration(entry);
  }

  /** Publishes the result of an entry, which stands in the slot by now, unless the task was given up. */
  publish(entry: number): void {
    const base = at.SLOT_BASE + at.entrySlot(entry) * at.SLOT_WORDS;
    const generation = at.entryGeneration(entry);
    const running = at.stateWord(generation, at.RUNNING);
    // partner: CallerLane.abandon. Whoever exchanges first decides what the task's outcome is.
    if (
      Atomics.compareExchange(this.words, base + at.STATE, running, at.stateWord(generation, at.DONE)) === running
    ) {
      this.#complete(entry);
    }
  }

  /** The ring has an entry for each slot, so there is always room. */
  #complete(entry: number): void {
    this.words[at.COMPLETION_RING + (this.#completed & (at.SLOTS - 1))] = entry;
    this.#completed = (this.#completed + 1) | 0;
    Atomics.store(this.words, at.COMPLETED, this.#completed); // partner: CallerLane.drain
    this.ring();
  }

  /** Makes the caller look, if it does not by itself; after COMPLETED was stored. */
  ring(): void {
    const caller = Atomics.load(this.control, at.CALLER); // partner: CallerControl.park, CallerControl.block
    if ((caller & 3) === at.CALLER_AWAKE || caller === this.#rungIn) return;
    this.#rungIn = caller; // once an epoch
    this.#toll();
  }

  /** Has the next result ring in any epoch, if that of the last ring may have come round by now; `now` is in ms. */
  forgetOldEpoch(now: number): void {
    if (now - this.#epochsSince <= EPOCHS_MS) return;
    this.#epochsSince = now;
    this.#rungIn = -1;
  }

  #toll(): void {
    Atomics.add(this.control, at.BELL, 1); // partner: CallerControl.park, CallerControl.block
    Atomics.notify(this.control, at.BELL); // partner: CallerControl.listen, CallerControl.wait
  }

  /** Stores a new life state and tells the caller, who may wait for it though nothing is pending. An end is the last one. */
  announce(life: number): void {
    if (this.isOver) return;
    this.isOver = life >= at.LIFE_FAILED;
    Atomics.store(this.words, at.LIFE, life); // partner: CallerLane.life
    Atomics.add(this.control, at.LIFE_CHANGES, 1); // partner: CallerControl.noticeLives
    this.#toll();
  }

  /** Whether this worker may spin: then fewer threads run than there are cores. */
  get maySpin(): boolean {
    if (this.#activeWord < 0) return false;
    const control = this.control;
    const limit = Atomics.load(control, at.SPIN_LIMIT); // partner: CallerControl, at start
    const used = control[at.ACTIVE_USED]!;
    let active = 0;
    for (let i = 0; i < used; i++) active += control[at.ACTIVE + i]!;
    return active <= limit;
  }

  /**
   * Says that this worker parks. After this it must look at the ring once more: either it sees a
   * task that was pushed meanwhile, or the caller sees that it is parked.
   *
   * @returns the value of WAKE_SEQ to wait on
   */
  park(): number {
    const seq = Atomics.load(this.words, at.WAKE_SEQ); // partner: CallerLane.wake
    Atomics.store(this.words, at.PARKED, seq); // partner: CallerLane.push
    if (this.#activeWord >= 0) Atomics.store(this.control, at.ACTIVE + this.#activeWord, 0); // partner: maySpin
    return seq;
  }

  /** Says that this worker looks at its ring by itself. */
  unpark(): void {
    Atomics.store(this.words, at.PARKED, at.AWAKE); // partner: CallerLane.push
    if (this.#activeWord >= 0) Atomics.store(this.control, at.ACTIVE + this.#activeWord, 1); // partner: maySpin
  }

  /** Blocks the thread until it is woken or `ms` have passed. */
  wait(seq: number, ms: number): void {
    Atomics.wait(this.words, at.WAKE_SEQ, seq, ms); // partner: CallerLane.wake
  }

  /** Calls `woken` from the event loop once WAKE_SEQ is no longer `seq`. */
  waitInEventLoop(seq: number, woken: () => void): void {
    const waiting = Atomics.waitAsync(this.words, at.WAKE_SEQ, seq); // partner: CallerLane.wake
    if (waiting.async) promiseThen(waiting.value, woken);
    else queueMicrotask(woken);
  }
}
