/**
 * Runs the items of one chunk, one after the other, or several at once where their function is async.
 *
 * @module
 */

import { Math, Promise } from "../captured.ts";
import type { ChunkExtras, ChunkFailure, ChunkOutcome, LoopHost } from "./chunk_outcome.ts";
import type { AnyFunction, LoopVerb } from "./function_record.ts";
import type { ItemLoop, LoopState } from "./item_loop.ts";
import { inTime, newState } from "./loop_state.ts";
import { promiseOf } from "./thenable.ts";

/** Longest that items run between two checks whether to stop, in ms, as far as earlier items tell. */
const STRIDE_MS = 0.02;
/** Most items between two checks: so many may run when items suddenly take far longer. */
const MAX_STRIDE = 256;

/** What a chunk's items are run by. */
export interface ItemCaller {
  readonly verb: LoopVerb;
  readonly settles: boolean;
  readonly fn: AnyFunction;
  /** Name of the function, for messages. */
  readonly name: string;
  readonly initial: AnyFunction | undefined;
  readonly host: LoopHost;
  readonly explain: (error: unknown) => unknown;
  itemLoop(isRange: boolean): ItemLoop;
}

/** The items of one chunk on their way. */
export class ChunkItems {
  readonly #loop: ItemCaller;
  readonly #start: number;
  readonly #began: number;
  readonly #mustStop: () => boolean;
  readonly #extras: ChunkExtras;
  readonly #state: LoopState;
  #failures: ChunkFailure[] | null = null;
  #counts: number[] | null = null;
  #isAsync = 0;
  /** Whether `reduce` has something to build on. */
  #hasTotal = true;
  /** What was found among items that only this thread has, in a box. */
  #found: [unknown] | undefined;
  /** Index after the last item that is done. */
  #at: number;
  #isOver = false;

  constructor(loop: ItemCaller, start: number, extras: ChunkExtras) {
    this.#loop = loop;
    this.#start = this.#at = start;
    this.#extras = extras;
    this.#mustStop = loop.host.stopCheck();
    this.#began = loop.host.now();
    this.#state = newState(extras.into ?? [], start);
  }

  /** Whether no further item is to begin. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Makes what `reduce` begins with, waiting for a promise of it; without `initial` it begins with the first item. */
  begin(): Promise<void> | undefined {
    const { initial } = this.#loop;
    if (initial === undefined) {
      this.#hasTotal = this.#loop.verb !== "reduce";
      return undefined;
    }
    const total = initial();
    const promise = promiseOf(total);
    if (promise === undefined) {
      this.#state.total = total;
      return undefined;
    }
    return promise.then((value) => void (this.#state.total = value));
  }

  /**
   * Runs items of one batch.
   *
   * @returns a promise where the function gives promises
   */
  run(input: ArrayLike<unknown> | undefined, to: number, offset: number): Promise<void> | undefined {
    const { host, fn, verb } = this.#loop;
    if (verb === "flatMap") return this.#flatten(input, to, offset);
    const items = this.#loop.itemLoop(input === undefined);
    const state = this.#state;
    if (!this.#hasTotal && this.#at < to) {
      this.#hasTotal = true;
      state.total = input === undefined ? this.#at : input[this.#at - offset];
      this.#at++;
    }
    let stride = 1;
    let before = host.now();
    while (this.#at < to && !this.#isOver) {
      const until = Math.min(to, this.#at + stride);
      try {
        this.#at = items(fn, input, this.#at, until, offset, state);
      } catch (error) {
        this.#at = state.at;
        this.#fail(error);
        continue;
      }
      if (state.pending !== undefined) {
        const value = state.pending;
        state.pending = undefined;
        const pending = promiseOf(value);
        if (pending === undefined) { // it only has a property of that name
          this.#take(this.#at++, value);
          continue;
        }
        this.#isAsync = 1;
        return verb === "reduce"
          ? this.#inOrder(pending, input, to, offset)
          : this.#concurrently(pending, input, to, offset);
      }
      if (state.isFound || this.#mustStop()) this.#isOver = true;
      const after = host.now();
      if (after - before < STRIDE_MS) stride = Math.min(stride * 2, MAX_STRIDE);
      else if (after - before > 2 * STRIDE_MS) stride = Math.max(1, stride >> 1);
      before = after;
    }
    return undefined;
  }

  /** The item at `#at` has failed. */
  #fail(error: unknown): void {
    const index = this.#at++;
    this.#note(index, error);
    if (this.#loop.verb === "map" || this.#loop.verb === "filter") this.#state.out[index - this.#start] = undefined;
    if (!this.#loop.settles) this.#isOver = true;
  }

  #note(index: number, error: unknown): void {
    (this.#failures ??= []).push([index - this.#start, this.#loop.host.encodeError(this.#loop.explain(error))]);
  }

  /** Takes in the result of an item: what the compiled loop does. */
  #take(index: number, result: unknown): void {
    const { verb } = this.#loop;
    const state = this.#state;
    if (verb === "reduce") state.total = result;
    else if (this.#extras.into !== undefined) {
      state.put(index, result);
    } else if (verb === "map") state.out[index - this.#start] = result;
    else if (verb === "filter") state.out[index - this.#start] = result ? true : false;
    else if (
      ((verb === "find" && result) || (verb === "findFalse" && !result)) && (!state.isFound || index < state.at)
    ) {
      state.isFound = true;
      state.at = index;
      this.#isOver = true;
    }
  }

  /** Items whose results build on each other. */
  async #inOrder(
    pending: Promise<unknown>,
    input: ArrayLike<unknown> | undefined,
    to: number,
    offset: number,
  ): Promise<void> {
    const state = this.#state;
    const { fn } = this.#loop;
    for (;;) {
      try {
        state.total = await pending;
        this.#at++;
      } catch (error) {
        this.#fail(error);
      }
      if (this.#mustStop()) this.#isOver = true;
      if (this.#isOver || this.#at >= to) return;
      const index = this.#at;
      // An async function, so that what it throws at once rejects as well.
      pending = (async () => await fn(state.total, input === undefined ? index : input[index - offset], index))();
    }
  }

  /** Items of an async function: `width` at once, from the one whose promise is pending on. */
  async #concurrently(
    first: Promise<unknown>,
    input: ArrayLike<unknown> | undefined,
    to: number,
    offset: number,
  ): Promise<void> {
    const state = this.#state;
    const { fn } = this.#loop;
    const { timeout } = this.#extras;
    let next = this.#at + 1;
    let done = this.#at;
    const settle = async (index: number, pending: unknown): Promise<void> => {
      try {
        this.#take(index, await (timeout === undefined ? pending : inTime(this.#loop, pending, timeout)));
      } catch (error) {
        this.#note(index, error);
        if (this.#loop.verb === "map" || this.#loop.verb === "filter") state.out[index - this.#start] ??= undefined;
        if (!this.#loop.settles) this.#isOver = true;
      }
      done++;
      if (this.#mustStop()) this.#isOver = true;
    };
    const begin = (): Promise<void> => {
      const index = next++;
      let result: unknown;
      try {
        result = fn(input === undefined ? index : input[index - offset], index);
      } catch (error) {
        result = Promise.reject(error);
      }
      return settle(index, result);
    };
    const work = async (settled: Promise<void>): Promise<void> => {
      await settled;
      while (!this.#isOver && next < to) await begin();
    };
    const workers = [work(settle(this.#at, first))];
    while (workers.length < (this.#extras.width ?? 1) && !this.#isOver && next < to) workers.push(work(begin()));
    await Promise.all(workers);
    this.#at = this.#isOver ? Math.max(done, this.#at) : to;
  }

  /** Functions that give many values for an item: generators, sync or async. */
  async #flatten(input: ArrayLike<unknown> | undefined, to: number, offset: number): Promise<void> {
    const { fn } = this.#loop;
    const out = this.#state.out as unknown[];
    this.#counts ??= [];
    while (this.#at < to && !this.#isOver) {
      const before = out.length;
      try {
        const item = input === undefined ? this.#at : input[this.#at - offset];
        const values = fn(item, this.#at) as Iterable<unknown> | AsyncIterable<unknown>;
        if (Symbol.asyncIterator in values) {
          this.#isAsync = 1;
          for await (const value of values) {
            out.push(value);
            if (this.#mustStop()) break;
          }
        } else {
          for (const value of values) {
            out.push(value);
            if ((out.length & 63) === 0 && this.#mustStop()) break;
          }
        }
        this.#at++;
      } catch (error) {
        out.length = before;
        this.#note(this.#at++, error);
        if (!this.#loop.settles) this.#isOver = true;
      }
      this.#counts.push(out.length - before);
      if (this.#mustStop()) this.#isOver = true;
    }
  }

  /** Keeps items of a batch that the caller does not have: those that `filter` keeps, and the one that was found. */
  keep(batch: readonly unknown[], kept: unknown[] | undefined, from: number): void {
    const { at, isFound, out } = this.#state;
    if (isFound && at >= from) this.#found = [batch[at - from]];
    if (kept === undefined) return;
    for (let i = from; i < this.#at; i++) {
      if (out[i - this.#start] !== true) continue;
      kept.push(batch[i - from]);
      (this.#counts ??= []).push(i - this.#start);
    }
  }

  /** Index after the last item that is done. */
  get at(): number {
    return this.#at;
  }

  end(values: unknown = this.#values()): ChunkOutcome {
    const micros = (this.#loop.host.now() - this.#began) * 1000;
    const done = this.#at - this.#start;
    if (this.#found !== undefined) {
      return [done, micros, this.#isAsync, values, this.#failures, this.#counts, this.#found];
    }
    return [done, micros, this.#isAsync, values, this.#failures, this.#counts];
  }

  #values(): unknown {
    const { verb } = this.#loop;
    if (verb === "reduce") return this.#state.total;
    if (verb === "find" || verb === "findFalse") return this.#state.isFound ? this.#state.at - this.#start : -1;
    return verb === "forEach" || this.#extras.into !== undefined ? null : this.#state.out;
  }
}
