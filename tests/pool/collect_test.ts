/** Nothing that a task was given, gave or threw stays in memory once it is done, on either side. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "../../scripts/chaos/machine.ts";
import { createPool, type Pool, type PoolOptions, sharedArray, Task, transfer } from "../../mod.ts";
import * as tasks from "../fixtures/remembered.ts";
import { failure, fixture, type Flags, flags, raised, settles, withPool } from "./_support.ts";

const options: PoolOptions = { workers: 1, modules: [fixture("remembered")], setup: tasks.remember };

/** A value of each kind, by name. */
const kinds: Readonly<Record<string, () => object>> = {
  object: () => ({ list: [{ text: "x".repeat(100) }] }),
  graph: () => ({ texts: Array.from({ length: 5000 }, (_, i) => `text ${i}`) }),
  map: () => new Map([[{ key: 1 }, { value: 2 }]]),
  "small array": () => new Uint8Array(1000),
  "array in an arena": () => new Uint8Array(50_000),
  "large array": () => new Uint8Array(3 * 2 ** 20),
  "transferred buffer": () => {
    const buffer = new ArrayBuffer(300_000);
    return transfer(buffer, [buffer]);
  },
  "shared array": () => sharedArray(Int32Array, 70_000),
};

type Refs = [name: string, ref: WeakRef<object>][];

function note(refs: Refs, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  refs.push([name, new WeakRef(value)]);
  if (ArrayBuffer.isView(value)) refs.push([`${name}'s buffer`, new WeakRef(value.buffer)]);
  if (value instanceof Map) {
    for (const [key, item] of value) [key, item].forEach((part) => note(refs, `${name}'s part`, part));
  }
}

/** Looks that a collector is given, each after a turn of the event loop. */
const LOOKS = 100;

/**
 * Makes sure that nothing of that, or no more than so many, is in memory any more. The worker collects as well: what
 * shared memory it made is kept here until it lets go of it.
 */
async function collected(refs: Refs, pool?: Pool, few = 0): Promise<void> {
  assert.ok(refs.length > 0);
  let left: string[] = [];
  for (let i = 0; i < LOOKS; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    if (pool !== undefined) await settles(pool.run(tasks.survivors));
    left = refs.filter(([, ref]) => ref.deref() !== undefined).map(([name]) => name);
    if (left.length <= few) return;
  }
  assert.fail(`still here: ${left.join(", ")}`);
}

/** Waits until the worker has nothing left of its tasks; it keeps shared memory until the caller lets go of it. */
async function collectedInWorker(pool: Pool): Promise<void> {
  assert.ok(await settles(pool.run(tasks.noted)) > 0);
  let left: string[] = [];
  for (let i = 0; i < LOOKS; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    left = await settles(pool.run(tasks.survivors));
    if (left.length === 0) return;
  }
  assert.fail(`still in the worker: ${left.join(", ")}`);
}

async function exchange(pool: Pool, refs: Refs, name: string): Promise<void> {
  const value = kinds[name]!();
  note(refs, `argument ${name}`, value);
  note(refs, `result of ${name}`, await settles(pool.run(tasks.exchange, name, value)));
}

async function fail(pool: Pool, refs: Refs, name: string): Promise<void> {
  const value = kinds[name]!();
  note(refs, `argument ${name}`, value);
  const error = await failure(pool.run(tasks.throwWith, name, value));
  assert.equal(error.message, name);
  note(refs, `error ${name}`, error);
  note(refs, `cause ${name}`, error.cause);
}

describe("once a task is done, its caller", { timeout: 120_000 }, () => {
  it("holds neither argument nor result nor error", () =>
    withPool(options, async (pool) => {
      const refs: Refs = [];
      for (const name of Object.keys(kinds)) {
        await exchange(pool, refs, name);
        await fail(pool, refs, name);
        const block = (): void => note(refs, "blocked", pool.runSync(tasks.exchange, name, kinds[name]!()));
        block();
      }
      await collected(refs, pool);
    }));

  it("holds nothing of a Task", () =>
    withPool(options, async (pool) => {
      const refs: Refs = [];
      const batch = async (): Promise<void> => {
        const task = new Task<unknown>({ pool });
        note(refs, "task", task);
        for (const name of Object.keys(kinds)) {
          const value = kinds[name]!();
          note(refs, name, value);
          task.run(tasks.exchange, name, value);
        }
        (await settles(task.get())).forEach((result, i) => note(refs, `result ${i}`, result));
      };
      await batch();
      await collected(refs, pool);
    }));

  it("holds nothing of tasks that were aborted, queued or running, or timed out", () =>
    withPool(options, async (pool) => {
      const refs: Refs = [];
      const abort = async (name: string): Promise<void> => {
        const controller = new AbortController();
        const { signal } = controller;
        const [begun, value, waiting] = [flags(), kinds[name]!(), kinds[name]!()];
        note(refs, `running ${name}`, value);
        note(refs, `queued ${name}`, waiting);
        note(refs, "signal", signal);
        const running = pool.with({ signal }).run(tasks.waitWith, begun, value);
        const queued = pool.with({ signal }).run(tasks.exchange, name, waiting);
        await raised(begun, 0);
        controller.abort(new Error("enough"));
        for (const reason of await Promise.all([failure(running), failure(queued)])) note(refs, "reason", reason);
      };
      const timeOut = async (name: string): Promise<void> => {
        const value = kinds[name]!();
        note(refs, `timed out ${name}`, value);
        note(refs, "error", await failure(pool.with({ timeout: 20 }).run(tasks.waitWith, flags(), value)));
      };
      for (const name of Object.keys(kinds)) {
        await abort(name);
        await timeOut(name);
      }
      await collected(refs, pool);
    }));

  it("holds next to nothing of tasks that were aborted behind one that waits", () =>
    withPool(options, async (pool) => {
      const [begun, refs, controller]: [Flags, Refs, AbortController] = [flags(), [], new AbortController()];
      const running = pool.with({ signal: controller.signal }).run(tasks.waitWith, begun, {});
      await raised(begun, 0);
      const first = pool.run(tasks.survivors);
      const abort = async (): Promise<void> => {
        const inner = new AbortController();
        note(refs, "signal", inner.signal);
        const waiting = pool.with({ signal: inner.signal }).run(tasks.survivors);
        inner.abort();
        await failure(waiting);
      };
      for (let i = 0; i < 500; i++) await abort();
      await collected(refs, undefined, 100);
      controller.abort();
      await Promise.all([failure(running), settles(first)]);
    }));

  for (const how of ["close", "terminate"] as const) {
    it(`holds nothing of a pool after ${how}()`, async () => {
      const refs: Refs = [];
      const live = async (): Promise<void> => {
        const pool = createPool(options);
        note(refs, "pool", pool);
        for (const name of Object.keys(kinds)) await exchange(pool, refs, name);
        await settles(pool[how]());
      };
      await live();
      await collected(refs);
    });
  }
});

describe("once a task is done, its worker", { timeout: 120_000 }, () => {
  it("holds neither argument nor result nor error", () =>
    withPool(options, async (pool) => {
      for (const name of Object.keys(kinds)) {
        await exchange(pool, [], name);
        await fail(pool, [], name);
      }
      await collectedInWorker(pool);
    }));

  it("holds nothing of tasks that were aborted or timed out", () =>
    withPool({ ...options, abortGrace: 30_000 }, async (pool) => {
      for (const name of Object.keys(kinds)) {
        const controller = new AbortController();
        const begun = flags();
        const running = pool.with({ signal: controller.signal }).run(tasks.waitWith, begun, kinds[name]!());
        await raised(begun, 0);
        controller.abort();
        await failure(running);
      }
      await collectedInWorker(pool);
      assert.equal(pool.stats().restarts, 0);
    }));
});
