/**
 * A lane's memory as the caller reads it: what a worker says of itself, and what stands in a slot. It changes nothing.
 *
 * @module
 */

import { Atomics, Float64Array, Int32Array, SharedArrayBuffer, Uint8Array } from "../captured.ts";
import { ArenaReader } from "./arena.ts";
import { firstCounts } from "./first_counts.ts";
import * as at from "./layout.ts";
import type { ReceivedPayload } from "./messages.ts";
import { valueOf } from "./payload_descriptor.ts";
import { bytesAt } from "./payload_place.ts";

/** The memory of one worker's lane. */
export class LaneReader {
  /** The lane's memory. */
  readonly buffer: SharedArrayBuffer;
  /** 32-bit view of the lane. */
  readonly words: Int32Array;
  /** 64-bit float view of the lane. */
  readonly numbers: Float64Array;
  /** Byte view of the lane. */
  readonly bytes: Uint8Array;
  /** The worker's result arena. */
  readonly results: ArenaReader;

  constructor(results: SharedArrayBuffer) {
    this.results = new ArenaReader(results);
    this.buffer = new SharedArrayBuffer(at.LANE_BYTES);
    this.words = new Int32Array(this.buffer);
    this.numbers = new Float64Array(this.buffer);
    this.bytes = new Uint8Array(this.buffer);
    const { words } = this;
    words[at.PARKED] = at.AWAKE;
    words[at.SUBMITTED] = words[at.TAKEN] = words[at.COMPLETED] = firstCounts.entries;
    words[at.WAKE_SEQ] = firstCounts.wakeSeq;
    words[at.TURNS] = firstCounts.turns;
    for (let slot = 0; slot < at.SLOTS; slot++) {
      words[at.SLOT_BASE + slot * at.SLOT_WORDS + at.ACKNOWLEDGED] = firstCounts.generation;
    }
  }

  /** One of `LIFE_*`. */
  get life(): number {
    return Atomics.load(this.words, at.LIFE); // partner: WorkerLane.announce
  }

  /** Counts the turns of the worker's event loop, up to 32 bits: it moves after `wake` unless the thread is blocked. */
  get turns(): number {
    return Atomics.load(this.words, at.TURNS); // partner: WorkerLoop.turn
  }

  /** Whether the worker's event loop has ever come round. */
  get hasTurned(): boolean {
    return this.turns !== firstCounts.turns;
  }

  /** The exit code that the worker has announced. */
  get announcedCode(): number {
    return this.words[at.EXIT_CODE]!;
  }

  /** The system's id of the worker's thread, -1 where unknown; 0 until the entry runs. */
  get threadId(): number {
    return this.words[at.THREAD_ID]!;
  }

  /** The worker's heap in use when it last looked, in KiB. */
  get heapKiB(): number {
    return this.words[at.HEAP_KIB]!;
  }

  /** The encoded error that the worker stored as its last act, or `undefined`. */
  lastWords(): Uint8Array | undefined {
    const length = this.words[at.LAST_WORDS_LENGTH]!;
    if (length <= 0 || length > at.LAST_WORDS_BYTES) return undefined;
    return this.bytes.slice(at.LAST_WORDS * 4, at.LAST_WORDS * 4 + length);
  }

  /** The state (`QUEUED`, `RUNNING`, ...) of a slot that holds a task. */
  stateOf(slot: number): number {
    return Atomics.load(this.words, at.SLOT_BASE + slot * at.SLOT_WORDS + at.STATE) & 7; // partner: WorkerLane.claim
  }

  /** How long the function ran whose result stands in a slot, in microseconds. */
  durationOf(slot: number): number {
    return this.numbers[(at.SLOT_BASE + slot * at.SLOT_WORDS + at.DURATION) >> 1]!;
  }

  /** How much of that its worker is known to have spent on it, in microseconds. */
  spentOf(slot: number): number {
    return this.numbers[(at.SLOT_BASE + slot * at.SLOT_WORDS + at.SPENT) >> 1]!;
  }

  /** How long the worker had a task, since it last told so, in microseconds. */
  occupiedBy(slot: number): number {
    return this.numbers[(at.SLOT_BASE + slot * at.SLOT_WORDS + at.OCCUPIED) >> 1]!;
  }

  /** When the task with a timeout began that runs in a slot, in ms by `Adapter.now`, or `undefined` if it has not yet. */
  startedAt(slot: number): number | undefined {
    const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
    const word = Atomics.load(this.words, base + at.STATE); // partner: WorkerLane.claim
    if ((word & 7) !== at.RUNNING) return undefined;
    const started = Atomics.load(this.words, base + at.STARTED_GENERATION); // partner: WorkerLane.start
    return started === word >>> 3 ? this.numbers[(base + at.STARTED) >> 1]! : undefined;
  }

  /** What says where and how the result stands in a slot, see `payload_descriptor.ts`. */
  resultWord(slot: number): number {
    return this.words[at.SLOT_BASE + slot * at.SLOT_WORDS + at.RESULT]!;
  }

  /** The result in a slot, of whose word the scalar tag is known. */
  scalarResult(slot: number, word: number): unknown {
    return valueOf(word >>> 16, this.numbers[(at.SLOT_BASE + slot * at.SLOT_WORDS + at.RESULT_SCALAR) >> 1]!);
  }

  /**
   * The encoded result in a slot.
   *
   * @throws {RangeError} If it is not inside the arena
   */
  resultBytes(slot: number, word: number, received: ReceivedPayload | null): Uint8Array {
    const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
    const { words } = this;
    const offset = words[base + at.RESULT_OFFSET]!;
    return bytesAt(word, this.bytes, base, this.results, offset, words[base + at.RESULT_LENGTH]!, received);
  }
}
