/**
 * What the caller's thread does, as its workers see it: awake, parked in its event loop, or blocked. Workers ring its
 * bell only where it does not look by itself.
 *
 * @module
 */

import { Atomics, Int32Array, promiseThen, queueMicrotask, SharedArrayBuffer } from "../captured.ts";
import { indexOf } from "../lists.ts";
import { firstCounts } from "./first_counts.ts";
import * as at from "./layout.ts";

/** The caller's end of a pool's control block. */
export class CallerControl {
  /** The control block. */
  readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(at.CONTROL_BYTES);
  /** 32-bit view of it. */
  readonly words: Int32Array = new Int32Array(this.buffer);
  /** Called when a worker has rung, see `listen`. */
  onRing: () => void = () => {};
  /** Called when workers have announced new life states, see `noticeLives`. */
  onLives: () => void = () => {};
  /** Workers that have not come up: as long as there are any, the bell is listened to, though nothing is pending. */
  starting = 0;
  #isClosed = false;
  /** What LIFE_CHANGES was at the last look. */
  #livesSeen = 0;
  /** The bell's value that a `waitAsync` is outstanding on; it counts through all numbers of 32 bits. */
  #listensOn: number | undefined;
  /** Counts parks and blocks, so that each is an epoch of its own. */
  #epoch: number = firstCounts.epoch;
  /** Which activity words are taken. */
  readonly #activeWords: boolean[] = [];

  /** @param cores cores that this process may use */
  constructor(cores: number) {
    // The caller is a running thread too. On one core nobody spins.
    this.words[at.SPIN_LIMIT] = cores - 1;
    this.words[at.BELL] = firstCounts.bell;
  }

  /**
   * Says that the caller parks. After this it must drain once more: either it sees a result that
   * was published meanwhile, or the worker sees that it is parked and rings; then `listen`.
   *
   * @returns the bell's value to listen on
   */
  park(): number {
    const bell = Atomics.load(this.words, at.BELL); // partner: WorkerLane.ring
    this.#enter(at.CALLER_PARKED);
    return bell;
  }

  /**
   * Has `onLives` called if a worker has announced a new life state since the last look. Whoever listens afterwards does
   * so on a value of the bell from before this look: a state that it misses is announced by a new value.
   *
   * @returns whether there was one
   */
  noticeLives(): boolean {
    const changes = Atomics.load(this.words, at.LIFE_CHANGES); // partner: WorkerLane.announce
    if (changes === this.#livesSeen) return false;
    this.#livesSeen = changes;
    this.onLives();
    return true;
  }

  /**
   * Has `onRing` called from the event loop once the bell is no longer as it was, once for each value of it; before that
   * `onLives`, if there is reason to.
   */
  listen(bell: number = Atomics.load(this.words, at.BELL)): void { // partner: WorkerLane.announce
    if (this.#listensOn === bell || this.#isClosed) return;
    this.#listensOn = bell;
    const waiting = Atomics.waitAsync(this.words, at.BELL, bell); // partner: WorkerLane.ring
    const rung = (): void => {
      if (this.#listensOn === bell) this.#listensOn = undefined;
      const next = Atomics.load(this.words, at.BELL); // partner: WorkerLane.announce
      this.noticeLives();
      if (this.starting > 0) this.listen(next);
      this.onRing();
    };
    if (waiting.async) promiseThen(waiting.value, rung);
    else queueMicrotask(rung);
  }

  /** Ends what `listen` began, which would hold the memory for good. */
  close(): void {
    this.onRing = this.onLives = () => {};
    this.#isClosed = true;
    Atomics.add(this.words, at.BELL, 1); // partner: listen
    Atomics.notify(this.words, at.BELL); // partner: listen
  }

  /** Says that the caller looks at the rings by itself. */
  wakeUp(): void {
    this.#enter(at.CALLER_AWAKE);
  }

  /**
   * Says that the caller blocks. After this it must drain once more, then `wait` on the value given.
   *
   * @returns the bell's value to wait on
   */
  block(): number {
    const bell = Atomics.load(this.words, at.BELL); // partner: WorkerLane.ring
    this.#enter(at.CALLER_BLOCKED);
    return bell;
  }

  /** Blocks the thread until a worker rings or `ms` have passed. */
  wait(bell: number, ms: number): void {
    Atomics.wait(this.words, at.BELL, bell, ms); // partner: WorkerLane.ring
  }

  /** Takes an activity word for a new worker; -1 when all are taken. */
  takeActiveWord(): number {
    const taken = this.#activeWords;
    let word = indexOf(taken, false);
    if (word < 0) word = taken.length < at.ACTIVE_WORDS ? taken.length : -1;
    if (word >= 0) {
      taken[word] = true;
      this.words[at.ACTIVE_USED] = taken.length;
    }
    return word;
  }

  /** Frees the activity word of a worker whose thread is gone. */
  freeActiveWord(word: number): void {
    if (word < 0) return;
    this.#activeWords[word] = false;
    Atomics.store(this.words, at.ACTIVE + word, 0); // partner: WorkerLane.maySpin
  }

  #enter(mode: number): void {
    this.#epoch = (this.#epoch + 1) & 0xfffffff;
    Atomics.store(this.words, at.CALLER, (this.#epoch << 2) | mode); // partner: WorkerLane.ring
  }
}
