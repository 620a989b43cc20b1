/** What the tests of collections share: jobs that bring flags with them, and sources that tell what happens to them. */
import type { Pool } from "../../mod.ts";
import type { Job } from "../fixtures/collected.ts";
import { hold, meet } from "../fixtures/latch.ts";
import { type Flags, flags as makeFlags, settles } from "../pool/_support.ts";

export type { Job };

/** So many jobs that share flags. */
export function jobs(flags: Flags, n: number): Job[] {
  return Array.from({ length: n }, (_, id) => ({ flags, id }));
}

export function indexes(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** What a source has seen. */
export interface Watch {
  /** Items that were read. */
  read: number;
  /** Whether its `finally` ran to its end. */
  isClosed: boolean;
}

export function* watched<T>(watch: Watch, items: Iterable<T>): Generator<T> {
  try {
    for (const item of items) {
      watch.read++;
      yield item;
    }
  } finally {
    watch.isClosed = true;
  }
}

/** Each item comes in a turn or two of the event loop. */
export async function* watchedLater<T>(watch: Watch, items: Iterable<T>): AsyncGenerator<T> {
  try {
    for (const item of items) {
      if (watch.read % 7 === 3) await new Promise((resolve) => setTimeout(resolve, 0));
      watch.read++;
      yield item;
    }
  } finally {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0));
    watch.isClosed = true;
  }
}

export function* endless(): Generator<number> {
  for (let i = 0;; i++) yield i;
}

export function* endlessJobs(flags: Flags): Generator<Job> {
  for (let id = 0;; id++) yield { flags, id };
}

/** Some turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Resolves when all that the pool's workers, of which there are two, had to do before is done. */
export async function barrier(pool: Pool): Promise<void> {
  const mine = makeFlags();
  await settles(Promise.all([pool.run(meet, mine, 0, 2), pool.run(meet, mine, 0, 2)]), "the workers' meeting");
}

/** Waits until a number has not changed while both workers were free and the event loop turned. */
export async function steady(pool: Pool, read: () => number): Promise<number> {
  for (let i = 0; i < 100; i++) {
    const before = read();
    await barrier(pool);
    await turns(20);
    if (read() === before) return before;
  }
  throw new Error(`does not come to rest: ${read()}`);
}

export { hold };
