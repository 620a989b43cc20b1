/**
 * The end of a program whose workers may have console lines on their way: see `_output.ts`.
 *
 * @module
 */

import { promiseThen } from "../../src/captured.ts";
import { Atomics, Int32Array, SafeSet, SharedArrayBuffer } from "../../src/captured.ts";
import { ANSWERED, ASKED } from "./_output.ts";
import process from "./_process.ts";
import { clearTimeout, setTimeout } from "./_timers.ts";

/** Longest that the end of the program waits for a worker, which may be in an endless loop, in ms. */
const PATIENCE_MS = 100;

/** The words of the workers that run; `undefined` until the first one is started. */
let workers: Set<Int32Array> | undefined;
/** Whether the workers were asked since the program was last told that its event loop is at its end. */
let wereAsked = false;

/** Memory for a new worker, which is asked before the program ends, until `forget` is called. */
export function watchOutput(): { readonly memory: SharedArrayBuffer; readonly forget: () => void } {
  const memory = new SharedArrayBuffer(8);
  const words = new Int32Array(memory);
  if (workers === undefined) {
    workers = new SafeSet();
    askBeforeExit(); // once for the life of the process
  }
  workers.add(words);
  const forget = (): void => {
    workers!.delete(words);
    Atomics.notify(words, ANSWERED); // partner: ask, if it waits for this worker
  };
  return { memory, forget };
}

/**
 * Has the workers asked before the program hears of `beforeExit`. To ask keeps the event loop going, so that Node tells
 * its end twice: the first time is kept from the program's listeners, which would do twice what is to be done once.
 */
function askBeforeExit(): void {
  const { emit } = process;
  process.emit = function (this: typeof process, ...args: Parameters<typeof emit>): boolean {
    if ((args[0] as string) !== "beforeExit") return emit.apply(this, args);
    wereAsked = !wereAsked && workers!.size > 0;
    if (!wereAsked) return emit.apply(this, args);
    for (const words of workers!) ask(words);
    return true;
  } as typeof emit;
}

/** Keeps the program alive until the worker's lines are out. */
function ask(words: Int32Array): void {
  const timer = setTimeout(() => {}, PATIENCE_MS);
  const before = Atomics.load(words, ANSWERED); // partner: answerWhenWritten
  Atomics.add(words, ASKED, 1); // partner: answerWhenWritten
  Atomics.notify(words, ASKED); // partner: answerWhenWritten
  const answer = Atomics.waitAsync(words, ANSWERED, before); // partner: answerWhenWritten
  if (answer.async) void promiseThen(answer.value, () => clearTimeout(timer));
  else clearTimeout(timer);
}
