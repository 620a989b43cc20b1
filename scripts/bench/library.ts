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
  /** Runs a task on a value of which the listed objects move to the worker. */
  transfer(name: TaskName, value: object, transferables: readonly object[]): Promise<unknown>;
  /** Runs a task and blocks until it has returned. */
  runSync?(name: TaskName, argument: unknown): unknown;
  /** Runs a task once for each argument as one batch with one promise. */
  runBatch?(name: TaskName, args: readonly unknown[]): Promise<unknown[]>;
  /** Runs a function that no task module has, where the library takes functions. */
  call?(fn: (argument: never) => unknown, argument: unknown): Promise<unknown>;
  /** Makes a callback that a task can call, where the library has such a thing. */
  proxy?(callback: (argument: never) => unknown): object;
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

/** The module of the tasks: the bench's own, or the one that BENCH_TASKS names. */
export function tasksUrl(): URL {
  return process.env.BENCH_TASKS === undefined ? sibling(import.meta.url, "./tasks") : new URL(process.env.BENCH_TASKS);
}

/** The tasks themselves. */
export async function loadTasks(): Promise<Record<string, (argument: unknown) => unknown>> {
  return { ...await import(tasksUrl().href) };
}

/** Imports a library: the installed package, or the checkout that the run was pointed at. */
export async function load<M>(specifier: string): Promise<M> {
  const module = await import(process.env.BENCH_LOCAL ?? specifier);
  return module as M;
}
