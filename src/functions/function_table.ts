/**
 * The caller's side of functions: gives each function a number that every worker understands. It writes the function's
 * record when its first task is pushed.
 *
 * @module
 */

import { JSON, Math, SafeMap, SafeSet, SafeWeakMap } from "../captured.ts";
import { indexOf, map, push } from "../lists.ts";
import type { Format } from "../codec/types.ts";
import { FORMATS, MAX_FORMAT } from "../codec/formats.ts";
import type { FunctionWriter } from "./function_memory.ts";
import {
  type AnyFunction,
  type ExportRecord,
  type FunctionRecord,
  type LoopRecord,
  nameOf,
} from "./function_record.ts";
import { LoopTarget } from "./targets.ts";
import { ModuleExport, type Target } from "./targets.ts";
import { targetOf } from "./module_functions.ts";
import { checkFunction, recordOf, sourceRecord } from "./callable.ts";

/** A function as the caller's side knows it. */
export interface KnownFunction {
  /** Its record, shared by all closures of one source. */
  record: KnownRecord;
  /** For messages. */
  readonly name: string;
  /** The function itself where it was passed as a value, so that a blocked caller can run it. */
  readonly value: AnyFunction | undefined;
  /** Its record, where that is not its source: an export, or a loop. */
  readonly named: ExportRecord | LoopRecord | undefined;
  /** Whether a blocked caller may run it: passed as a value and not visibly async. */
  readonly helpable: boolean;
  /** How long its tasks take; written by the scheduler. */
  readonly cost: Cost;
}

/** A record that was, or is, in the table. */
export interface KnownRecord {
  /** Its number in the function memory, -1 while it is not there. */
  number: number;
  /** Characters of its text. */
  readonly size: number;
  readonly cost: Cost;
  /** Whether it stays for as long as the pool: that of `setup` or `teardown`. */
  isKept: boolean;
  /** Whether it was looked up since the last sweep. */
  wasUsed: boolean;
}

/** What a function's tasks took so far, in microseconds. */
export interface Cost {
  /** Running mean of the time from a task's start to its end. */
  mean: number;
  /** Running mean of the deviation from it. */
  deviation: number;
  /** Running mean of the time that the worker itself is known to have spent: less than `mean` where tasks wait. */
  spent: number;
  /** Tasks measured. */
  samples: number;
  /** Whether the last one took far longer than was expected. */
  hadOutlier: boolean;
}

/** Characters of records from which on those that are not used leave the table. */
const SWEEP_SIZE = 8 * 1024 * 1024;
/** The same for their number. */
const SWEEP_COUNT = 2048;

/**
 * Numbers functions, and formats beyond the built-in ones, for all workers of a pool. A function has a number from the
 * push of its first task on; it loses it in a sweep, which spares what tasks in the workers' slots name.
 */
export class FunctionTable {
  readonly #memory: FunctionWriter;
  /** Calls `mark` with each number that a worker may still read. */
  readonly #held: (mark: (number: number) => void) => void;
  /** Functions passed as values. */
  readonly #byValue: WeakMap<AnyFunction, KnownFunction> = new SafeWeakMap();
  /** Loops that were used. */
  readonly #byLoop: WeakMap<LoopTarget, KnownFunction> = new SafeWeakMap();
  /** The last function that was looked up, most likely the next one as well; `forgetLast` lets it be collected. */
  #last: KnownFunction | undefined;
  /** Records by their text. */
  readonly #byText: Map<string, KnownRecord> = new SafeMap();
  /** Characters of all records. */
  #size = 0;
  /** What `#size` and the number of records may be before the next sweep. */
  #maxSize = SWEEP_SIZE;
  #maxCount = SWEEP_COUNT;
  /** Names of the formats by number. */
  readonly #formats: Format[] = [...FORMATS];

  constructor(memory: FunctionWriter, held: (mark: (number: number) => void) => void) {
    this.#memory = memory;
    this.#held = held;
  }

  /**
   * A function passed as a value.
   *
   * @throws {TypeError} If it is not a function that can run in a worker
   */
  ofValue(fn: AnyFunction): KnownFunction {
    const last = this.#last;
    if (last !== undefined && last.value === fn) return last;
    const known = this.#byValue.get(fn);
    if (known !== undefined) {
      known.record.wasUsed = true;
      return this.#last = known;
    }
    const target = targetOf(fn);
    if (target instanceof ModuleExport) {
      const exported = { ...this.ofExport(target.url, target.name), value: fn };
      this.#byValue.set(fn, exported);
      return exported;
    }
    checkFunction(fn);
    const source = sourceRecord(fn);
    const record = this.#find(JSON.stringify(source));
    const made = {
      record,
      name: nameOf(fn) || "(anonymous)",
      value: fn,
      named: undefined,
      helpable: !/^async\b/.test(source.source),
      cost: record.cost,
    };
    this.#byValue.set(fn, made);
    return made;
  }

  /**
   * What is to be run, of whatever kind.
   *
   * @throws {TypeError} If it is not a function that can run in a worker
   */
  of(target: Target): KnownFunction {
    if (typeof target === "function") return this.ofValue(target);
    if (target instanceof LoopTarget) return this.ofLoop(target);
    return target instanceof ModuleExport ? this.ofExport(target.url, target.name) : this.ofValue(target);
  }

  /** Holds no function any more. */
  forgetLast(): void {
    this.#last = undefined;
  }

  /** A module's export. */
  ofExport(url: string, name: string): KnownFunction {
    const named: ExportRecord = { kind: "export", url, name };
    const record = this.#find(JSON.stringify(named));
    return { record, name, value: undefined, named, helpable: false, cost: record.cost };
  }

  /**
   * Gives a function a number, if it has none; to be called just before a task of it is pushed.
   *
   * @throws {RangeError} If there is no room for it
   */
  place(fn: KnownFunction): void {
    if (fn.record.number >= 0) return;
    const source: FunctionRecord = fn.named ?? sourceRecord(fn.value!);
    const text = JSON.stringify(source);
    const record = this.#byText.get(text) ?? this.#add(text, fn.cost);
    fn.record = record;
    if (record.number >= 0) return;
    record.number = this.#memory.place(text);
    if (record.number >= 0) return;
    const { isKept } = record;
    record.isKept = true;
    this.#sweep(0, 0);
    record.isKept = isKept;
    record.number = this.#memory.place(text);
    if (record.number >= 0) return;
    this.#remove(text, record);
    throw new RangeError(
      `Cannot add function '${fn.name}' as there is no room for its ${record.size} characters beside the functions that workers are running`,
    );
  }

  /**
   * The number of a function passed as a value, which stays.
   *
   * @throws {TypeError} If it is not a function that can run in a worker
   */
  keep(fn: AnyFunction): number {
    const known = this.ofValue(fn);
    this.place(known);
    known.record.isKept = true;
    return known.record.number;
  }

  /**
   * A loop with its functions.
   *
   * @throws {TypeError} If one of them is not a function that can run in a worker
   */
  ofLoop(target: LoopTarget): KnownFunction {
    const known = this.#byLoop.get(target);
    if (known !== undefined) {
      known.record.wasUsed = true;
      return known;
    }
    const { kind, functions, name } = target;
    const mayGenerate = kind.verb === "flatMap" || kind.verb === "stream";
    const loop: LoopRecord = { kind: "loop", ...kind, functions: map(functions, (fn) => recordOf(fn, mayGenerate)) };
    const record = this.#find(JSON.stringify(loop));
    const made = { record, name, value: undefined, named: loop, helpable: false, cost: record.cost };
    this.#byLoop.set(target, made);
    return made;
  }

  /**
   * The number of a format.
   *
   * @throws {RangeError} If there are too many registered codecs in use
   */
  ofFormat(name: Format): number {
    let format = indexOf(this.#formats, name);
    if (format < 0) {
      format = this.#formats.length;
      if (format > MAX_FORMAT) throw new RangeError(`Cannot use codec '${name}' as ${MAX_FORMAT} formats are in use`);
      this.#memory.place(JSON.stringify({ kind: "format", name } satisfies FunctionRecord), format);
      push(this.#formats, name);
    }
    return format;
  }

  /** The record of a text. */
  #find(text: string): KnownRecord {
    const record = this.#byText.get(text);
    if (record === undefined) {
      return this.#add(text, { mean: 0, deviation: 0, spent: 0, samples: 0, hadOutlier: false });
    }
    record.wasUsed = true;
    return record;
  }

  #add(text: string, cost: Cost): KnownRecord {
    if (this.#size > this.#maxSize || this.#byText.size > this.#maxCount) {
      this.#sweep(SWEEP_SIZE / 2, SWEEP_COUNT / 2);
      // Where most are in use, the next sweep comes later, so that it is worth its while.
      this.#maxSize = Math.max(SWEEP_SIZE, 2 * this.#size);
      this.#maxCount = Math.max(SWEEP_COUNT, 2 * this.#byText.size);
    }
    const record = { number: -1, size: text.length, cost, isKept: false, wasUsed: false };
    this.#byText.set(text, record);
    this.#size += record.size;
    return record;
  }

  /** Removes records, first those that were not looked up since the last sweep, until so much is left. */
  #sweep(size: number, count: number): void {
    const held = new SafeSet<number>();
    this.#held((number) => held.add(number));
    for (const spareUsed of [true, false]) {
      for (const [text, record] of this.#byText) {
        if (this.#size <= size && this.#byText.size <= count) break;
        if (record.isKept || held.has(record.number) || (spareUsed && record.wasUsed)) continue;
        if (spareUsed && record === this.#last?.record) continue;
        this.#remove(text, record);
      }
    }
    for (const record of this.#byText.values()) record.wasUsed = false;
    // The next look at it goes the long way, which marks it as used.
    this.#last = undefined;
  }

  #remove(text: string, record: KnownRecord): void {
    this.#byText.delete(text);
    this.#size -= record.size;
    if (record.number >= 0) this.#memory.free(record.number);
    record.number = -1;
  }
}
