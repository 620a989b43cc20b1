/**
 * `reduce`: each chunk is folded where it runs, and the caller combines what they come to.
 *
 * @module
 */

import { Math, SafeMap } from "../captured.ts";
import { misuse } from "../errors.ts";
import { rememberFrames, withFrames } from "../executor/stack_frames.ts";
import { describe } from "../codec/describe.ts";
import { checkFunction } from "../functions/callable.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import { type ChunkRun, SLICE_MS } from "./chunk_run.ts";
import type { ChunkSource } from "./chunk_source.ts";
import { type Collection, failureAt } from "./collection.ts";
import { HereRunner } from "./here.ts";

/**
 * How to fold items: each chunk begins with `initial()` and takes in its items by `step`, in a worker; the caller joins
 * two neighbouring chunks by `combine`.
 *
 * @typeParam T an item
 * @typeParam A what items are folded into
 */
export interface Reducer<T, A> {
  /** Makes an empty accumulator. Runs in a worker, once a chunk. */
  readonly initial: () => A;
  /** Takes in one item. Runs in a worker. */
  readonly step: (accumulator: A, item: T, index: number) => A | Promise<A>;
  /** Joins two accumulators, the earlier one first. Runs in the caller. */
  readonly combine: (earlier: A, later: A) => A;
}

/** Chunks of a `reduce` with fixed borders, at most, and items of one where nobody knows how many there are. */
const FIXED_CHUNKS = 256;
const FIXED_ITEMS = 1024;
/** Units (bytes) of a part with fixed borders. */
const FIXED_PART = 4 * 1024 * 1024;

/** Borders that depend on the length alone. */
function fixedSize(source: ChunkSource): number {
  if (source.isParted) return FIXED_PART;
  return source.left === Infinity ? FIXED_ITEMS : Math.max(FIXED_ITEMS, Math.ceil(source.left / FIXED_CHUNKS));
}

/** Checks a reducer. */
export function checkReducer(reducer: unknown): asserts reducer is Reducer<unknown, unknown> {
  if (typeof reducer !== "object" || reducer === null) {
    throw misuse(
      new TypeError(
        `Cannot reduce as it takes { initial, step, combine }, or an associative function and a value: received ${
          describe(reducer)
        }`,
      ),
      "INVALID_REDUCER",
    );
  }
  for (const name of ["initial", "step", "combine"] as const) {
    const fn = (reducer as Record<string, unknown>)[name];
    if (typeof fn !== "function") {
      throw misuse(
        new TypeError(`Cannot reduce as '${name}' must be a function: received ${describe(fn)}`),
        "INVALID_REDUCER",
      );
    }
    if (name !== "combine") checkFunction(fn);
  }
}

/** A `reduce` that is under way. */
export class Reduction {
  readonly #collection: Collection;
  readonly #combine: (earlier: unknown, later: unknown) => unknown;
  readonly #run: ChunkRun;
  readonly #here: HereRunner | undefined;
  readonly #initial: AnyFunction | undefined;
  /** What the chunks so far come to, in a box. */
  #total: [unknown] | undefined;
  /** Accumulators that wait for one before them, by sequence. */
  readonly #early: Map<number, [unknown] | undefined> = new SafeMap();
  #next = 0;

  /** @param first the value that a plain function begins with, in a box; there `combine` is the function itself */
  constructor(
    collection: Collection,
    initial: AnyFunction | undefined,
    combine: (earlier: unknown, later: unknown) => unknown,
    first: [unknown] | undefined,
    deterministic: boolean,
  ) {
    this.#collection = collection;
    this.#combine = combine;
    this.#initial = initial;
    this.#total = first;
    const { executor } = collection;
    const source = collection.open(() => this.#run.pumpSoon());
    const fn = deterministic ? undefined : collection.functionFor(source);
    if (fn !== undefined) this.#here = new HereRunner(fn, "reduce", collection.cost, () => executor.adapter.now());
    const kind = { verb: "reduce", settles: false, isInto: false, hasInitial: initial !== undefined } as const;
    this.#run = collection.start(source, {
      target: initial === undefined ? collection.target(kind) : collection.target(kind, initial),
      extras: undefined,
      ...(deterministic ? { fixed: fixedSize(source) } : {}),
      room: () => collection.options.buffer ?? Infinity,
      accept: (chunk, outcome) => this.#add(chunk.sequence, outcome[0] > 0 ? [outcome[3]] : undefined),
      ...(this.#here === undefined ? {} : { runHere: (source) => this.#runHere(source) }),
    });
    this.#run.pump();
  }

  /** Resolves with what all items come to. */
  async result(): Promise<unknown> {
    if (!this.#run.isOver || this.#run.failure !== undefined) {
      const site = rememberFrames();
      try {
        await this.#run.ended;
      } catch (error) {
        throw withFrames(error, site);
      }
    }
    return this.#total === undefined ? this.#initial?.() : this.#total[0];
  }

  /** Takes in what a chunk comes to, in a box; nothing where it had no item. */
  #add(sequence: number, total: [unknown] | undefined): void {
    this.#early.set(sequence, total);
    while (this.#early.has(this.#next)) {
      const later = this.#early.get(this.#next);
      this.#early.delete(this.#next++);
      if (later === undefined) continue;
      this.#total = this.#total === undefined ? later : [this.#combine(this.#total[0], later[0])];
    }
  }

  #runHere(source: ChunkSource): void {
    const here = this.#here!;
    const start = source.at!;
    // All before is done. A plain function goes on from there, for it is associative.
    here.state.total = this.#initial === undefined ? this.#total![0] : this.#initial();
    const { count, failure, micros, pending } = here.run(source, SLICE_MS);
    this.#collection.cost.learn(count, micros, pending !== undefined);
    if (failure !== undefined) {
      const chunk = source.takeHere!(count);
      this.#run.failItem(failureAt(start + count - 1, chunk.itemAt(count - 1), failure.error));
      return;
    }
    this.#run.report(count);
    if (this.#initial === undefined) this.#total = undefined; // it is part of what comes now
    if (pending !== undefined) {
      this.#run.adopt(source.takeHere!(count + 1), pending);
      return;
    }
    this.#add(source.takeHere!(count).sequence, [here.state.total]);
  }
}
