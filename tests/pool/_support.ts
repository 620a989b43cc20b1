/** What the pool's tests share: waiting for conditions, and pools that are closed whatever happens. */
import assert from "node:assert/strict";
import { createPool, type Pool, type PoolOptions, sharedArray } from "../../mod.ts";

/** The runtime of this process. */
export const kind: "node" | "deno" | "bun" = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

/** After so many ms something hangs; no test depends on how long anything takes. */
const HANG = 40_000;

/** Something thrown, on which a test may look for anything. */
// deno-lint-ignore no-explicit-any
export type Thrown = any;

/** The URL of a module under tests/fixtures. */
export function fixture(name: string): URL {
  return new URL(`../fixtures/${name}.ts`, import.meta.url);
}

/** Flags that tests and tasks share. */
export type Flags = Int32Array<SharedArrayBuffer>;

/** Flags, all 0. */
export function flags(length = 8): Flags {
  return sharedArray(Int32Array, length) as Flags;
}

/** Sets a flag and wakes who waits for it. */
export function raise(array: Flags, index: number): void {
  Atomics.store(array, index, 1);
  Atomics.notify(array, index);
}

/** Waits for a condition, with the event loop running. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + HANG;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Waits until a flag is up. */
export function raised(array: Flags, index: number, value = 1): Promise<void> {
  return until(() => Atomics.load(array, index) >= value, `flag ${index} is ${value}`);
}

/** Gives a name to a promise that never settles. */
export async function settles<T>(promise: T | Promise<T>, what = "the promise"): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Hangs: ${what} did not settle`)), HANG);
  });
  try {
    return await Promise.race([promise, hang]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a promise rejects with; fails when it resolves or hangs. */
export async function failure(promise: Promise<unknown>): Promise<Thrown> {
  let value: unknown;
  try {
    value = await settles(promise);
  } catch (error) {
    return error;
  }
  assert.fail(`resolved with ${String(value)} instead of rejecting`);
}

/** What a function throws; fails when it returns. */
export function thrown(fn: () => unknown): Thrown {
  let value: unknown;
  try {
    value = fn();
  } catch (error) {
    return error;
  }
  assert.fail(`returned ${String(value)} instead of throwing`);
}

/** An error and its chain of causes. */
export function chain(error: Thrown): Thrown[] {
  return error === undefined || error === null ? [] : [error, ...chain(error.cause)];
}

/** Runs a test on a pool of its own and closes it; a test that failed terminates it, so as not to hang. */
export async function withPool(options: PoolOptions, body: (pool: Pool) => void | Promise<void>): Promise<void> {
  const pool = createPool({ workers: 2, ...options });
  let isFine = false;
  try {
    await settles(body(pool), "the test's body");
    isFine = true;
  } finally {
    await settles(isFine ? pool.close() : pool.terminate(), "the end of the pool");
  }
}
