/**
 * What a worker takes over from the program that it belongs to: its command line, of which a runtime gives a worker a
 * part or nothing.
 *
 * @module
 */

import process from "./_process.ts";

/** What is sent to a worker thread. */
export interface WorkerData {
  /** What the pool gives to its worker. */
  readonly multicoreInit: unknown;
  /** The program's `process.argv`. */
  readonly argv: readonly string[];
  /** The program's `process.execArgv`. */
  readonly execArgv: readonly string[];
}

/** Puts the program's command line beside what the pool gives to its worker. */
export function withProgram(multicoreInit: unknown): WorkerData {
  const { argv, execArgv } = process;
  return { multicoreInit, argv: [...argv], execArgv: [...execArgv] };
}

/** Gives this worker the program's command line; gives what the pool has sent. */
export function enterProgram({ multicoreInit, argv, execArgv }: WorkerData): unknown {
  process.argv = [...argv];
  process.execArgv = [...execArgv];
  return multicoreInit;
}
