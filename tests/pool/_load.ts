/** Pools on a machine whose load a test sets, and a count of a signal's listeners. */
import { adapter } from "../../adapters/runtime/mod.ts";
import type { Pool } from "../../mod.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import { fixture, settles } from "./_support.ts";

/** A load average, or what gives one each time it is read. */
type Load = number | (() => number);

/** A pool of one worker on a machine whose load a test sets. */
export async function withLoad(
  average: number,
  body: (pool: Pool, setLoad: (average: Load) => void) => void | Promise<void>,
): Promise<void> {
  let load: Load = average;
  const read = (): number => typeof load === "number" ? load : load();
  const fake = { ...adapter, load: () => ({ average: read(), cores: 4 }) };
  const pool = createPoolOn(fake, { workers: 1, modules: ["basics", "latch", "aborts"].map(fixture) });
  try {
    await settles(body(pool, (value) => void (load = value)), "the test's body");
  } finally {
    await settles(pool.close());
  }
}

/** Counts the listeners of a signal: how many there are, and the most there ever were. */
export function countListeners(signal: AbortSignal): { readonly now: number; readonly most: number } {
  const listeners = new Set<unknown>();
  let most = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    most = Math.max(most, listeners.add(args[1]).size);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return {
    get now() {
      return listeners.size;
    },
    get most() {
      return most;
    },
  };
}
