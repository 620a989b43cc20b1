/**
 * Sends what a generator yields to the caller while it runs, in batches, no faster than they are taken.
 *
 * @module
 */

import { Promise } from "../captured.ts";
import type { LoopHost } from "./chunk_outcome.ts";
import type { AnyFunction } from "./function_record.ts";

/** Takes a batch; the promise says whether more is wanted, once there is room for it. */
export type Push = (values: unknown[]) => Promise<boolean>;

/** Batches that may be on their way or wait to be taken. */
const CREDITS = 4;
/** Most values of a batch. */
const MOST = 1024;
/** A value that waited so long for the next one goes alone, in ms. */
const SLOW_MS = 1;

/** Runs a generator function, sync or async, and pushes its values. */
export async function streamValues(fn: AnyFunction, push: Push, args: unknown[], host: LoopHost): Promise<unknown> {
  const mustStop = host.stopCheck();
  const values = fn(...args) as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
  const iterator = values[Symbol.asyncIterator]?.() ?? values[Symbol.iterator]?.();
  if (iterator === undefined) {
    throw new TypeError("Cannot stream as the function gave nothing that can be iterated over");
  }
  const pushed: Promise<boolean>[] = [];
  let batch: unknown[] = [];
  let isWanted = true;
  let cancel: (() => void) | undefined;
  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    if (batch.length === 0) return;
    const sent = push(batch);
    batch = [];
    sent.then((wanted) => isWanted &&= wanted, () => isWanted = false);
    pushed.push(sent);
  };
  let last = -Infinity;
  let result: unknown;
  try {
    for (;;) {
      const pending = iterator.next();
      // What was yielded does not wait for a slow generator.
      if (pending instanceof Promise && batch.length > 0) cancel ??= host.delay(flush, SLOW_MS);
      const next = pending instanceof Promise ? await pending : pending as IteratorResult<unknown>;
      if (next.done) {
        result = next.value;
        break;
      }
      batch.push(next.value);
      const now = host.now();
      if (batch.length >= MOST || now - last >= SLOW_MS) {
        flush();
        last = now;
      }
      while (isWanted && pushed.length >= CREDITS) isWanted = await pushed.shift()! && isWanted;
      if (isWanted && !mustStop()) continue;
      cancel?.();
      await iterator.return?.(undefined);
      return undefined;
    }
  } catch (error) {
    flush(); // what came before the error comes first
    await Promise.allSettled(pushed);
    throw error;
  }
  flush();
  await Promise.allSettled(pushed);
  return result;
}
