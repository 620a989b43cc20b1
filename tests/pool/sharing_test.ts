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

  it("is the caller's own object where it comes back, on its own, in part, and beside anything else", () =>
    withPool({ ...options, workers: 2 }, async (pool) => {
      const array = sharedArray(Int32Array, 4);
      assert.equal((await settles(pool.run(tasks.step, array))).buffer, array.buffer);
      const echo = <T>(value: T, beside: unknown): unknown => [value, beside];
      const [pair] = await settles(pool.run(echo, [array, array.subarray(1)], 1)) as [Ints[]];
      assert.deepEqual(pair.map(({ buffer }) => buffer === array.buffer), [true, true]);
      await settles(pool.run((all: unknown) => all, [array, sharedArray(Int32Array, 1)]));
      for (let i = 0; i < 10; i++) {
        assert.equal((await settles(pool.run(tasks.swap, array))).buffer, array.buffer);
        const { array: given } = await settles(pool.run(tasks.give, 7, "x".repeat(300_000))) as { array: Ints };
        assert.equal((await settles(pool.run(tasks.step, given))).buffer, given.buffer);
        assert.equal(given[0], 8);
      }
      await pool.broadcast(tasks.drop);
    }));

  for (const how of ["step", "swap"] as const) {
    it(`that goes to and fro is let go meanwhile, on both sides (${how})`, () =>
      withPool(options, async (pool) => {
        const refs: WeakRef<SharedArrayBuffer>[] = [];
        const held = sharedArray(Int32Array, 4) as Ints;
        const go = async (first: Ints): Promise<void> => {
          let state = first;
          for (let i = 0; i < 300; i++) {
            state = await settles(pool.run(tasks[how], state)) as Ints;
            if (state.buffer !== held.buffer) refs.push(new WeakRef(state.buffer));
          }
        };
        await go(held);
        assert.equal(refs.length, 0);
        assert.equal(Atomics.load(held, 0), 300);
        assert.ok(await settles(pool.run(tasks.countSeen)) <= 1);
        await go(sharedArray(Int32Array, 4) as Ints);
        await settles(pool.run(tasks.drop));
        await eventually("gone here", () => Promise.resolve(refs.every((ref) => ref.deref() === undefined)));
        await eventually("gone in the worker", async () => await pool.run(tasks.countSeen) <= 1);
        assert.equal(held.length, 4);
      }));
  }

  it("that the caller lets go while it is on its way back is the same memory all the same", () =>
    withPool(options, async (pool) => {
      const first = (): Promise<void> => settles(pool.run(tasks.keep, sharedArray(Int32Array, 1)));
      await first();
      // Each round drops the last object here, so that the word of it meets the next results on their way.
      const round = async (i: number): Promise<void> => {
        const calls = Array.from({ length: 8 }, () => pool.run(tasks.giveKept));
        collect();
        const arrays = await settles(Promise.all(calls));
        for (const array of arrays) assert.equal(array.buffer, arrays[0]!.buffer);
        const back = await settles(pool.run(tasks.step, arrays[0]!));
        assert.equal(back.buffer, arrays[0]!.buffer);
        assert.equal(Atomics.load(back, 0), 9 * (i + 1));
      };
      for (let i = 0; i < 40; i++) await round(i);
      await settles(pool.run(tasks.drop));
      await eventually("all is gone", async () => await pool.run(tasks.countSeen) === 0);
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
