/** What a library under test looks like to the works: one adapter a library translates to it. */
import process from "node:process";
import type * as tasks from "./tasks.ts";

/** The name of a task. */
export type TaskName = keyof typeof tasks;

/** A pool of one library. */
export interface PoolUnderTest {
  /** Runs a task the way that the library's documentation shows. */
  run(name: TaskName, argument: unknown): Promise<unknown>;
  /** Runs a task once for each argument, all submitted in one turn, each with a promise of its own. */
  runMany(name: TaskName, args: readonly unknown[]): Promise<unknown[]>;
  /** Runs a task on an array that moves to the worker. */
  transfer(name: TaskName, array: Uint8Array<ArrayBuffer>): Promise<unknown>;
  /** Runs a task and blocks until it has returned. */
  runSync?(name: TaskName, argument: unknown): unknown;
  /** Runs a task once for each argument as one batch with one promise. */
  runBatch?(name: TaskName, args: readonly unknown[]): Promise<unknown[]>;
  /** Makes an array that both threads see. */
  sharedArray?(length: number): Uint8Array<SharedArrayBuffer>;
  /** Stops the workers. */
  close(): Promise<unknown>;
}

/** A library under test. */
export interface Library {
  /** Creates a pool of exactly so many workers. */
  create(workers: number): Promise<PoolUnderTest> | PoolUnderTest;
}

/** `runMany` for libraries that have nothing of the kind: all of them. */
export function manyOf(run: PoolUnderTest["run"]): PoolUnderTest["runMany"] {
  return (name, args) => {
    const promises = new Array<Promise<unknown>>(args.length);
    for (let i = 0; i < args.length; i++) promises[i] = run(name, args[i]);
    return Promise.all(promises);
  };
}

/** The module under that name, `.ts` in the repository and `.js` in a snapshot, beside the module whose URL is given. */
export function sibling(url: string, name: string): URL {
  return new URL(`${name}${/\.[jt]s$/.exec(url)![0]}`, url);
}

/** Imports a library: the installed package, or the checkout that the run was pointed at. */
export async function load<M>(specifier: string): Promise<M> {
  const module = await import(process.env.BENCH_LOCAL ?? specifier);
  return module as M;
}
