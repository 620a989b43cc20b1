/** Callbacks between threads: those of a task that does not wait for them, and those that are results. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "../../scripts/chaos/machine.ts";
import { type PoolOptions, proxy } from "../../mod.ts";
import * as tasks from "../fixtures/calling.ts";
import { failure, fixture, flags, raise, settles, until, withPool } from "./_support.ts";

const options: PoolOptions = { workers: 1, modules: [fixture("calling")] };
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("a callback that the task does not await", { timeout: 120_000 }, () => {
  it("is called in order, each time before the task settles, and the worker lives on", () =>
    withPool(options, async (pool) => {
      for (const [i, count] of [1, 5, 2000, 0].entries()) {
        const seen: number[] = [];
        const report = proxy((n: number) => void seen.push(n));
        assert.equal(await settles(pool.run(tasks.fireAndForget, report, count)), i + 1);
        assert.deepEqual(seen, numbers(count));
      }
      assert.equal(pool.stats().restarts, 0);
    }));

  it("is not taken for one of the task before, whose calls are still being answered", () =>
    withPool(options, async (pool) => {
      for (let i = 0; i < 100; i++) {
        const seen: number[] = [];
        await settles(pool.run(tasks.fireAndForget, proxy((n: number) => void seen.push(n)), 1 + i % 5));
        assert.deepEqual(seen, numbers(1 + i % 5));
      }
    }));

  it("is called before the task rejects, and neither kills the task's sibling nor is lost with its worker", () =>
    withPool({ ...options, tasksPerWorker: 2, maxTasksPerWorker: 3 }, async (pool) => {
      const [first, second] = [flags(), flags()];
      const seen: number[] = [];
      const report = proxy((n: number) => void seen.push(n));
      const firing = failure(pool.run(tasks.fireAndThrow, report, 5, first));
      const sibling = pool.run(tasks.waitFor, second);
      raise(first, 0);
      assert.equal((await firing).message, "after its calls");
      assert.deepEqual(seen, numbers(5));
      raise(second, 0);
      assert.equal(await settles(sibling), "done");
      assert.equal(await settles(pool.run(tasks.fireAndForget, report, 5)), 2);
      assert.deepEqual(seen, [...numbers(5), ...numbers(5)]);
    }));

  it("may take for ever, and be called from a function that nobody awaits", () =>
    withPool(options, async (pool) => {
      const never = proxy(() => new Promise(() => {}));
      assert.equal(await settles(pool.run(tasks.fireAndForget, never, 2)), 1);
      let open = (): void => {};
      const latch = new Promise<void>((resolve) => open = resolve);
      const seen: unknown[] = [];
      const slow = proxy(async (text: string) => {
        await latch;
        seen.push(text);
      });
      await settles(pool.run(tasks.fireInside, slow));
      open();
      await until(() => seen.length === 1, "the callback has run");
      assert.equal(await settles(pool.run(tasks.fireAndForget, never, 0)), 2);
    }));

  it("does not kill a worker whose task was aborted", () =>
    withPool({ ...options, tasksPerWorker: 2, abortGrace: 60_000 }, async (pool) => {
      const flag = flags();
      const controller = new AbortController();
      let calls = 0;
      const report = proxy(() => void calls++);
      const fired = failure(pool.with({ signal: controller.signal }).run(tasks.fireOn, report, flag));
      await until(() => calls > 2, "it calls back");
      controller.abort(new Error("enough"));
      raise(flag, 0);
      assert.equal((await fired).message, "enough");
      assert.equal(await settles(pool.run(tasks.fireAndForget, report, 0)), 1);
    }));

  it("settles its task although the worker never made a function of it", () =>
    withPool(options, async (pool) => {
      const report = proxy(() => {});
      const module = pool.module(fixture("calling")) as unknown as Record<string, (f: unknown) => Promise<unknown>>;
      assert.equal((await failure(module["missing"]!(report))).name, "FunctionResolutionError");
      assert.equal(await settles(pool.run(tasks.fireAndForget, report, 1)), 1);
    }));
});

describe("a callback", { timeout: 120_000 }, () => {
  it("that stands twice in a message is one function", () =>
    withPool(options, async (pool) => {
      const [callback, other] = [proxy(() => 1), proxy(() => 1)];
      assert.deepEqual(await settles(pool.run(tasks.areSame, callback, other, callback)), [true, false, true]);
      const { double, again, never } = await settles(pool.run(tasks.giveCallbacks));
      assert.equal(double, again);
      assert.notEqual(double, never);
    }));

  it("that is a result can be called, also with callbacks, until its worker is gone", () =>
    withPool(options, async (pool) => {
      const { double, never, call } = await settles(pool.run(tasks.giveCallbacks));
      assert.equal(await settles(double(21)), 42);
      assert.equal(await settles(call(proxy((text: string) => `${text} and out`))), "in and out");
      const pending = failure(never());
      await failure(pool.run(tasks.exit));
      assert.match((await pending).message, /Cannot call back as .* the thread that gave it is gone/);
      assert.equal((await failure(double(1))).name, "MulticoreError");
    }));

  it("that is a result is let go in the worker once the caller let go of it", () =>
    withPool(options, async (pool) => {
      const take = async (): Promise<void> => {
        for (let i = 0; i < 20; i++) {
          const { double } = await settles(pool.run(tasks.giveCallbacks));
          if (i < 10) assert.equal(await settles(double(i)), 2 * i);
        }
      };
      await take();
      for (let left = 20, looks = 0; left > 0; looks++) {
        assert.ok(looks < 200, `${left} are still there`);
        await new Promise((resolve) => setTimeout(resolve));
        collect();
        left = await settles(pool.run(tasks.countGiven));
      }
    }));
});
