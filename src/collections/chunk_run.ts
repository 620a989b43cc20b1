/**
 * Runs a collection: takes chunks from its source, has workers run them, or runs items in this thread where that is
 * faster, and hands on what comes back. It knows neither order nor results: the verbs do.
 *
 * @module
 */

import { Array, arrayFrom, Math, Promise, SafeMap } from "../captured.ts";
import type { Adapter } from "../adapter.ts";
import { reasonOf, watchSignal } from "../executor/abort_listeners.ts";
import type { Completion, TaskHandle } from "../executor/executor.ts";
import type { ChunkOutcome } from "../functions/chunk_outcome.ts";
import type { CallOptions } from "../options.ts";
import type { Chunk, ChunkSource } from "./chunk_source.ts";
import { type CollectionFailure, explainFailure } from "./failure.ts";
import { isFasterHere } from "./item_cost.ts";
import { isWide, lanesOf, nextSize, type RunPlan, valuesOf } from "./run_plan.ts";
import { roughSize } from "./rough_size.ts";

/** Chunks stand behind single calls of the same priority, so that a call waits for no more than one of them. */
const BEHIND = 2 ** -20;

/** Chunks on their way for each that runs: one more waits in the worker's lane, others in the queue, so that it does. */
const AHEAD = 4;

/** How long the caller runs items at a stretch, in ms. */
export const SLICE_MS = 1;

/** One run of a collection, from its first chunk to its end. */
export class ChunkRun {
  readonly #plan: RunPlan;
  readonly #adapter: Adapter;
  readonly source: ChunkSource;
  readonly #flying: Map<Chunk, TaskHandle | null> = new SafeMap();
  readonly #options: CallOptions;
  #failure: CollectionFailure | undefined;
  #isOver = false;
  #isPumping = false;
  #isTurnDue = false;
  /** Whether the source is being closed, or needs not be. */
  #isClosing = false;
  #bytesPerItem = 0;
  /** Items that may be unsettled in chunks on their way, by chunk, and in all. */
  readonly #widths: Map<Chunk, number> = new SafeMap();
  #running = 0;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #unwatch: (() => void) | undefined;
  /** Called with the items, or units, that are done. */
  onProgress: ((count: number) => void) | undefined;
  /** Resolves when all items are done, or `stop` was called; rejects with the failure. */
  readonly ended: Promise<void>;

  constructor(plan: RunPlan, source: ChunkSource) {
    this.#plan = plan;
    this.#adapter = plan.executor.adapter;
    this.source = source;
    const { signal: _, ...options } = plan.options ?? {};
    this.#options = { ...options, priority: (options.priority ?? 0) - BEHIND };
    let settle: [() => void, (error: unknown) => void];
    this.ended = new Promise((resolve, reject) => settle = [resolve, reject]);
    [this.#resolve, this.#reject] = settle!;
    const signal = plan.options?.signal;
    if (signal !== undefined) {
      const abort = (reason: unknown): void => this.#fail({ index: undefined, item: undefined, error: reason }, true);
      if (signal.aborted) abort(reasonOf(signal));
      else this.#unwatch = watchSignal(signal, { abort });
    }
  }

  /** The failure that ended it. */
  get failure(): CollectionFailure | undefined {
    return this.#failure;
  }

  /** Whether nothing more will be accepted. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Chunks that are on their way. */
  get flying(): number {
    return this.#flying.size;
  }

  /** There may be something to do: the source has items, the consumer has taken some. */
  readonly pump = (): void => {
    if (this.#isPumping || this.#isOver) return;
    this.#isPumping = true;
    try {
      while (!this.#isOver && !this.#isTurnDue && this.#step());
    } catch (error) {
      this.#fail({ index: undefined, item: undefined, error }, false);
    } finally {
      this.#isPumping = false;
    }
    if (this.#isOver || this.#flying.size > 0 || !this.source.isEnded) return;
    if (this.#plan.isConsumed?.() ?? true) this.#end();
  };

  /** Goes on at the next turn of the event loop: whoever gave one item may give more in this one. */
  readonly pumpSoon = (): void => {
    if (this.#isTurnDue || this.#isOver) return;
    this.#isTurnDue = true;
    this.#adapter.schedule(() => {
      this.#isTurnDue = false;
      this.pump();
    });
  };

  /** Runs or sends one chunk; gives whether there may be another. */
  #step(): boolean {
    const { cost, concurrency, executor, runHere } = this.#plan;
    const { source } = this;
    const room = this.#plan.room();
    if (room <= 0 || source.isEnded) return false;
    const lanes = lanesOf(this.#plan);
    if (
      runHere !== undefined && this.#flying.size === 0 &&
      isFasterHere(cost, source.left, lanes, source.moves || this.#plan.returnsValues)
    ) {
      runHere(source);
      if (!source.isEnded && !this.#isOver) this.pumpSoon();
      return false;
    }
    // Chunks queue up behind those that run, unless another worker would take them and exceed the concurrency.
    const wide = isWide(this.#plan);
    const queues = concurrency >= executor.slots && cost.samples > 0 && !wide;
    if (this.#flying.size >= (queues ? AHEAD * lanes : lanes)) return false;
    const width = wide ? Math.min(Math.ceil(concurrency / lanes), concurrency - this.#running) : 1;
    if (width <= 0) return false;
    const chunk = source.take(Math.min(room, nextSize(this.#plan, source, width, this.#bytesPerItem)));
    if (chunk === undefined) return false;
    this.#plan.onTaken?.(chunk);
    if (!this.#isOver) this.#submit(chunk, Math.min(width, chunk.count));
    return true;
  }

  #submit(chunk: Chunk, width: number): void {
    const { executor, extras, target } = this.#plan;
    let { args } = chunk;
    let options = this.#options;
    if (extras !== undefined || width > 1) {
      const [start, end, input, offset] = args;
      const { timeout } = options;
      const more = width > 1 && timeout !== undefined ? { width, timeout } : { width };
      args = [start, end, input, offset ?? start, { ...extras, ...more }];
      // Each item is watched by its worker; the chunk as a whole only in case that this cannot.
      if (width > 1 && timeout !== undefined) options = { ...options, timeout: 2 * timeout + 1000 };
    }
    if (this.source.moves) this.#weigh(roughSize(chunk.itemAt(0)));
    this.#flying.set(chunk, null);
    this.#widths.set(chunk, width);
    this.#running += width;
    const before = this.#adapter.now();
    let handle: TaskHandle;
    try {
      handle = executor.submit(target, args, this.#completion, chunk, options);
    } catch (error) {
      this.#landed(chunk);
      this.#fail(explainFailure(chunk, this.source.isParted, error), false);
      return;
    }
    if (this.source.moves) this.#plan.cost.learnMove(chunk.count, (this.#adapter.now() - before) * 2000);
    if (this.#flying.has(chunk)) this.#flying.set(chunk, handle);
    executor.start?.();
  }

  /** Items and results of a chunk shall not take much memory. */
  #weigh(bytes: number): void {
    if (bytes > this.#bytesPerItem) this.#bytesPerItem = bytes;
  }

  readonly #completion: Completion = {
    fulfilled: (key, value) => this.#onDone(key as Chunk, value as ChunkOutcome),
    rejected: (key, error) => this.#onRejected(key as Chunk, error),
  };

  /** A chunk is no longer on its way. */
  #landed(chunk: Chunk): void {
    this.#flying.delete(chunk);
    this.#running -= this.#widths.get(chunk) ?? 0;
    this.#widths.delete(chunk);
  }

  /** A chunk failed as a whole: its worker died, say. Where failures settle, that is the failure of each of its items. */
  #onRejected(chunk: Chunk, error: unknown): void {
    this.#landed(chunk);
    if (this.#isOver) return;
    const failure = explainFailure(chunk, this.source.isParted, error);
    const { onFailure, settles } = this.#plan;
    if (!settles || onFailure === undefined || this.source.isParted) return this.#fail(failure, false);
    for (let position = 0; position < chunk.count; position++) {
      onFailure({ index: chunk.start + position, item: chunk.itemAt(position), error });
    }
    const values = arrayFrom({ length: chunk.count }, () => undefined);
    this.#onDone(chunk, [chunk.count, 0, 0, values, null, null]);
  }

  #onDone(chunk: Chunk, outcome: ChunkOutcome): void {
    this.#landed(chunk);
    const [done, micros, isAsync, values, failures] = outcome;
    const units = this.source.isParted ? chunk.count : done;
    if (micros > 0) this.#plan.cost.learn(units, micros, isAsync === 1);
    if (this.#isOver) return;
    if (Array.isArray(values) && values.length > 0) this.#weigh(roughSize(values[values.length >> 1]));
    this.report(units);
    try {
      if (failures !== null) this.#noteFailures(chunk, failures);
      if (!this.#isOver) this.#plan.accept(chunk, outcome);
    } catch (error) {
      this.#fail({ index: undefined, item: undefined, error }, false);
    }
    this.pump();
  }

  #noteFailures(chunk: Chunk, failures: NonNullable<ChunkOutcome[4]>): void {
    for (const [position, bytes] of failures) {
      const error = this.#plan.executor.decodeError(bytes);
      const index = chunk.start + position;
      this.failItem({ index, item: chunk.itemAt(position), error });
      if (this.#isOver) return;
    }
  }

  /** So many items, or units, are done. */
  report(count: number): void {
    this.onProgress?.(count);
  }

  /** Waits for an item that began in this thread and gave a promise. */
  adopt(chunk: Chunk, pending: Promise<unknown>): void {
    this.#plan.cost.isAsync = true;
    this.#plan.onTaken?.(chunk);
    this.#flying.set(chunk, null);
    pending.then((value) => {
      this.#onDone(chunk, [chunk.count, 0, 1, valuesOf(this.#plan, value), null, null]);
    }).catch((error) => {
      this.#flying.delete(chunk);
      if (this.#isOver) return;
      this.failItem({ index: chunk.start, item: chunk.itemAt(0), error });
      if (!this.#isOver) this.#onDone(chunk, [1, 0, 1, [undefined], null, null]);
    });
  }

  /** An item has failed, in a worker or here. */
  failItem(failure: CollectionFailure): void {
    if (this.#plan.onFailure?.(failure)) return;
    this.#fail(failure, false);
  }

  #fail(failure: CollectionFailure, aborts: boolean): void {
    if (this.#isOver) return;
    this.#failure = failure;
    this.#finish(aborts ? { reason: failure.error } : undefined);
    this.#close().then(() => this.#reject(failure.error), () => this.#reject(failure.error));
  }

  /** Ends it early: nobody wants the rest. The promise rejects with what the source's `return` throws. */
  stop(): Promise<void> {
    if (!this.#isOver) {
      this.#finish(undefined);
      this.#close().then(() => this.#resolve(), (error) => this.#reject(error));
    }
    return this.ended;
  }

  #end(): void {
    this.#finish(undefined);
    this.#isClosing = true;
    this.#resolve();
  }

  /** Nothing is accepted any more: what waits is taken back, what runs ends at its next item, or is aborted. */
  #finish(abort: { readonly reason: unknown } | undefined): void {
    this.#isOver = true;
    const { executor } = this.#plan;
    this.#unwatch?.();
    for (const handle of this.#flying.values()) {
      if (handle === null) continue;
      if (abort !== undefined) executor.abort(handle, abort.reason);
      else {
        executor.drop(handle);
        executor.stop(handle);
      }
    }
  }

  async #close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.source.close();
  }
}
