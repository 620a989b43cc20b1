/**
 * The last words of a worker thread: notices that the thread ends, by an exit or an uncaught error, and announces that
 * once. Deno's ways of ending are in `_deno_hooks.ts`.
 *
 * @module
 */

import { Number, toNumber } from "../../src/captured.ts";
import process from "./_process.ts";
import type { Death } from "../../src/adapter.ts";

/** Tells at most once why the thread ends. */
export class DeathNotice {
  /** The core's callback; `undefined` once told or taken back. */
  #announce: ((death: Death) => void) | undefined;

  constructor(announce: (death: Death) => void) {
    this.#announce = announce;
  }

  /** Announces that the thread ends with `code`. */
  exit(code: number | undefined): void {
    this.#tell({ code, uncaught: undefined });
  }

  /** Announces that the thread ends by an uncaught error. */
  uncaught(error: unknown): void {
    this.#tell({ code: 1, uncaught: { error } });
  }

  /** Lets the thread end without a word. */
  cancel(): void {
    this.#announce = undefined;
  }

  #tell(death: Death): void {
    const announce = this.#announce;
    this.#announce = undefined;
    announce?.(death);
  }
}

/** Announces `process.exit`, and `process.reallyExit` for those who call or wrap that one. */
export function hookExit(notice: DeathNotice): void {
  process.on("exit", (code) => notice.exit(code));
  before(process, "reallyExit", (code) => notice.exit(toCode(code)));
}

/**
 * Announces uncaught errors and unhandled rejections, then ends the thread, the way Node and Bun
 * tell them. Nothing is printed: the error reaches the caller as a cause.
 *
 * A handler of the user's own keeps the thread alive, as it would without this hook; then nothing
 * is announced. So does `--unhandled-rejections`: where the program goes on after a rejection, its workers do.
 *
 * @param flags where the runtime takes its flags from
 */
export function hookErrors(notice: DeathNotice, flags: readonly string[]): void {
  const die = (error: unknown): void => {
    notice.uncaught(error);
    leave(1);
  };
  process.on("uncaughtException", (error) => {
    if (process.listenerCount("uncaughtException") === 1) die(error);
  });
  if (survivesRejections(flags)) return; // without a listener the runtime does what the flag says
  process.on("unhandledRejection", (reason) => {
    if (process.listenerCount("unhandledRejection") > 1) return;
    if (process.hasUncaughtExceptionCaptureCallback?.()) throw reason; // it is for that callback
    process.emit("uncaughtExceptionMonitor", reason as Error, "unhandledRejection");
    if (process.listenerCount("uncaughtException") === 1) die(reason);
    else process.emit("uncaughtException", reason as Error, "unhandledRejection");
  });
}

/** As it was at the start: the program may replace it, and so does `hookExit`. */
const { reallyExit } = process as unknown as { reallyExit?: (code: number) => void };

/** Ends this thread, also where an exit handler throws or the program has put something else for `process.exit`. */
export function leave(code: number): void {
  try {
    process.exit(code);
  } catch {
    // Why it ends was told before.
  }
  reallyExit?.call(process, code);
}

/** Whether flags, of which the last one counts, say that an unhandled rejection ends nothing. */
export function survivesRejections(flags: readonly string[]): boolean {
  const text = flags.join(" ");
  const modes = [...text.matchAll(/(?:^|\s)--unhandled[-_]rejections(?:=|\s+)"?([\w-]+)/g)];
  return /^(?:none|warn|warn-with-error-codes)$/.test(modes.at(-1)?.[1] ?? "");
}

/** Replaces a method by one that first calls `hook` with its argument. */
export function before(object: object, name: string, hook: (argument: unknown) => void): void {
  const methods = object as Record<string, ((...args: unknown[]) => unknown) | undefined>;
  const original = methods[name];
  if (typeof original !== "function") return;
  methods[name] = function (this: unknown, ...args: unknown[]): unknown {
    hook(args[0]);
    return original.apply(this, args);
  };
}

/** Gives the exit code that an exit function's argument means. */
export function toCode(argument: unknown): number {
  const code = toNumber(argument ?? process.exitCode ?? 0);
  return Number.isInteger(code) ? code : 1;
}
