/** What a seed's pool is like. */
import type { PoolOptions } from "../../mod.ts";
import { Random } from "./random.ts";
import * as tasks from "./tasks.ts";

/** Runtimes differ in what can be done to a worker. */
export type Kind = "node" | "deno" | "bun";

/** The runtime of this process. */
export const kind: Kind = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

/** What the child process of a seed is asked for. */
export interface Request {
  seed: number;
  seconds: number;
  /** Most workers. */
  workers: number;
  /** Kinds of actions to issue, all if empty. */
  only: string[];
  /** Kinds of actions not to issue. */
  without: string[];
}

/** What a seed decides about its pool. */
export interface Plan {
  options: PoolOptions;
  /** Whether tasks may suffer from the death of others, as they share a worker. */
  lax: boolean;
  maxWorkers: number;
  resizes: boolean;
  /** A few words for the table. */
  words: string;
}

/** Draws the pool of a seed. */
export function planPool({ seed, workers: maxWorkers }: Request): Plan {
  const random = new Random(seed);
  const workers = random.int(1, maxWorkers);
  const words = [`${workers} workers`];
  const options: { -readonly [K in keyof PoolOptions]: PoolOptions[K] } = {
    workers,
    modules: [new URL("./tasks.ts", import.meta.url)],
    abortGrace: random.pick([0, 10, 50, 200]),
  };
  words.push(`grace ${options.abortGrace}`);
  const lax = random.chance(0.2);
  if (lax) words.push(`${options.tasksPerWorker = random.int(2, 4)} a worker`);
  if (random.chance(0.2)) words.push(`recycled after ${options.maxTasksPerWorker = random.int(5, 200)}`);
  if (random.chance(0.2)) words.push(`queue of ${options.maxQueue = random.int(1, 100)}`);
  if (random.chance(0.3)) options.memory = { initialBytes: 4096 };
  if (random.chance(0.3)) {
    options.setup = tasks.setup;
    options.teardown = tasks.teardown;
    words.push("setup");
  }
  const resizes = random.chance(0.6);
  if (resizes) words.push("resized");
  return { options, lax, maxWorkers, resizes, words: words.join(", ") };
}
