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
 * Node and Bun wait for their watchdog before the call returns. Deno does not (`ext/node/ops/vm.rs`): the watchdog, a
 * thread of its own, waits on a channel until its deadline; if it finds nothing in there, it terminates what the isolate
 * runs. The script's thread writes to the channel when the script has ended, and goes on. So
 *
 * - a script that has ended before the deadline is safe: the watchdog looks at the channel once more before it gives up;
 * - a script that is stopped is safe: a termination that ends a script is taken back, and there is one a script;
 * - a script that ends after the watchdog gave up, but before the termination comes, is not: that hits whatever runs next,
 *   and with that the thread. How much later it comes is up to the system's scheduler.
 *
 * The deadline is not before that of `clock`, which is read before the script starts. So a look at the clock after the
 * call tells: before the deadline, no termination can come; else, if the script came to its end, one may, and `onUnsafe`
 * is called. That is rare, as a function that ends shortly before its deadline waits to be stopped.
 *
 * @param isLoose whether the runtime is such a one
 */
export function timeoutRunner(
  isLoose: boolean,
): <T>(fn: () => T, ms: number, onUnsafe?: () => void) => ResultWriter<T> {
  let script: Script | undefined;
  return function runWithTimeout<T>(fn: () => T, ms: number, onUnsafe?: () => void): ResultWriter<T> {
    if (!(ms <= MAX_TIMEOUT)) return { timedOut: false, value: fn() };
    const timeout = Math.max(1, Math.ceil(ms));
    const deadline = clock.now() + timeout;
    let ending: Shutdown | undefined;
    let hasEnded = false;
    const call = (): void => {
      try {
        ending = { value: fn() };
      } catch (error) {
        ending = { error };
      }
      if (isLoose) waitToBeStopped(deadline, timeout);
      hasEnded = true;
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
      if (isLoose && hasEnded && clock.now() >= deadline) onUnsafe?.();
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
