/**
 * `forEach`, `find`, `some` and `every`: verbs that keep no results.
 *
 * @module
 */

import { SafeSet } from "../captured.ts";
import { misuse } from "../errors.ts";
import { rememberFrames, withFrames } from "../executor/stack_frames.ts";
import type { ChunkOutcome } from "../functions/chunk_outcome.ts";
import { type ChunkRun, SLICE_MS } from "./chunk_run.ts";
import type { CollectionFailure } from "./failure.ts";
import type { Chunk, ChunkSource } from "./chunk_source.ts";
import { type Collection, failureAt } from "./collection.ts";
import type { SettledItem } from "./collection_options.ts";
import { HereRunner } from "./here.ts";

/** Refuses an option that a verb has no use for. */
export function refuseOptions(collection: Collection, verb: string, ...names: ("into" | "errors" | "ordered")[]): void {
  for (const name of names) {
    if (collection.options[name] === undefined) continue;
    throw misuse(new TypeError(`Option '${name}' has no meaning for ${verb}(): leave it out`), "INVALID_OPTION");
  }
}

/**
 * Calls the function for each item.
 *
 * @returns the items that failed, in order, where errors settle
 */
export async function forEach(collection: Collection): Promise<SettledItem<never>[] | void> {
  refuseOptions(collection, "forEach", "into", "ordered");
  const failed: { readonly status: "rejected"; readonly index: number; readonly reason: unknown }[] = [];
  await new Scan(collection, "forEach", (index, reason) => failed.push({ status: "rejected", index, reason })).ended();
  if (collection.settles) return failed.sort((a, b) => a.index - b.index);
}

/**
 * Finds an item, for `every` one whose result is false: the first in order, or whichever is found first where the order does
 * not matter.
 */
export async function find(
  collection: Collection,
  name: "find" | "some" | "every" = "find",
): Promise<{ readonly index: number; readonly item: unknown } | undefined> {
  refuseOptions(collection, name, "into", "errors");
  const scan = new Scan(collection, name === "every" ? "findFalse" : "find", undefined, name === "find");
  await scan.ended();
  return scan.found;
}

/** A verb that keeps no results, under way. */
class Scan {
  readonly #collection: Collection;
  readonly #source: ChunkSource;
  readonly #run: ChunkRun;
  readonly #here: HereRunner | undefined;
  readonly #isOrdered: boolean;
  /** Chunks that are done, where one behind them may have found an item: a find in order waits for those before. */
  readonly #done: Set<number> = new SafeSet();
  /** The first chunk that is not done. */
  #next = 0;
  #foundIn = Infinity;
  /** What was found. */
  found: { readonly index: number; readonly item: unknown } | undefined;

  constructor(
    collection: Collection,
    verb: "forEach" | "find" | "findFalse",
    onFailure?: (index: number, reason: unknown) => void,
    isOrdered = false,
  ) {
    const { executor, settles } = collection;
    this.#collection = collection;
    this.#isOrdered = collection.options.ordered ?? isOrdered;
    const source = this.#source = collection.open(() => this.#run.pumpSoon());
    const fn = collection.functionFor(source);
    if (fn !== undefined) this.#here = new HereRunner(fn, verb, collection.cost, () => executor.adapter.now());
    this.#run = collection.start(source, {
      target: collection.target({ verb, settles, isInto: false, hasInitial: false }),
      extras: undefined,
      room: () => this.found === undefined ? this.#room() : 0,
      accept: (chunk, outcome) => this.#accept(chunk, outcome),
      ...(settles && onFailure !== undefined
        ? {
          onFailure: ({ index, error }: CollectionFailure) => {
            if (index === undefined) return false;
            onFailure(index, error);
            return true;
          },
        }
        : {}),
      ...(this.#here === undefined ? {} : { runHere: (source) => this.#runHere(source) }),
    });
    this.#run.pump();
  }

  #room(): number {
    return this.#collection.options.buffer ?? Infinity;
  }

  async ended(): Promise<void> {
    if (this.#run.isOver && this.#run.failure === undefined) return;
    const site = rememberFrames();
    try {
      await this.#run.ended;
    } catch (error) {
      throw withFrames(error, site);
    }
  }

  #accept(chunk: Chunk, outcome: ChunkOutcome): void {
    const position = outcome[3];
    if (typeof position === "number" && position >= 0 && chunk.sequence < this.#foundIn) {
      this.#foundIn = chunk.sequence;
      const item = outcome[6] === undefined ? chunk.itemAt(position) : outcome[6][0];
      this.found = { index: chunk.start + position, item };
    }
    this.#done.add(chunk.sequence);
    while (this.#done.delete(this.#next)) this.#next++;
    // Whoever comes before the one that found may find an earlier one.
    if (this.found !== undefined && (!this.#isOrdered || this.#next > this.#foundIn)) void this.#run.stop();
  }

  #runHere(source: ChunkSource): void {
    const here = this.#here!;
    const start = source.at!;
    const { count, failure, micros, pending } = here.run(source, SLICE_MS);
    this.#collection.cost.learn(count, micros, pending !== undefined);
    const chunk = source.takeHere!(count);
    if (failure !== undefined) {
      this.#run.failItem(failureAt(start + count - 1, chunk.itemAt(count - 1), failure.error));
      if (this.#run.isOver) return;
    }
    this.#run.report(count);
    const { at, isFound } = here.state;
    this.#accept(chunk, [count, micros, 0, isFound ? at - start : -1, null, null]);
    if (pending !== undefined) this.#run.adopt(source.takeHere!(1), pending);
  }
}
