/**
 * What `map` and `filter` give: nothing until it is awaited, which gives an array, or iterated, which gives a stream.
 *
 * @module
 */

import { Promise as PromiseClass, promiseReject, promiseResolve } from "../captured.ts";
import { misuse } from "../errors.ts";
import { rememberFrames, withFrames } from "../executor/stack_frames.ts";
import type { CollectionFailure } from "./failure.ts";
import type { Batch } from "./collector.ts";

/** A collection that is under way. */
export interface OpenCollection {
  /** Resolves when every result is there; rejects with the failure. */
  readonly ended: Promise<void>;
  /** The failure, once there is one. */
  readonly failure: CollectionFailure | undefined;
  /** Whether nothing more will come. */
  readonly isOver: boolean;
  /** All results. */
  takeAll(): unknown[];
  /** The next results that are there. */
  take(): Batch | undefined;
  /** A batch was consumed: there is room for more. */
  consumed(batch: Batch): void;
  /** Ends it early. */
  stop(): Promise<void>;
}

/**
 * Begins a collection; `onBatch` is called when there is something to take, and at the end; `wantsIndex` says that the
 * indexes of results matter.
 */
export type Opener = (onBatch: (() => void) | undefined, wantsIndex: boolean) => OpenCollection;

/**
 * Results of a collection, which begins when it is awaited or iterated; either can be done once.
 *
 * @typeParam R a result
 */
export class CollectionResults<R> implements PromiseLike<R[]>, AsyncIterable<R> {
  readonly #open: Opener;
  #promise: Promise<R[]> | undefined;
  #opened: OpenCollection | undefined;
  #isIterated = false;

  /** @internal `map` and `filter` make them. */
  constructor(open: Opener) {
    this.#open = open;
  }

  /** Why it failed, with the item where it was one that failed; `undefined` as long as it has not. */
  get failure(): CollectionFailure | undefined {
    return this.#opened?.failure;
  }

  /** Begins, and waits for all results; called by `await`. */
  then<A = R[], B = never>(
    onFulfilled?: ((value: R[]) => A | PromiseLike<A>) | null,
    // deno-lint-ignore no-explicit-any -- as promises have it
    onRejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#all().then(onFulfilled, onRejected);
  }

  /** Begins, and calls `onRejected` if it fails. */
  // deno-lint-ignore no-explicit-any -- as promises have it
  catch<B = never>(onRejected?: ((reason: any) => B | PromiseLike<B>) | null): Promise<R[] | B> {
    return this.#all().catch(onRejected);
  }

  /** Begins, and calls `onFinally` when it has ended. */
  finally(onFinally?: (() => void) | null): Promise<R[]> {
    return this.#all().finally(onFinally);
  }

  #all(): Promise<R[]> {
    if (this.#isIterated) return promiseReject(usedTwice("await"));
    return this.#promise ??= this.#collect();
  }

  async #collect(): Promise<R[]> {
    const opened = this.#opened = this.#open(undefined, false);
    if (opened.isOver && opened.failure === undefined) return opened.takeAll() as R[];
    const site = rememberFrames();
    try {
      await opened.ended;
    } catch (error) {
      throw withFrames(error, site);
    }
    return opened.takeAll() as R[];
  }

  /**
   * Begins, and gives the results one by one; leaving the loop ends all work.
   *
   * @throws {TypeError} If it was awaited or iterated before
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<R> {
    return this.#iterate((batch, position) => batch.values[position] as R);
  }

  /**
   * The results with the indexes of their items.
   *
   * @throws {TypeError} If it was awaited or iterated before
   */
  entries(): AsyncIterableIterator<[index: number, value: R]> {
    return this.#iterate((batch, position) => [
      batch.indexes === null ? batch.start + position : batch.indexes[position]!,
      batch.values[position] as R,
    ], true);
  }

  #iterate<T>(pick: (batch: Batch, position: number) => T, wantsIndex = false): AsyncIterableIterator<T> {
    if (this.#isIterated || this.#promise !== undefined) throw usedTwice("iterate over");
    this.#isIterated = true;
    const open: Opener = (onBatch) => this.#open(onBatch, wantsIndex);
    return new ResultIterator(open, pick, (opened) => this.#opened = opened);
  }
}

function usedTwice(what: string): TypeError & { code: string } {
  return misuse(
    new TypeError(`Cannot ${what} these results as they were used already: await or iterate over them once`),
    "RESULTS_TAKEN",
  );
}

/** Takes results one by one; calls of `next` that wait are answered in their order. */
class ResultIterator<T> implements AsyncIterableIterator<T> {
  readonly #open: Opener;
  readonly #pick: (batch: Batch, position: number) => T;
  readonly #onOpen: (opened: OpenCollection) => void;
  #opened: OpenCollection | undefined;
  #batch: Batch | undefined;
  #position = 0;
  #isDone = false;
  #isServing = false;
  #isSettling = false;
  /** Set once the failure was thrown. */
  #hasThrown = false;
  readonly #waiting: {
    readonly resolve: (result: IteratorResult<T>) => void;
    readonly reject: (error: unknown) => void;
    readonly site: Error;
  }[] = [];

  constructor(open: Opener, pick: (batch: Batch, position: number) => T, onOpen: (opened: OpenCollection) => void) {
    this.#open = open;
    this.#pick = pick;
    this.#onOpen = onOpen;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#isDone) return promiseResolve(DONE);
    if (this.#waiting.length === 0) {
      if (this.#opened === undefined) this.#begin();
      const value = this.#take();
      if (value !== NOTHING) return promiseResolve({ done: false, value: value as T });
    }
    const site = rememberFrames();
    const promise = new PromiseClass<IteratorResult<T>>((resolve, reject) =>
      this.#waiting.push({ resolve, reject, site })
    );
    if (this.#opened!.isOver) this.#serve();
    return promise;
  }

  #begin(): void {
    const opened = this.#opened = this.#open(() => this.#serve(), false);
    this.#onOpen(opened);
    opened.ended.then(() => this.#serve(), () => this.#serve());
  }

  /** The next result that is there. */
  #take(): T | typeof NOTHING {
    const opened = this.#opened!;
    while (this.#batch === undefined || this.#position === this.#batch.values.length) {
      if (this.#batch !== undefined) {
        opened.consumed(this.#batch);
        this.#batch = undefined;
      }
      if (opened.failure !== undefined) return NOTHING;
      this.#batch = opened.take();
      this.#position = 0;
      if (this.#batch === undefined) return NOTHING;
    }
    return this.#pick(this.#batch, this.#position++);
  }

  #serve(): void {
    // Taking may end in here again: there is room for more, and what comes is there at once.
    if (this.#opened === undefined || this.#isServing) return;
    this.#isServing = true;
    try {
      this.#answer(this.#opened);
    } finally {
      this.#isServing = false;
    }
  }

  #answer(opened: OpenCollection): void {
    while (this.#waiting.length > 0) {
      const value = this.#take();
      if (value !== NOTHING) {
        this.#waiting.shift()!.resolve({ done: false, value: value as T });
        continue;
      }
      if (!opened.isOver || this.#isSettling) return;
      this.#settle();
      return;
    }
  }

  /** No result will come any more: the first who waits hears of a failure, all others of the end. */
  #settle(): void {
    this.#isSettling = true;
    const end = (): void => {
      this.#isDone = true;
      for (const { resolve } of this.#waiting.splice(0)) resolve(DONE);
    };
    this.#opened!.ended.then(end, (error) => {
      this.#isDone = true;
      const first = this.#hasThrown ? undefined : this.#waiting.shift();
      this.#hasThrown = true;
      first?.reject(withFrames(error, first.site));
      end();
    });
  }

  async return(value?: unknown): Promise<IteratorResult<T>> {
    this.#isDone = true;
    this.#batch = undefined;
    for (const { resolve } of this.#waiting.splice(0)) resolve(DONE);
    if (this.#opened !== undefined && this.#opened.failure === undefined) await this.#opened.stop();
    return { done: true, value: value as undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
const NOTHING: unique symbol = Symbol("nothing");
