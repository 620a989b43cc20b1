/**
 * Console lines of Node's workers. They pass through the caller's event loop, so a program that ends by itself would lose
 * those that are on their way: before it ends, each worker is asked to say when its lines are out. By shared memory, as
 * the first message event of a thread costs 30 ms on Node 24. This is the worker's side, `_output_end.ts` the caller's.
 *
 * ```text
 * caller, before the program ends: ASKED + 1, notify; waits for ANSWERED, not longer than 100 ms
 * worker, woken in its event loop: once nothing is left to write, ANSWERED = ASKED, notify
 * ```
 *
 * @module
 */

import { promiseThen } from "../../src/captured.ts";
import { Atomics, Int32Array, queueMicrotask } from "../../src/captured.ts";
import process from "./_process.ts";
import { setTimeout } from "./_timers.ts";

/** Written by the caller: how often it has asked. */
export const ASKED = 0;
/** Written by the worker: the last number that it has answered. */
export const ANSWERED = 1;

/** Answers whenever the caller asks. */
export function answerWhenWritten(memory: SharedArrayBuffer): void {
  const words = new Int32Array(memory);
  const answer = (): void => {
    const { stdout, stderr } = process;
    if (stdout.writableLength + stderr.writableLength > 0) return void setTimeout(answer, 1);
    const asked = Atomics.load(words, ASKED); // partner: ask
    Atomics.store(words, ANSWERED, asked); // partner: ask
    Atomics.notify(words, ANSWERED); // partner: ask
    listen(asked);
  };
  const listen = (answered: number): void => {
    const question = Atomics.waitAsync(words, ASKED, answered); // partner: ask
    if (question.async) void promiseThen(question.value, answer);
    else queueMicrotask(answer);
  };
  listen(0);
}
