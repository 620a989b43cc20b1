/**
 * Parts whose items have indexes: before a function that asks for indexes runs, the workers count the items of each part.
 *
 * @module
 */

import { Math, promiseThen } from "../captured.ts";
import type { Executor } from "../executor/executor.ts";
import type { ChunkOutcome } from "../functions/chunk_outcome.ts";
import type { LoopTarget } from "../functions/targets.ts";
import type { CallOptions } from "../options.ts";
import { type Chunk, type ChunkSource, PartSource } from "./chunk_source.ts";
import type { PartedSource } from "./parted_source.ts";

/** Parts for each worker: few enough to be counted quickly, enough to share the work evenly. */
const PARTS = 8;
/** Least size of a part, in units (bytes of a file). */
const LEAST_PART = 64 * 1024;

/** A source of parts that gives nothing until all are counted. */
export class CountedSource implements ChunkSource {
  readonly isParted: boolean = true;
  readonly moves: boolean = false;
  readonly #size: number;
  /** The parts, once they are counted. */
  #parts: PartSource | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  /**
   * @param counter a loop that only counts items
   * @param size of a part, 0 for automatic
   * @param onReady called when the parts are counted, or could not be
   */
  constructor(
    source: PartedSource<unknown, unknown>,
    executor: Executor,
    options: CallOptions | null,
    counter: LoopTarget,
    size: number,
    onReady: () => void,
  ) {
    this.#size = source.size;
    const lanes = Math.max(1, executor.slots);
    const length = size > 0 ? size : Math.max(LEAST_PART, Math.ceil(source.size / (lanes * PARTS)));
    const counts: Promise<number>[] = [];
    for (let from = 0; from < source.size; from += length) {
      counts.push(count(executor, options, counter, source.part(from, Math.min(from + length, source.size))));
    }
    promiseThen(allOf(counts), (all) => {
      let first = 0;
      const starts = all.map((items, i): readonly [number, number] => {
        const start = first;
        first += items;
        return [(i + 1) * length, start];
      });
      this.#parts = new PartSource(source, starts);
      onReady();
    }, (error) => {
      this.#failure = { error };
      onReady();
    });
  }

  get left(): number {
    return this.#parts?.left ?? this.#size;
  }

  get isEnded(): boolean {
    return this.#isClosed || (this.#failure === undefined && (this.#parts?.isEnded ?? this.#size === 0));
  }

  take(most: number): Chunk | undefined {
    if (this.#failure === undefined) return this.#parts?.take(most);
    this.#isClosed = true;
    throw this.#failure.error;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#parts?.close() ?? allOf([]).then(() => {});
  }
}

async function allOf(counts: readonly Promise<number>[]): Promise<number[]> {
  const all: number[] = [];
  for (const each of counts) promiseThen(each, undefined, () => {});
  for (const each of counts) all.push(await each);
  return all;
}

/** How many items a part has. */
function count(executor: Executor, options: CallOptions | null, counter: LoopTarget, part: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const completion = {
      fulfilled: (_: unknown, outcome: unknown) => resolve((outcome as ChunkOutcome)[0]),
      rejected: (_: unknown, error: unknown) => reject(error),
    };
    executor.submit(counter, [0, 0, part], completion, 0, options);
    executor.start?.();
  });
}
