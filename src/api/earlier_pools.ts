/**
 * The pools of earlier evaluations of this library. A tool that reloads (`bun --hot`, the development server of Next)
 * evaluates the program's modules and this library once more in the same process, and nobody closes what the modules made
 * before: their threads would be left, some more each time.
 *
 * @module
 */

import { Object, promiseThen, SafeSet, WeakRef } from "../captured.ts";
import { callerLocation } from "../location.ts";
import type { PoolExecutor } from "../pool/pool_executor.ts";

const KEY: unique symbol = Symbol.for("multicore.pools") as never;

/** A pool, as evaluations of this library, also of other versions, tell each other. */
interface LivePool {
  /** Number of the evaluation that made it. */
  readonly evaluation: number;
  /** The file that asked for it. */
  readonly place: string;
  /** Not the pool itself, so that one which is dropped can be collected. */
  readonly executor: { deref(): Pick<PoolExecutor, "close"> | undefined };
}

/** What all evaluations in this realm share. */
interface Registry {
  /** How many evaluations there were. */
  evaluations: number;
  readonly pools: Set<LivePool>;
}

function registry(): Registry {
  const shared = globalThis as { [KEY]?: Registry };
  const found = shared[KEY];
  if (found !== undefined) return found;
  const made: Registry = { evaluations: 0, pools: new SafeSet() };
  try {
    Object.defineProperty(shared, KEY, { value: made, configurable: true });
  } catch {
    // The program froze its global: then nothing is shared.
  }
  return made;
}

/** The number of this evaluation. */
const evaluation = ++registry().evaluations;

/**
 * Closes the pools that the same file made in an earlier evaluation, which finish what they were given; remembers this
 * one. Pools of other files are left alone: two bundles of one program may each have this library inside.
 */
export function replaceEarlierPools(executor: PoolExecutor): void {
  const place = callerLocation();
  if (place === "") return;
  const { pools } = registry();
  for (const pool of [...pools]) {
    const earlier = pool.executor.deref();
    if (earlier === undefined) pools.delete(pool);
    else if (pool.place === place && pool.evaluation < evaluation) {
      pools.delete(pool);
      promiseThen(earlier.close(Infinity, false), undefined, () => {}); // whoever waits for it is told
    }
  }
  const entry: LivePool = { evaluation, place, executor: new WeakRef(executor) };
  pools.add(entry);
  executor.onClose(() => void pools.delete(entry));
}
