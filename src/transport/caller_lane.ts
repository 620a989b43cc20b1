/**
 * The caller's end of a lane, which is the shared memory between the caller and one worker: publishes tasks, drains
 * results, takes tasks back. `worker_lane.ts` is the other end.
 *
 * @module
 */

import { Atomics, Int32Array, Uint16Array } from "../captured.ts";
import { listOf, push } from "../lists.ts";
import type { Adapter, Port } from "../adapter.ts";
import type { ArenaWriter } from "./arena.ts";
import { firstCounts } from "./first_counts.ts";
import * as at from "./layout.ts";
import { LaneReader } from "./lane_reader.ts";
import { CallerPort } from "./caller_port.ts";
import type { LaneOwner, LaneTask } from "./lane_task.ts";
import type { ReceivedPayload } from "./messages.ts";
import { placeArguments, recycleArguments, retrieveArguments } from "./arguments.ts";
import { ATTACHED, ON_PORT, placeOf } from "./payload_descriptor.ts";

/** The caller's end of one worker's lane. */
export class CallerLane<T extends LaneTask> extends LaneReader {
  /** Number of the worker, never used twice in a pool. */
  readonly id: number;
  /** The caller's end of the port. */
  readonly callerPort: CallerPort;
  /** Slots that are published and not settled: queued, running, or done but not drained. */
  inFlight = 0;

  readonly #owner: LaneOwner<T>;
  readonly #args: ArenaWriter;
  /** Slots that no task holds: a stack, for the cache. */
  readonly #free: Uint16Array = new Uint16Array(at.SLOTS);
  #freeCount: number = at.SLOTS;
  /** Task by slot. */
  readonly #tasks: (T | null)[] = listOf<T | null>(at.SLOTS, null);
  /** Generation by slot. */
  readonly #generations: Int32Array = new Int32Array(at.SLOTS).fill(firstCounts.generation);
  /** Shadow of SUBMITTED, whose only writer this is. */
  #submitted: number = firstCounts.entries;
  /** What TAKEN was when last looked at. */
  #taken: number = firstCounts.entries;
  /** How many completion entries were drained. */
  #drained: number = firstCounts.entries;
  /** Shadow of WAKE_SEQ, whose only writer this is. */
  #wakeSeq: number = firstCounts.wakeSeq;
  /** Arena blocks (offset, length) of tasks given up while they ran: the worker may still read them. */
  readonly #abandoned: number[] = [];
  /** Functions of such tasks, for the same reason. */
  readonly #abandonedFunctions: number[] = [];

  constructor(
    adapter: Adapter,
    owner: LaneOwner<T>,
    id: number,
    args: ArenaWriter,
    results: SharedArrayBuffer,
    port: Port,
    direct: Port | null,
  ) {
    super(results);
    const { onGone, onLife } = this.#owner = owner;
    this.id = id;
    this.#args = args;
    for (let i = 0; i < at.SLOTS; i++) this.#free[i] = at.SLOTS - 1 - i;
    const onPayload = (entry: number): void => this.#arrived(entry);
    this.callerPort = new CallerPort(adapter, port, direct, { onPayload, onLife, onGone });
  }

  /** Whether a task can be pushed: a slot is free, and the submission ring has room beside its stale entries. */
  get hasCapacity(): boolean {
    if (this.#freeCount === 0) return false;
    if (((this.#submitted - this.#taken) | 0) < at.SUBMISSIONS) return true;
    this.#taken = Atomics.load(this.words, at.TAKEN); // partner: WorkerLane.take
    return ((this.#submitted - this.#taken) | 0) < at.SUBMISSIONS;
  }

  /** Whether the worker runs or spins, so that it sees a task without being woken. */
  get isAwake(): boolean {
    return Atomics.load(this.words, at.PARKED) !== this.#wakeSeq; // partner: WorkerLane.park
  }

  /**
   * Publishes a task; `hasCapacity` must hold. The stores are ordered so that the worker, which reads
   * SUBMITTED first, finds all the rest complete.
   *
   * The stack may overflow anywhere here, so all calls that could throw come before the first change.
   *
   * @throws if the arguments cannot be posted; then the task is in no slot
   */
  push(task: T): number {
    const slot = this.#free[this.#freeCount - 1]!;
    const generation = (this.#generations[slot]! + 1) & (at.GENERATIONS - 1);
    const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
    const words = this.words;
    const entry = at.ringEntry(slot, generation);
    const queued = at.stateWord(generation, at.QUEUED);
    words[base + at.FUNCTION] = task.functionNumber;
    words[base + at.TIMEOUT] = task.timeout;
    words[base + at.ABORTED] = 0;
    // The task that last set these may have been of the same generation, if that has come round. The worker writes them
    // only while it runs a task of this slot.
    if (task.timeout > 0) words[base + at.STARTED_GENERATION] = -1;
    if (task.callbacks) words[base + at.CALLBACKS_ENDED] = -1;
    placeArguments(this, this.callerPort, this.#args, base, entry, task); // may throw: nothing has happened yet
    this.#freeCount--;
    this.#generations[slot] = generation;
    this.#tasks[slot] = task;
    this.inFlight++;
    // A plain store: a worker that follows a stale entry expects QUEUED in an older generation and
    // fails its exchange whichever of the two words it meets.
    words[base + at.STATE] = queued;
    words[at.SUBMISSION_RING + (this.#submitted & (at.SUBMISSIONS - 1))] = entry;
    this.#submitted = (this.#submitted + 1) | 0;
    Atomics.store(words, at.SUBMITTED, this.#submitted); // partner: WorkerLane.take, WorkerLane.park
    if (Atomics.load(words, at.PARKED) === this.#wakeSeq) { // partner: WorkerLane.park
      // As `wake` does.
      this.#wakeSeq = (this.#wakeSeq + 1) & 0x3fffffff;
      Atomics.store(words, at.WAKE_SEQ, this.#wakeSeq); // partner: WorkerLane.park
      Atomics.notify(words, at.WAKE_SEQ);
    }
    return slot;
  }

  /** Wakes the worker, wherever it is parked. */
  wake(): void {
    this.#wakeSeq = (this.#wakeSeq + 1) & 0x3fffffff;
    Atomics.store(this.words, at.WAKE_SEQ, this.#wakeSeq); // partner: WorkerLane.park
    Atomics.notify(this.words, at.WAKE_SEQ);
  }

  /** Tells the worker to end: after what it holds and its teardown, or as soon as it looks. */
  stop(mode: number): void {
    Atomics.store(this.words, at.STOP, mode); // partner: WorkerLane.stop
    this.wake();
  }

  /** Hands every finished task to the owner; gives their number. */
  drain(): number {
    const words = this.words;
    const completed = Atomics.load(words, at.COMPLETED); // partner: WorkerLane.complete
    let count = 0;
    // Not `!==`: settling may run the user's decoders, and so this method again, which then drains further.
    while (((completed - this.#drained) | 0) > 0) {
      const place = this.#drained;
      if (this.#finish(words[at.COMPLETION_RING + (place & (at.SLOTS - 1))]!)) count++;
      // Not before: what throws is tried again, unless it was finished. It may have been drained further meanwhile.
      if (this.#drained === place) this.#drained = (place + 1) | 0;
    }
    return count;
  }

  #arrived(entry: number): void {
    this.#finish(entry);
    this.#owner.onLook();
  }

  /** Finishes the entry's task if it is done, its payload is here, and its callbacks heard all that it called. */
  #finish(entry: number, isGone = false): boolean {
    const slot = at.entrySlot(entry);
    const task = this.#tasks[slot];
    if (!task || this.#generations[slot] !== at.entryGeneration(entry)) return false;
    const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
    const words = this.words;
    if (Atomics.load(words, base + at.STATE) !== at.stateWord(at.entryGeneration(entry), at.DONE)) return false; // partner: WorkerLane.publish
    const calls = task.callbacks && words[base + at.CALLBACKS_ENDED] === at.entryGeneration(entry);
    if (calls && !task.callbacks.end(() => this.#arrived(entry)) && !isGone) return false;
    const word = words[base + at.RESULT]!;
    const travels = (word & ATTACHED) !== 0 || placeOf(word) === ON_PORT;
    const received = travels ? this.callerPort.take(entry) : null;
    if (travels && received === null) return false;
    this.#settle(slot, task, base, received);
    return true;
  }

  #settle(slot: number, task: T, base: number, received: ReceivedPayload | null): void {
    this.#forget(slot);
    const { ownMemory, parcel } = task;
    let runsAgain: boolean | void = false;
    try {
      runsAgain = this.#owner.onDone(task, slot, received);
    } finally {
      if (runsAgain !== true) recycleArguments(this.#args, ownMemory, parcel);
      // After the owner has read the result: from here on the worker may reuse its memory.
      Atomics.store(this.words, base + at.ACKNOWLEDGED, this.#generations[slot]!); // partner: ResultWriter.reclaim
      this.#free[this.#freeCount++] = slot;
    }
  }

  /** The task leaves its slot. */
  #forget(slot: number): void {
    this.#tasks[slot] = null;
    this.inFlight--;
  }

  /**
   * Takes a task back that has not begun.
   *
   * @returns the task, its arguments again its own, or `null` if the worker was first
   */
  revoke(slot: number): T | null {
    const task = this.#tasks[slot];
    if (!task) return null;
    const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
    const generation = this.#generations[slot]!;
    const [queued, revoked] = [at.stateWord(generation, at.QUEUED), at.stateWord(generation, at.REVOKED)];
    // partner: WorkerLane.claim. Whoever exchanges first has the task.
    if (Atomics.compareExchange(this.words, base + at.STATE, queued, revoked) !== queued) return null;
    this.words[base + at.ACKNOWLEDGED] = generation; // or that of an older task might be this one's come round
    this.#forget(slot);
    this.#free[this.#freeCount++] = slot;
    retrieveArguments(this, this.callerPort, base, at.ringEntry(slot, generation), task);
    return task;
  }

  /**
   * Gives up a task that runs. Its slot and the memory of its arguments stay untouched until the
   * lane is dropped.
   *
   * @returns the task, or `null` if it is done (then `drain` finds it) or never began
   */
  abandon(slot: number): T | null {
    const task = this.#tasks[slot];
    if (!task) return null;
    const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
    const generation = this.#generations[slot]!;
    const [running, abandoned] = [at.stateWord(generation, at.RUNNING), at.stateWord(generation, at.ABANDONED)];
    // partner: WorkerLane.publish. Whoever exchanges first decides what the task's outcome is.
    if (Atomics.compareExchange(this.words, base + at.STATE, running, abandoned) !== running) return null;
    this.#forget(slot);
    push(this.#abandonedFunctions, task.functionNumber);
    if (task.arenaOffset >= 0) {
      push(this.#abandoned, task.arenaOffset);
      push(this.#abandoned, task.length);
    }
    task.arenaOffset = -1;
    return task;
  }

  /** Takes a task out of its slot whatever its state; only once the thread is gone. */
  forfeit(slot: number): T | null {
    const task = this.#tasks[slot] ?? null;
    if (task !== null) this.#forget(slot);
    return task;
  }

  /** The slots that hold a task, in the order of their numbers. */
  *occupied(): Generator<number> {
    for (let slot = 0; slot < at.SLOTS; slot++) if (this.#tasks[slot] !== null) yield slot;
  }

  /** Calls `mark` with the number of each function that the worker may read. */
  markFunctions(mark: (number: number) => void): void {
    for (const slot of this.occupied()) mark(this.#tasks[slot]!.functionNumber);
    for (const number of this.#abandonedFunctions) mark(number);
  }

  /** How many tasks it holds that have not begun. */
  countQueued(): number {
    let count = 0;
    for (const slot of this.occupied()) if (this.stateOf(slot) === at.QUEUED) count++;
    return count;
  }

  /** The task of a slot, if it holds one. */
  taskOf(slot: number): T | null {
    return this.#tasks[slot] ?? null;
  }

  /** Tells the task in a slot that it is to stop: `taskSignal()` reads the word, a parked worker is woken. */
  abort(slot: number): void {
    Atomics.store(this.words, at.SLOT_BASE + slot * at.SLOT_WORDS + at.ABORTED, 1); // partner: WorkerLane.isAborted
    this.wake();
  }

  /** Settles what is done but was never pushed on the ring, because the worker died in between. */
  drainSlots(): void {
    this.callerPort.pull();
    this.drain();
    for (const slot of this.occupied()) {
      if (this.stateOf(slot) === at.DONE) this.#finish(at.ringEntry(slot, this.#generations[slot]!), true);
    }
  }

  /** Closes the port once the thread is gone, and frees what the thread might have read. The lane is never used again. */
  close(): void {
    for (let i = 0; i < this.#abandoned.length; i += 2) this.#args.free(this.#abandoned[i]!, this.#abandoned[i + 1]!);
    this.#abandoned.length = 0;
    this.callerPort.close();
  }
}
