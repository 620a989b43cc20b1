/**
 * What all verbs of a collection share: a call's parts, checked and brought together.
 *
 * @module
 */

import { ArrayBuffer, Math, Number, Object, SafeMap, SafeWeakMap } from "../captured.ts";
import { misuse } from "../errors.ts";
import { type Executor, type FunctionTarget, ModuleExport } from "../executor/executor.ts";
import { type AnyFunction, FUNCTION_READER, type LoopKind } from "../functions/function_record.ts";
import { describe } from "../codec/describe.ts";
import { checkFunction, isGenerator } from "../functions/callable.ts";
import { LoopTarget } from "../functions/targets.ts";
import { typeError } from "../option_checks.ts";
import type { CallOptions } from "../options.ts";
import { checkCollectionOptions } from "../validate.ts";
import type { ChunkSource } from "./chunk_source.ts";
import { openSource } from "./open_source.ts";
import type { CollectionOptions } from "../options.ts";
import { ChunkRun } from "./chunk_run.ts";
import type { RunPlan } from "./run_plan.ts";
import type { CollectionFailure } from "./failure.ts";
import { costOf, type ItemCost } from "./item_cost.ts";
import { admit } from "../admission/load_guard.ts";
import { CountedSource } from "./counted_source.ts";
import { isPartedSource, readerOf } from "./parted_source.ts";
import { ProgressMeter } from "./progress_meter.ts";

/** What the plans of all verbs have from their call. */
type CommonPlan = "executor" | "cost" | "options" | "chunk" | "concurrency" | "settles" | "returnsValues";

/** A call of a verb, before it begins. */
export class Collection {
  readonly executor: Executor;
  readonly fn: FunctionTarget;
  readonly cost: ItemCost;
  readonly options: CollectionOptions;
  readonly callOptions: CallOptions | null;
  readonly #source: unknown;
  /** Parameters of the function before the index. */
  readonly #places: number;

  /**
   * @throws {TypeError} If the source, the function or an option is not one
   * @throws {RangeError} If a number among the options is out of range
   */
  constructor(
    executor: Executor,
    callOptions: CallOptions | null,
    source: unknown,
    fn: FunctionTarget,
    options: CollectionOptions,
    mayGenerate = false,
    places = 1,
  ) {
    this.#places = places;
    checkCollectionOptions(options, executor.adapter);
    if (!(fn instanceof ModuleExport)) checkFunction(fn, mayGenerate);
    checkSource(source);
    const { timeout, retries } = { ...callOptions, ...options };
    if (typeof retries === "object") {
      throw typeError("retries", "a number for a collection, which runs items again after a death only", retries);
    }
    if (options.chunk !== undefined && options.chunk > 1 && (timeout !== undefined || retries !== undefined)) {
      throw misuse(
        new TypeError(
          "Option 'chunk' cannot go with 'timeout' or 'retries', which make a task of each item: leave it out",
        ),
        "INVALID_OPTION",
      );
    }
    this.fn = fn;
    this.#source = source;
    this.options = options;
    this.cost = costOf(executor, fn);
    const { ordered: _1, concurrency: _2, chunk: _3, buffer: _4, errors: _5, progress: _6, into: _7, ...call } =
      options;
    const merged = callOptions === null && Object.keys(call).length === 0 ? null : { ...callOptions, ...call };
    this.callOptions = merged;
    this.executor = admit(executor, merged);
  }

  /** Whether the function gives many values an item. */
  get isFlat(): boolean {
    return isGenerator(this.fn);
  }

  get settles(): boolean {
    return this.options.errors === "settle";
  }

  /** Tasks that a collection's chunks may occupy at once, and how many items. */
  get concurrency(): number {
    return this.options.concurrency ?? Math.max(1, this.executor.slots);
  }

  /** The functions as what an executor runs. */
  target(kind: Omit<LoopKind, "reader">, ...more: FunctionTarget[]): LoopTarget {
    const reader = typeof this.#source === "object" ? readerOf(this.#source!) : null;
    const functions: FunctionTarget[] = [this.fn, ...more];
    if (typeof reader === "function") functions.push(reader);
    return loopTarget({ ...kind, reader: typeof reader === "function" ? FUNCTION_READER : reader }, functions);
  }

  /**
   * Opens the source; `onReady` is called when it has something to give.
   *
   * @param wantsIndex whether the index of each item matters; it does to a function that takes it
   */
  open(onReady: () => void, wantsIndex = false): ChunkSource {
    const source = this.#source;
    if (typeof source === "object" && source !== null && isPartedSource(source)) {
      if (wantsIndex || (typeof this.fn === "function" && this.fn.length > this.#places)) {
        const reader = readerOf(source);
        const kind = { verb: "forEach", settles: false, isInto: false, hasInitial: false } as const;
        const counter = typeof reader === "function"
          ? new LoopTarget({ ...kind, reader: FUNCTION_READER }, [() => {}, reader])
          : new LoopTarget({ ...kind, reader: reader === "text" ? "count" : reader }, [() => {}]);
        const { chunk = 0 } = this.options;
        return new CountedSource(source, this.executor, this.callOptions, counter, chunk, onReady);
      }
    }
    return openSource(this.#source, this.executor.adapter, onReady)!;
  }

  /** The function, if the caller may run items of the source itself. */
  functionFor(source: ChunkSource): AnyFunction | undefined {
    const { here } = source;
    if (here === undefined || typeof this.fn !== "function" || !this.executor.mayRunHere) return undefined;
    const { timeout, serialization, retries, maxLoadAverage } = this.callOptions ?? {};
    if (timeout !== undefined || serialization !== undefined || retries !== undefined) return undefined;
    if (maxLoadAverage !== undefined || this.isFlat) return undefined;
    if (here !== null && !ArrayBuffer.isView(here)) {
      // Others would have to be copied, for the function to get what a worker would.
      for (const at of [0, here.length >> 1, here.length - 1]) if (!isPrimitive(here[at])) return undefined;
    }
    return this.fn as AnyFunction;
  }

  /** Begins. The plan lacks what all verbs have in common. */
  start(source: ChunkSource, plan: Omit<RunPlan, CommonPlan>): ChunkRun {
    const { progress } = this.options;
    const meter = progress ? new ProgressMeter(this.executor.adapter, source.left, progress) : undefined;
    const run: ChunkRun = new ChunkRun({
      ...plan,
      executor: this.executor,
      cost: this.cost,
      options: this.callOptions,
      chunk: this.options.chunk ?? 0,
      concurrency: this.concurrency,
      settles: this.settles,
      returnsValues: /^(?:map|filter|flatMap)$/.test(plan.target.kind.verb) && !plan.target.kind.isInto,
      onFailure: (failure) => {
        meter?.fail();
        return plan.onFailure?.(failure) ?? false;
      },
    }, source);
    if (meter !== undefined) {
      run.onProgress = (done) => meter.add(done);
      run.ended.then(() => meter.end(), () => meter.end());
    }
    return run;
  }
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}

/** @throws {TypeError} If nothing can be taken from the source */
function checkSource(source: unknown): void {
  if (typeof source === "number") {
    if (Number.isSafeInteger(source) && source >= 0) return;
    throw misuse(
      new RangeError(`Cannot use ${source} as a source: a number of indexes must be a whole number from 0 on`),
      "INVALID_SOURCE",
    );
  }
  const { length, size, part, getReader, [Symbol.iterator]: iterator, [Symbol.asyncIterator]: asyncIterator } =
    (source ?? {}) as Record<PropertyKey, unknown>;
  const isSource = typeof iterator === "function" || typeof asyncIterator === "function" ||
    typeof getReader === "function" || (typeof size === "number" && typeof part === "function") ||
    (typeof length === "number" && typeof source === "object");
  if (isSource) return;
  throw misuse(
    new TypeError(
      `Cannot use ${
        describe(source)
      } as a source: give an array, a typed array, anything iterable, a stream, a number of indexes, or lines(path)`,
    ),
    "INVALID_SOURCE",
  );
}

/** Loops by their first function, so that equal ones are one. */
const targets: WeakMap<object, Map<string, LoopTarget>> = new SafeWeakMap();

function loopTarget(kind: LoopKind, functions: readonly FunctionTarget[]): LoopTarget {
  if (functions.length > 1) return new LoopTarget(kind, functions);
  const fn = functions[0]!;
  let known = targets.get(fn);
  if (known === undefined) targets.set(fn, known = new SafeMap());
  const key = `${kind.verb} ${kind.settles} ${kind.isInto} ${kind.reader}`;
  let target = known.get(key);
  if (target === undefined) known.set(key, target = new LoopTarget(kind, functions));
  return target;
}

/** The failure of an item that runs in this thread. */
export function failureAt(index: number, item: unknown, error: unknown): CollectionFailure {
  return { index, item, error };
}
