/**
 * Chunks of what an iterator gives, synchronous or not.
 *
 * @module
 */

import { Promise, promiseRace, promiseResolve, promiseThen } from "../captured.ts";
import { promiseOf } from "../functions/thenable.ts";
import type { Chunk, ChunkSource } from "./chunk_source.ts";

/** Longest that the caller reads a synchronous iterator at a stretch, in ms. */
const PULL_MS = 1;

/** How long an iterator is waited for that is told to end while it is asked for an item, in ms. */
const PATIENCE_MS = 1000;

type Delay = (fn: () => void, ms: number) => () => void;

/** What an iterator gives, synchronous or not; items that are promises are waited for, one after the other. */
export class IteratorSource implements ChunkSource {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #isAsync: boolean;
  readonly #now: () => number;
  readonly #delay: Delay;
  /** Called when there is something to take, at the end, and at an error. */
  readonly #onReady: () => void;
  readonly moves: boolean = true;
  readonly isParted: boolean = false;
  #items: unknown[] = [];
  #index = 0;
  #sequence = 0;
  #wanted = 0;
  /** Whether an item is waited for. */
  #isWaiting = false;
  /** Whether the iterator is not to be asked any more. */
  #isDone = false;
  #error: { readonly error: unknown } | undefined;

  constructor(
    iterator: Iterator<unknown> | AsyncIterator<unknown>,
    isAsync: boolean,
    { now, delay }: { readonly now: () => number; readonly delay: Delay },
    onReady: () => void,
  ) {
    this.#delay = delay;
    this.#iterator = iterator;
    this.#isAsync = isAsync;
    this.#now = now;
    this.#onReady = onReady;
  }

  get left(): number {
    return this.#isDone ? this.#items.length : Infinity;
  }

  get isEnded(): boolean {
    return this.#isDone && this.#items.length === 0 && this.#error === undefined;
  }

  take(most: number): Chunk | undefined {
    this.#wanted = most;
    this.#pull(most);
    if (this.#items.length === 0) {
      if (this.#error === undefined) return undefined;
      const { error } = this.#error;
      this.#error = undefined;
      throw error;
    }
    const items = this.#items.length <= most ? this.#items : this.#items.slice(0, most);
    this.#items = items === this.#items ? [] : this.#items.slice(most);
    const start = this.#index;
    this.#index += items.length;
    return {
      sequence: this.#sequence++,
      start,
      count: items.length,
      args: [start, start + items.length, items],
      itemAt: (position) => items[position],
    };
  }

  /** Asks the iterator for items until there are `most`, or it has to be waited for. */
  #pull(most: number): void {
    if (this.#isWaiting) return;
    const until = this.#now() + PULL_MS;
    for (let i = 1; !this.#isDone && this.#items.length < most; i++) {
      let next: IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
      try {
        next = this.#iterator.next();
        if (!this.#isAsync) {
          const { done, value } = next as IteratorResult<unknown>;
          if (done) this.#isDone = true;
          else {
            const promise = promiseOf(value);
            if (promise === undefined) this.#items.push(value);
            else this.#wait(promise.then((item) => ({ done: false, value: item })));
          }
        } else this.#wait(Promise.resolve(next as Promise<IteratorResult<unknown>>));
      } catch (error) {
        this.#fail(error);
      }
      if (this.#isWaiting) return;
      if ((i & 31) === 0 && this.#now() > until) return;
    }
  }

  #wait(promise: Promise<IteratorResult<unknown>>): void {
    this.#isWaiting = true;
    promise.then((next) => {
      const value = next.done ? undefined : promiseOf(next.value);
      return value === undefined ? next : value.then((item) => ({ done: false, value: item }));
    }).then((next) => {
      this.#isWaiting = false;
      if (this.#isDone) return;
      if (next.done) this.#isDone = true;
      else this.#items.push(next.value);
      if (this.#items.length < this.#wanted) this.#pull(this.#wanted);
      this.#onReady();
    }, (error) => {
      this.#isWaiting = false;
      if (this.#isDone) return;
      this.#fail(error);
      this.#onReady();
    });
  }

  #fail(error: unknown): void {
    this.#isDone = true;
    this.#error = { error };
  }

  /**
   * An iterator answers `return` after the `next` that it is asked for. It is waited for as long as other sources take,
   * but not for ever: the item that it waits for itself may never come.
   */
  async close(): Promise<void> {
    this.#items.length = 0;
    if (this.#isDone) return;
    this.#isDone = true;
    const ended = this.#iterator.return?.();
    if (!this.#isWaiting || ended === undefined) return void await ended;
    const returned = promiseResolve(ended as Promise<unknown>);
    promiseThen(returned, undefined, () => {});
    const { patience, cancel } = this.#patience();
    try {
      await promiseRace([returned, patience]);
    } finally {
      cancel();
    }
  }

  #patience(): { patience: Promise<unknown>; cancel: () => void } {
    let cancel = (): void => {};
    const patience = new Promise<void>((resolve) => cancel = this.#delay(resolve, PATIENCE_MS));
    return { patience, cancel };
  }
}
