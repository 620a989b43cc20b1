/**
 * The last words of a worker thread on Deno, which has more ways to end one than Node.
 *
 * @module
 */

import { Object, queueMicrotask } from "../../src/captured.ts";
import process from "./_process.ts";
import { before, type DeathNotice, hookExit, leave, toCode } from "./_hooks.ts";

/** An `error` or `unhandledrejection` event. */
interface FailureEvent {
  readonly error?: unknown;
  readonly reason?: unknown;
  preventDefault(): void;
}

/** The global scope of a worker. */
interface Scope {
  addEventListener(type: string, listener: (event: FailureEvent) => void): void;
}

/** Announces `process.exit`, `process.reallyExit`, `Deno.exit` and `self.close`. */
export function hookDenoExit(notice: DeathNotice): void {
  const { Deno } = globalThis as unknown as { Deno: object };
  hookExit(notice);
  before(Deno, "exit", (code) => notice.exit(toCode(code)));
  before(globalThis, "close", () => notice.exit(0));
  scope().addEventListener("unload", () => notice.exit(undefined));
}

/**
 * Announces uncaught errors and unhandled rejections, then ends the thread.
 *
 * A handler of the user's own keeps the thread alive, and then nothing is announced. Those on
 * `process` can be counted. Listeners for the event come after this one, so that the decision falls
 * in a microtask: whoever prevented the default by then has taken the failure.
 */
export function hookDenoErrors(notice: DeathNotice): void {
  const settle = (event: FailureEvent, error: unknown, names: readonly string[]): void => {
    if (names.some((name) => process.listenerCount(name) > 0)) return;
    let taken = false;
    event.preventDefault();
    Object.defineProperty(event, "preventDefault", { value: () => void (taken = true) });
    queueMicrotask(() => {
      if (taken) return;
      notice.uncaught(error);
      leave(1);
    });
  };
  scope().addEventListener("error", (event) => settle(event, event.error, ["uncaughtException"]));
  scope().addEventListener(
    "unhandledrejection",
    (event) => settle(event, event.reason, ["unhandledRejection", "uncaughtException"]),
  );
}

function scope(): Scope {
  return globalThis as unknown as Scope;
}
