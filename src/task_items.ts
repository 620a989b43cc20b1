/**
 * The results of a task one by one, as they arrive.
 *
 * @module
 */

import { withFrames } from "./settle.ts";

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

/** What is iterated over. */
export interface ItemSource<R> {
  /** Takes the results, with what to call at each that arrives; gives the indices of those that are there. */
  begin(onEach: (index: number) => void): number[];
  /** How many results there will be. */
  size(): number;
  /** The first failure, once there is one. */
  failure(): TaskFailure | undefined;
  /** A result that is there. */
  value(index: number): R;
  /** Nobody wants the rest. */
  end(): void;
}

/**
 * Iterates over results as they arrive; the first failure ends it.
 *
 * Not a generator: in one, JavaScriptCore does not know who awaits, and the error would lack the
 * caller's frames.
 */
export function iterate<R>(source: ItemSource<R>): AsyncIterableIterator<TaskItem<R>> {
  let arrived: number[] | undefined;
  let given = 0;
  let isDone = false;
  let wake: (() => void) | undefined;
  const end = (): IteratorReturnResult<undefined> => {
    if (!isDone && arrived !== undefined) source.end();
    isDone = true;
    return { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<TaskItem<R>, undefined>> => {
    arrived ??= source.begin((index) => {
      arrived!.push(index);
      const waiting = wake;
      wake = undefined;
      waiting?.();
    });
    if (isDone || given === source.size()) return end();
    const at = given++;
    while (at >= arrived.length && source.failure() === undefined) {
      await new Promise<void>((resolve) => {
        const before = wake;
        wake = () => {
          before?.();
          resolve();
        };
      });
    }
    const failure = source.failure();
    if (failure !== undefined) {
      end();
      throw withFrames(failure.error);
    }
    const index = arrived[at]!;
    return { done: false, value: { index, value: source.value(index) } };
  };
  return {
    next,
    return: () => Promise.resolve(end()),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
