/**
 * Runs a chunk of a collection: calls a function for each of its items, one after the other, and gives back all that
 * the caller has to know as one value. Runs in a worker, or in the caller's thread where that is the executor.
 *
 * @module
 */

import { Array, toNumber } from "../captured.ts";
import { ChunkItems } from "./chunk_items.ts";
import type { ChunkExtras, ChunkFailure, ChunkOutcome, LoopHost } from "./chunk_outcome.ts";
import { SerializationError } from "../errors.ts";
import { type AnyFunction, FUNCTION_READER, type LoopKind, nameOf } from "./function_record.ts";
import { createItemLoop, type ItemLoop, type ItemVerb } from "./item_loop.ts";

/** A function with all that its chunks need, made once in each worker. */
export class ChunkLoop {
  readonly verb: LoopKind["verb"];
  readonly settles: boolean;
  readonly fn: AnyFunction;
  readonly name: string;
  /** Makes what `reduce` begins with. */
  readonly initial: AnyFunction | undefined;
  readonly host: LoopHost;
  /** Makes a better error of one that a function threw. */
  readonly explain: (error: unknown) => unknown;
  readonly #reader: string | AnyFunction | undefined;
  readonly #loops: (ItemLoop | undefined)[] = [undefined, undefined];
  readonly #isInto: boolean;

  /** @param functions the function, `initial` of `reduce`, the reader */
  constructor(
    kind: LoopKind,
    functions: readonly AnyFunction[],
    host: LoopHost,
    explain: (error: unknown) => unknown = (error) => error,
  ) {
    this.explain = explain;
    this.verb = kind.verb;
    this.settles = kind.settles;
    this.#isInto = kind.isInto;
    this.host = host;
    this.fn = functions[0]!;
    this.name = nameOf(this.fn) || "(anonymous)";
    this.initial = kind.hasInitial ? functions[1] : undefined;
    this.#reader = kind.reader === FUNCTION_READER ? functions[functions.length - 1] : kind.reader ?? undefined;
  }

  /** The compiled loop over items, or over indexes. */
  itemLoop(isRange: boolean): ItemLoop {
    const verb: ItemVerb = this.#isInto ? "into" : this.verb as ItemVerb;
    return this.#loops[isRange ? 1 : 0] ??= createItemLoop(verb, isRange);
  }

  /**
   * Runs one chunk.
   *
   * @param start index of its first item
   * @param end index after its last item; of a part, which knows no length, any number
   * @param input its items; `undefined` where the index is the item, a part where the source has a reader
   * @param offset index of `input[0]`
   */
  readonly call = (
    start: number,
    end: number,
    input?: unknown,
    offset: number = start,
    extras: ChunkExtras = {},
  ): ChunkOutcome | Promise<ChunkOutcome> => {
    const run = new ChunkItems(this, start, extras);
    const reader = this.#reader;
    const beginning = run.begin();
    if (beginning !== undefined) {
      return beginning.then(() => this.#finish(run, end, input, offset, reader));
    }
    return this.#finish(run, end, input, offset, reader);
  };

  /** An outcome one of whose values cannot be sent: that item has failed, or all from it on are not done. */
  readonly repair = (result: unknown, error: unknown): unknown => {
    const [done, micros, isAsync, values, failures, counts] = result as ChunkOutcome;
    const found = /^result\[3\](?:\[(\d+)\])?(.*)$/s.exec(String((error as { path?: unknown }).path));
    const position = toNumber(found?.[1] ?? NaN);
    if (!Array.isArray(values) || !(position < values.length) || counts !== null) return undefined;
    const { message } = error as Error;
    const own = message.replace(`result[3][${position}]`, "result");
    const bytes = this.host.encodeError(new SerializationError(own, `result${found![2]}`));
    const failure: ChunkFailure = [position, bytes];
    if (!this.settles) return [position + 1, micros, isAsync, values.slice(0, position), [failure], null];
    values[position] = undefined;
    return [done, micros, isAsync, values, [...failures ?? [], failure].sort((a, b) => a[0] - b[0]), null];
  };

  #finish(
    run: ChunkItems,
    end: number,
    input: unknown,
    offset: number,
    reader: string | AnyFunction | undefined,
  ): ChunkOutcome | Promise<ChunkOutcome> {
    if (reader !== undefined) return this.#read(run, this.host.read(reader, input));
    const rest = run.run(input as ArrayLike<unknown> | undefined, end, offset);
    return rest === undefined ? run.end() : rest.then(() => run.end());
  }

  /** Runs what a part's reader gives, batch by batch; without a promise where neither reader nor function gives one. */
  #read(
    run: ChunkItems,
    batches: Iterable<unknown[]> | AsyncIterable<unknown[]>,
  ): ChunkOutcome | Promise<ChunkOutcome> {
    const kept: unknown[] | undefined = this.verb === "filter" ? [] : undefined;
    const take = (batch: unknown[]): Promise<void> | undefined => {
      const from = run.at;
      const rest = run.run(batch, from + batch.length, from);
      if (rest === undefined) return void run.keep(batch, kept, from);
      return rest.then(() => run.keep(batch, kept, from));
    };
    const end = (): ChunkOutcome => kept === undefined ? run.end() : run.end(kept);
    if (!(Symbol.iterator in batches)) {
      return this.#readLater(run, (batches as AsyncIterable<unknown[]>)[Symbol.asyncIterator](), take, end);
    }
    const iterator = (batches as Iterable<unknown[]>)[Symbol.iterator]();
    for (;;) {
      const next = iterator.next();
      if (next.done) return end();
      const rest = take(next.value);
      if (rest !== undefined) {
        return rest.then(() => run.isOver ? end() : this.#readLater(run, iterator, take, end));
      }
      if (run.isOver) {
        iterator.return?.();
        return end();
      }
    }
  }

  async #readLater(
    run: ChunkItems,
    iterator: Iterator<unknown[]> | AsyncIterator<unknown[]>,
    take: (batch: unknown[]) => Promise<void> | undefined,
    end: () => ChunkOutcome,
  ): Promise<ChunkOutcome> {
    for (;;) {
      const next = await iterator.next();
      if (next.done) return end();
      await take(next.value);
      if (run.isOver) {
        await iterator.return?.();
        return end();
      }
    }
  }
}
