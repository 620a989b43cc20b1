/**
 * The results of a `Task` one by one, as they arrive: its async iterator.
 *
 * @module
 */

import { Promise } from "../captured.ts";
import { push, shift, splice } from "../lists.ts";
import { rememberFrames, withFrames } from "../executor/stack_frames.ts";

/** The first failure of a task: see {@linkcode TaskBatch.failure}. */
export interface TaskFailure {
  /** Which call failed, counted from 0 in the order of `run`. */
  readonly index: number;
  /** What it failed with. */
  readonly error: unknown;
}

/** A result with the number of its call. */
export interface TaskItem<R> {
  /** Which call it is the result of, counted from 0 in the order of `run`. */
  readonly index: number;
  /** What the call gave. */
  readonly value: R;
}

/** The outcome of a call, with its number. */
export type TaskOutcome<R> = PromiseSettledResult<R> & {
  /** Which call it is the outcome of, counted from 0 in the order of `run`. */
  readonly index: number;
};

/** What is iterated over. */
export interface ItemSource<T> {
  /**
   * Takes the results: nobody else may ask for them.
   *
   * @throws {TaskCompletedError} If somebody has
   */
  claim(): void;
  /** Says what to call at each result that arrives; gives the indices of those that are there. */
  begin(onEach: (index: number) => void): number[];
  /** How many results there will be. */
  size(): number;
  /** The first failure, once there is one that ends the iteration. */
  failure(): TaskFailure | undefined;
  /** What to give for a call that is settled; `site` has the frames of who awaits it, if they are not on the stack. */
  item(index: number, site: Error | undefined): T;
  /** Nobody wants the rest. */
  end(): void;
}

/**
 * Iterates over results as they arrive; the first failure ends it. Calls of `next` that wait are answered in their
 * order, as those of a generator are.
 *
 * Not a generator: in one, JavaScriptCore does not know who awaits, and the error would lack the
 * caller's frames.
 */
export function iterate<T>(source: ItemSource<T>): AsyncIterableIterator<T> {
  /** Indices in the order of arrival, once the results were taken. */
  let arrived: number[] | undefined;
  /** Places in `arrived` that were promised to calls of `next`. */
  let promised = 0;
  let isDone = false;
  /** Wakes the calls of `next` that wait, the first first: it is promised the result that arrives next. */
  const waiting: (() => void)[] = [];
  const wakeAll = (): void => {
    for (const wake of splice(waiting, 0)) wake();
  };
  const claim = (): void => {
    try {
      source.claim();
    } catch (error) {
      isDone = true;
      throw error;
    }
  };
  const begin = (): number[] => {
    claim();
    return source.begin((index) => {
      push(arrived!, index);
      // After the last result, and after a failure, those who wait for more have to hear that there is none.
      if (arrived!.length === source.size() || source.failure() !== undefined) wakeAll();
      else shift(waiting)?.();
    });
  };
  const end = (): IteratorReturnResult<undefined> => {
    if (!isDone) {
      isDone = true;
      source.end();
      wakeAll();
    }
    return { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<T, undefined>> => {
    if (isDone) return end();
    arrived ??= begin();
    const place = promised++;
    // One who need not wait is still on the stack if there is a failure.
    const site = place < arrived.length ? undefined : rememberFrames();
    while (!isDone && source.failure() === undefined && place >= arrived.length && arrived.length < source.size()) {
      await new Promise<void>((resolve) => push(waiting, resolve));
    }
    const failure = source.failure();
    if (failure !== undefined) {
      if (isDone) return end(); // an earlier call has thrown it
      end();
      throw withFrames(failure.error, site);
    }
    if (place >= arrived.length) return end();
    return { done: false, value: source.item(arrived[place]!, site) };
  };
  return {
    next,
    // deno-lint-ignore require-await -- what it throws is to reject
    return: async () => {
      if (!isDone && arrived === undefined) claim();
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
