/** Shared memory is sent once to a thread and then named; it is let go when nobody holds it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "../../scripts/chaos/machine.ts";
import { type Pool, type PoolOptions, sharedArray } from "../../mod.ts";
import * as tasks from "../fixtures/sharing.ts";
import { failure, fixture, settles, withPool } from "./_support.ts";

const options: PoolOptions = { workers: 1, modules: [fixture("sharing")] };
type Ints = Int32Array<SharedArrayBuffer>;

/** Looks that a collector is given, each after a turn of the event loop and a task. */
const LOOKS = 200;

async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < LOOKS; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    if (await settles(condition())) return;
  }
  assert.fail(`never: ${what}`);
}

describe("shared memory", { timeout: 120_000 }, () => {
  it("is the same object in the worker at each call", () =>
    withPool(options, async (pool) => {
      const [one, other] = [sharedArray(Int32Array, 4), sharedArray(Int32Array, 4)];
      assert.equal(await settles(pool.run(tasks.isSame, one)), false);
      assert.equal(await settles(pool.run(tasks.isSame, one)), true);
      assert.equal(await settles(pool.run(tasks.isSame, one.subarray(1))), true);
      assert.equal(await settles(pool.run(tasks.isSame, other)), false);
      assert.equal(await settles(pool.run(tasks.isSame, other)), true);
    }));

  it("is the same object in the caller at each result, and the same memory", () =>
    withPool(options, async (pool) => {
      await settles(pool.run(tasks.keep, sharedArray(Int32Array, [41])));
      const first = await settles(pool.run(tasks.giveKept));
      const second = await settles(pool.run(tasks.giveKept));
      assert.equal(first.buffer, second.buffer);
      assert.equal(first[0], 43);
      await settles(pool.run(tasks.keep, second));
      assert.equal((await settles(pool.run(tasks.giveKept)))[0], 44);
      assert.equal(first[0], 44);
    }));

  it("that the caller lets go is let go in the worker", () =>
    withPool(options, async (pool) => {
      const send = async (): Promise<void> => {
        for (let i = 0; i < 20; i++) await settles(pool.run(tasks.isSame, sharedArray(Int32Array, 100_000)));
      };
      await send();
      await eventually("all is gone", async () => await pool.run(tasks.countSeen) === 0);
    }));

  it("that the worker made and let go is let go in both threads", () =>
    withPool(options, async (pool) => {
      const refs: WeakRef<SharedArrayBuffer>[] = [];
      const receive = async (): Promise<void> => {
        const array = await settles(pool.run(tasks.give, 7)) as Ints;
        assert.equal(array[0], 7);
        refs.push(new WeakRef(array.buffer));
      };
      for (let i = 0; i < 20; i++) await receive();
      await eventually("gone in the worker", async () => !await pool.run(tasks.isGivenThere));
      // The caller hears of it from the worker's event loop.
      await eventually("gone here", async () => {
        await pool.run(tasks.isGivenThere);
        return refs.every((ref) => ref.deref() === undefined);
      });
    }));

  it("that the worker keeps outlives the caller's own object", () =>
    withPool(options, async (pool) => {
      const refs: WeakRef<SharedArrayBuffer>[] = [];
      const send = async (): Promise<void> => {
        const array = sharedArray(Int32Array, [1]);
        refs.push(new WeakRef(array.buffer));
        await settles(pool.run(tasks.keep, array));
      };
      await send();
      await eventually("gone here", () => Promise.resolve(refs[0]!.deref() === undefined));
      for (let i = 2; i < 5; i++) assert.equal((await settles(pool.run(tasks.giveKept)))[0], i);
      await settles(pool.run(tasks.drop));
    }));

  it("comes through beside anything else, many at a time, to several workers and callers that block", () =>
    withPool({ ...options, workers: 2 }, async (pool) => {
      const arrays = Array.from({ length: 300 }, (_, i) => sharedArray(Int32Array, [i]));
      const add = (all: Ints[], by: number, beside: unknown): Ints[] => {
        for (const array of all) Atomics.add(array, 0, by);
        return beside === 0 ? all.slice(0, 3) : all;
      };
      const large = "x".repeat(300_000);
      const besides = [0, "text", new Uint8Array(100_000), large];
      for (const beside of besides) await checkAll(pool, add, arrays, beside);
      const error = await failure(pool.run((all: Ints[]) => {
        throw Object.assign(new Error("with memory"), { all });
      }, arrays.slice(0, 2)));
      Atomics.store(error.all[0], 0, -5);
      assert.equal(arrays[0]![0], -5);
    }));
});

async function checkAll(
  pool: Pool,
  add: (all: Ints[], by: number, beside: unknown) => Ints[],
  arrays: Ints[],
  beside: unknown,
): Promise<void> {
  const before = arrays.map((array) => array[0]!);
  const few = arrays.slice(0, 20);
  const calls = Array.from({ length: 20 }, () => pool.run(add, few, 1, beside));
  const all = await settles(pool.run(add, arrays, 1, beside)); // more than can be named
  const now = pool.runSync(add, few, 1, beside);
  const results = await settles(Promise.all([...calls, all, now]));
  for (const [i, array] of arrays.entries()) assert.equal(array[0], before[i]! + (i < 20 ? 22 : 1));
  for (const result of results) for (const [i, array] of result.entries()) assert.equal(array[0], arrays[i]![0]);
}
