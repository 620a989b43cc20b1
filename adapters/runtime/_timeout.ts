/**
 * Stops synchronous code after a time: `node:vm` runs a script that calls back into the function.
 *
 * @module
 */

import { Math } from "../../src/captured.ts";
import { clock } from "./_clock.ts";
import process from "./_process.ts";
import type { Script } from "node:vm";

/** What `Adapter.runWithTimeout` gives. */
type ResultWriter<T> = { timedOut: true } | { timedOut: false; value: T };

/** How the function ended; not set while it runs, nor when it was stopped. */
type Shutdown = { value: unknown } | { error: unknown };

/** Longest timeout that `node:vm` takes, in ms. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Longest time before the deadline, in ms, in which a finished script waits to be stopped. */
const MARGIN = 20;

/** Where the script finds the function; the global registry, as the script sees only globals. */
const HOOK = Symbol.for("multicore.run_with_timeout");

/**
 * Makes a `runWithTimeout`.
 *
 * @param settle Whether a function that ends just before its deadline waits for it. Deno needs
 * that: when its watchdog fires after the script has ended but before it is told so, the
 * termination hits whatever code runs next, and with that the thread.
 */
export function timeoutRunner(settle: boolean): <T>(fn: () => T, ms: number) => ResultWriter<T> {
  let script: Script | undefined;
  return function runWithTimeout<T>(fn: () => T, ms: number): ResultWriter<T> {
    if (!(ms <= MAX_TIMEOUT)) return { timedOut: false, value: fn() };
    const timeout = Math.max(1, Math.ceil(ms));
    const deadline = clock.now() + timeout;
    let ending: Shutdown | undefined;
    const call = (): void => {
      try {
        ending = { value: fn() };
      } catch (error) {
        ending = { error };
      }
      if (settle) waitToBeStopped(deadline, timeout);
    };
    const global = globalThis as unknown as Record<symbol, unknown>;
    const outer = global[HOOK];
    global[HOOK] = call;
    try {
      script ??= new (process.getBuiltinModule("node:vm").Script)(
        "globalThis[Symbol.for('multicore.run_with_timeout')]()",
      );
      script.runInThisContext({ timeout });
    } catch (error) {
      // The function's own errors never come this way, so this is the timeout: of this call, or
      // (then `ERR_SCRIPT_EXECUTION_TIMEOUT` is thrown again further out) of one around it.
      if (ending === undefined && !isTimeout(error)) throw error;
    } finally {
      global[HOOK] = outer;
    }
    if (ending === undefined) return { timedOut: true };
    if ("error" in ending) throw ending.error;
    return { timedOut: false, value: ending.value as T };
  };
}

/** Whether the runtime says that it stopped the script. */
function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

/** Spins until the watchdog stops the script, if the deadline is near. */
function waitToBeStopped(deadline: number, timeout: number): void {
  if (deadline - clock.now() > Math.min(MARGIN, timeout / 2)) return;
  const giveUp = deadline + 1000;
  while (clock.now() < giveUp);
}
