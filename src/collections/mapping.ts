/**
 * `map` and `filter`: a function's results for all items.
 *
 * @module
 */

import { Math, SafeMap } from "../captured.ts";
import { misuse } from "../errors.ts";
import { describe } from "../codec/describe.ts";
import { type ChunkRun, SLICE_MS } from "./chunk_run.ts";
import type { CollectionFailure } from "./failure.ts";
import type { Chunk, ChunkSource } from "./chunk_source.ts";
import { type Collection, failureAt } from "./collection.ts";
import type { SettledItem } from "./collection_options.ts";
import { type Batch, Collector } from "./collector.ts";
import { HereRunner } from "./here.ts";
import { CollectionResults, type OpenCollection } from "./results.ts";

/** Chunks that may be ahead of the consumer, for each that may run at once. */
const CHUNKS_AHEAD = 6;

/** Begins `map` or `filter` when the results are asked for. */
export function mapping<R>(collection: Collection, isFilter: boolean): CollectionResults<R> {
  const { into } = collection.options;
  if (into !== undefined && (isFilter || collection.isFlat || collection.settles)) {
    throw misuse(
      new TypeError("Option 'into' is for map() with a function that gives one number an item, and errors that throw"),
      "INVALID_OPTION",
    );
  }
  return new CollectionResults<R>((onBatch, wantsIndex) => new Mapping(collection, isFilter, onBatch, wantsIndex));
}

/** A `map` or `filter` that is under way. */
class Mapping implements OpenCollection {
  readonly #collection: Collection;
  readonly #isFilter: boolean;
  readonly #collector: Collector;
  readonly #source: ChunkSource;
  readonly #run: ChunkRun;
  /** Called when there is something to take; left out where all is awaited. */
  readonly #onBatch: (() => void) | undefined;
  /** All results, where they are awaited. */
  readonly #all: unknown[] = [];
  readonly #here: HereRunner | undefined;
  /** Items that were taken from the source and not consumed, and the chunks that they are in. */
  #ahead = 0;
  #chunksAhead = 0;
  /** Errors of the chunk that is being accepted, by index. */
  #failed: Map<number, unknown> | undefined;

  constructor(collection: Collection, isFilter: boolean, onBatch: (() => void) | undefined, wantsIndex: boolean) {
    this.#collection = collection;
    this.#isFilter = isFilter;
    this.#onBatch = onBatch;
    const { executor, isFlat, settles } = collection;
    const { into, ordered = true } = collection.options;
    this.#collector = new Collector(ordered);
    const source = this.#source = collection.open(() => this.#run.pumpSoon(), wantsIndex);
    if (into !== undefined) this.#checkInto(into, source.left);
    const fn = collection.functionFor(source);
    if (fn !== undefined) {
      const verb = isFilter ? "filter" : into === undefined ? "map" : "into";
      this.#here = new HereRunner(fn, verb, collection.cost, () => executor.adapter.now());
    }
    const verb = isFilter ? "filter" : isFlat ? "flatMap" : "map";
    this.#run = collection.start(source, {
      target: collection.target({ verb, settles, isInto: into !== undefined, hasInitial: false }),
      extras: into === undefined ? undefined : { into },
      room: () => this.#room(),
      accept: (chunk, outcome) => this.#accept(chunk, outcome[3] as unknown[], outcome[5]),
      isConsumed: () => this.#onBatch === undefined || this.#chunksAhead === 0,
      onTaken: (chunk) => {
        if (into !== undefined) this.#checkRoom(into, chunk.start + chunk.count);
        this.#ahead += chunk.count;
        this.#chunksAhead++;
      },
      ...(settles ? { onFailure: (failure: CollectionFailure) => this.#noteFailure(failure) } : {}),
      ...(this.#here === undefined ? {} : { runHere: (source) => this.#runHere(source) }),
    });
    this.#run.pump();
  }

  /** Failures of chunks as a whole end it also where those of items do not. */
  #noteFailure({ index, error }: CollectionFailure): boolean {
    if (index === undefined) return false;
    (this.#failed ??= new SafeMap()).set(index, error);
    return true;
  }

  #checkInto(into: ArrayBufferView, length: number): void {
    if (this.#onBatch !== undefined) {
      throw misuse(new TypeError("Results that go 'into' an array are awaited, not iterated over"), "INVALID_OPTION");
    }
    if (length !== Infinity) this.#checkRoom(into, length);
  }

  #checkRoom(into: ArrayBufferView, length: number): void {
    const { length: room } = into as unknown as { length: number };
    if (room >= length) return;
    throw misuse(
      new RangeError(`Option 'into' must have room for ${length} results: received ${describe(into)} of ${room}`),
      "INVALID_OPTION",
    );
  }

  get ended(): Promise<void> {
    return this.#run.ended;
  }

  get failure(): ChunkRun["failure"] {
    return this.#run.failure;
  }

  get isOver(): boolean {
    return this.#run.isOver;
  }

  takeAll(): unknown[] {
    return (this.#collection.options.into as unknown as unknown[] | undefined) ?? this.#all;
  }

  take(): Batch | undefined {
    return this.#collector.take();
  }

  consumed(batch: Batch): void {
    this.#ahead -= batch.items;
    this.#chunksAhead--;
    this.#run.pump();
  }

  stop(): Promise<void> {
    return this.#run.stop();
  }

  /** How many more items may be taken. */
  #room(): number {
    if (this.#onBatch === undefined) return Infinity;
    const { buffer } = this.#collection.options;
    const lanes = Math.max(1, this.#collection.executor.slots);
    if (buffer === undefined || this.#source.isParted) {
      return this.#chunksAhead < CHUNKS_AHEAD * lanes ? Infinity : 0;
    }
    // No chunk takes all of the buffer: others shall run meanwhile.
    return Math.min(buffer - this.#ahead, Math.max(1, Math.floor(buffer / (2 * lanes))));
  }

  #accept(chunk: Chunk, values: unknown[] | null, counts: readonly number[] | null): void {
    const failed = this.#failed;
    this.#failed = undefined;
    if (values === null) return this.#add(chunk, { start: chunk.start, items: chunk.count, values: [], indexes: null });
    let indexes: number[] | null = null;
    if (this.#isFilter) {
      [values, indexes] = this.#keep(chunk, values, counts, failed);
    } else if (counts !== null) {
      indexes = counts.flatMap((count, i) => new Array<number>(count).fill(chunk.start + i));
    }
    if (this.#collection.settles) [values, indexes] = settled(chunk, values, indexes, failed);
    this.#add(chunk, { start: chunk.start, items: chunk.count, values, indexes });
  }

  /** The items that a filter keeps: those of the caller where it has them, so that they are the same objects. */
  #keep(
    chunk: Chunk,
    values: unknown[],
    positions: readonly number[] | null,
    failed: Map<number, unknown> | undefined,
  ): [unknown[], number[] | null] {
    if (this.#source.isParted) return [values, positions?.map((position) => chunk.start + position) ?? null];
    const kept: unknown[] = [];
    const indexes: number[] = [];
    for (let i = 0; i < values.length; i++) {
      if (values[i] !== true || failed?.has(chunk.start + i)) continue;
      kept.push(chunk.itemAt(i));
      indexes.push(chunk.start + i);
    }
    return [kept, indexes];
  }

  #add(chunk: Chunk, batch: Batch): void {
    this.#collector.add(chunk, batch);
    if (this.#onBatch !== undefined) return this.#onBatch();
    for (let next = this.#collector.take(); next !== undefined; next = this.#collector.take()) {
      const { values } = next;
      for (let i = 0; i < values.length; i++) this.#all.push(values[i]);
      this.#chunksAhead--;
    }
  }

  /** Runs a slice of the items in this thread. */
  #runHere(source: ChunkSource): void {
    const here = this.#here!;
    const { into } = this.#collection.options;
    const start = source.at!;
    // Where all is awaited, a map's results go to their place at once: whatever came before is there.
    const isDirect = this.#onBatch === undefined && !this.#isFilter && !this.#collection.settles &&
      (into !== undefined || this.#all.length === start);
    const out: unknown[] = isDirect ? this.#all : [];
    here.state.out = into as unknown as unknown[] ?? out;
    here.state.base = isDirect ? 0 : start;
    here.state.hasObjects = false;
    const { count, failure, micros, pending } = here.run(source, SLICE_MS);
    this.#collection.cost.learn(count, micros, pending !== undefined);
    const chunk = source.takeHere!(count);
    if (failure !== undefined) {
      if (!isDirect) out[count - 1] = undefined;
      this.#run.failItem(failureAt(start + count - 1, chunk.itemAt(count - 1), failure.error));
      if (this.#run.isOver) return;
    }
    if (here.state.hasObjects && into === undefined && !this.#isFilter) this.#copy(out, isDirect ? start : 0, chunk);
    if (this.#run.isOver) return;
    this.#run.report(count);
    if (isDirect) this.#collector.add(chunk, { start, items: count, values: NO_VALUES, indexes: null });
    if (isDirect) this.#collector.take();
    else {
      this.#ahead += count;
      this.#chunksAhead++;
      this.#accept(chunk, out, null);
    }
    if (pending !== undefined) this.#run.adopt(source.takeHere!(1), pending);
  }

  /** Makes copies of results, as a worker would have. */
  #copy(values: unknown[], from: number, chunk: Chunk): void {
    for (let i = from; i < values.length; i++) {
      const value = values[i];
      if ((typeof value !== "object" || value === null) && typeof value !== "function") continue;
      try {
        values[i] = this.#collection.executor.copy(value);
      } catch (error) {
        values[i] = undefined;
        const position = i - from;
        this.#run.failItem(failureAt(chunk.start + position, chunk.itemAt(position), error));
        if (this.#run.isOver) return;
      }
    }
  }
}

const NO_VALUES: readonly unknown[] = [];

/** Outcomes of a chunk's items, those that failed among them. */
function settled(
  chunk: Chunk,
  values: readonly unknown[],
  indexes: readonly number[] | null,
  failed: Map<number, unknown> | undefined,
): [SettledItem<unknown>[], number[]] {
  const outcomes: SettledItem<unknown>[] = [];
  for (let i = 0; i < values.length; i++) {
    const index = indexes === null ? chunk.start + i : indexes[i]!;
    if (!failed?.has(index)) outcomes.push({ status: "fulfilled", index, value: values[i] });
  }
  if (failed !== undefined) {
    for (const [index, reason] of failed) outcomes.push({ status: "rejected", index, reason });
    outcomes.sort((a, b) => a.index - b.index);
  }
  return [outcomes, outcomes.map(({ index }) => index)];
}
