/**
 * Runs items in the caller's own thread, where workers would not be faster: in short slices, without copies of the
 * items, with results as a worker would have sent them.
 *
 * @module
 */

import { Math, SafeMap, SafeWeakMap } from "../captured.ts";
import { newState } from "../functions/loop_state.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import { createItemLoop, type ItemLoop, type ItemVerb, type LoopState } from "../functions/item_loop.ts";
import { promiseOf } from "../functions/thenable.ts";
import type { ChunkSource } from "./chunk_source.ts";
import type { ItemCost } from "./item_cost.ts";

/** Items between two looks at the clock take about so long, in microseconds. */
const LOOK_US = 100;
/** Most of them: the cost that was learned may be wrong. */
const MOST = 1 << 16;

/** Loops of functions that run here, by verb and kind of input. */
const loops: WeakMap<AnyFunction, Map<string, ItemLoop>> = new SafeWeakMap();

function loopOf(fn: AnyFunction, verb: ItemVerb, isRange: boolean): ItemLoop {
  let known = loops.get(fn);
  if (known === undefined) loops.set(fn, known = new SafeMap());
  const key = `${verb} ${isRange}`;
  let loop = known.get(key);
  if (loop === undefined) known.set(key, loop = createItemLoop(verb, isRange));
  return loop;
}

/** What became of a slice. */
export interface Slice {
  /** Items that were run, the one that failed included, the one whose promise is waited for not. */
  readonly count: number;
  /** The error of the last one, in a box. */
  readonly failure: { readonly error: unknown } | undefined;
  /** The promise that the item behind the last one gave. */
  readonly pending: Promise<unknown> | undefined;
  /** Microseconds that they took. */
  readonly micros: number;
}

/** Runs a verb's function here; the state holds what it gives. */
export class HereRunner {
  readonly #fn: AnyFunction;
  readonly #verb: ItemVerb;
  readonly #cost: ItemCost;
  readonly #now: () => number;
  /** Results, totals, and what was found. */
  readonly state: LoopState;

  constructor(fn: AnyFunction, verb: ItemVerb, cost: ItemCost, now: () => number) {
    this.#fn = fn;
    this.#verb = verb;
    this.#cost = cost;
    this.#now = now;
    this.state = newState([], 0);
  }

  /** Runs items from where the source stands, for about `ms`; does not move the source on. */
  run(source: ChunkSource, ms: number): Slice {
    const { state } = this;
    const input = source.here ?? undefined;
    const loop = loopOf(this.#fn, this.#verb, input === undefined);
    const start = source.at!;
    const end = start + source.left;
    const began = this.#now();
    const until = began + ms;
    const stride = Math.max(1, Math.min(MOST, Math.floor(LOOK_US / Math.max(this.#cost.mean, 0.0005))));
    let at = start;
    let now = began;
    let failure: Slice["failure"];
    let pending: Slice["pending"];
    try {
      while (at < end && now < until && !state.isFound) {
        at = loop(this.#fn, input, at, Math.min(end, at + stride), 0, state);
        if (state.pending !== undefined) {
          const value = state.pending;
          state.pending = undefined;
          pending = promiseOf(value);
          if (pending !== undefined) break;
          this.#take(at++, value);
        }
        now = this.#now();
      }
    } catch (error) {
      at = state.at + 1;
      failure = { error };
      now = this.#now();
    }
    return { count: at - start, failure, pending, micros: (now - began) * 1000 };
  }

  /** Takes in a result that only looks like a promise. */
  #take(index: number, value: unknown): void {
    const { state } = this;
    if (this.#verb === "reduce") state.total = value;
    else if (this.#verb === "into") throw state.refuse(value);
    else if (this.#verb === "map") state.out[index - state.base] = value;
    else if (this.#verb === "filter") state.out[index - state.base] = true;
    else if (this.#verb === "find") {
      state.isFound = true;
      state.at = index;
    }
  }
}
