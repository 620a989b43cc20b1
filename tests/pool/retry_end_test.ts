/** What ends a call that waits to run again, and who waits for it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPool, PoolClosedError, type RetryOptions, TaskTimeoutError } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import * as tasks from "../fixtures/retries.ts";
import { withLoad } from "./_load.ts";
import { failure, fixture, flags, raise, settles, until, withPool } from "./_support.ts";

const modules = ["basics", "retries"].map(fixture);
/** Far longer than any test may take. */
const FOREVER = 2 ** 31 - 1;

/** Retries that say when an attempt has failed, and then wait for so many ms. */
function after(delay: number, times = 5): { readonly retries: RetryOptions; failed(count?: number): Promise<void> } {
  let failures = 0;
  const when = (): boolean => ++failures > 0;
  return {
    retries: { times, when, delay },
    failed: (count = 1) => until(() => failures >= count, `${count} attempts have failed`),
  };
}

describe("a call that waits to run again", () => {
  it("ends at once when its signal aborts, also if `when` does that", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const { retries, failed } = after(FOREVER);
      const controller = new AbortController();
      const { signal } = controller;
      const call = failure(pool.with({ retries, signal }).run(tasks.failAtFirst, flags(), 9));
      await failed();
      const reason = new Error("enough");
      controller.abort(reason);
      assert.equal(await call, reason);
      const second = new AbortController();
      const when = () => (second.abort(reason), true);
      const options = { retries: { times: 5, when }, signal: second.signal };
      assert.equal(await failure(pool.with(options).run(tasks.failAtFirst, flags(), 9)), reason);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    }));

  it("ends when its timeout passes, which is for all attempts together", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      for (const delay of [FOREVER, 1]) {
        const { retries } = after(delay, Infinity);
        const call = pool.with({ retries, timeout: 50 }).run(tasks.failAtFirst, flags(), 1e9);
        const error = await failure(call);
        assert.ok(error instanceof TaskTimeoutError, `got ${error}`);
        assert.equal(error.timeout, 50);
      }
      const shared = flags();
      const held = pool.with({ retries: { times: 1 }, timeout: 50 }).run(tasks.failThenHold, shared);
      assert.ok(await failure(held) instanceof TaskTimeoutError, "a timeout is no reason to run it again");
      assert.ok(shared[0]! <= 2, `${shared[0]} attempts`); // the second may not have begun in time
      raise(shared, 1);
    }));

  it("ends with its Task", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const { retries, failed } = after(FOREVER);
      const task = pool.task<number>({ retries }).run(tasks.failAtFirst, flags(), 9);
      await failed();
      assert.ok(await failure(task.get({ timeout: 1 })) instanceof TaskTimeoutError);
      assert.equal(pool.stats().queued, 0);
      const other = after(FOREVER);
      const mixed = pool.task<number>({ retries: other.retries }).run(tasks.failAtFirst, flags(), 9);
      await other.failed();
      mixed.with({ retries: 0 }).run(tasks.failAtFirst, flags(), 1);
      assert.equal((await failure(mixed.get())).message, "attempt 1");
      assert.equal(pool.stats().queued, 0, "what waits is dropped");
    }));

  it("is waited for by close(), and rejected by terminate() and close({ queued: 'drop' })", async () => {
    const first = createPool({ workers: 1, modules });
    const soon = after(1);
    const call = first.with({ retries: soon.retries }).run(tasks.failAtFirst, flags(), 5);
    await soon.failed();
    const closed = first.close();
    assert.equal(await settles(call), 6);
    await settles(closed);
    for (const end of ["terminate", "drop"]) {
      const pool = createPool({ workers: 1, modules });
      const { retries, failed } = after(FOREVER);
      const rejected = failure(pool.with({ retries }).run(tasks.failAtFirst, flags(), 9));
      await failed();
      await settles(end === "drop" ? pool.close({ queued: "drop" }) : pool.terminate());
      assert.ok(await rejected instanceof PoolClosedError, end);
    }
  });

  it("runs no more once the pool drops what is queued", async () => {
    const pool = createPool({ workers: 1, modules });
    const shared = flags();
    const call = failure(pool.with({ retries: { times: 9 } }).run(tasks.failAtFirst, shared, 9));
    const closed = pool.close({ queued: "drop" });
    const error = await call;
    assert.ok(error instanceof PoolClosedError || error.message === `attempt ${shared[0]}`, `got ${error}`);
    await settles(closed);
  });
});

describe("a blocking caller", () => {
  /** Whether the caller may run the function itself or not. */
  for (const timeout of [Infinity, 30_000]) {
    it(`waits for the delays, ${timeout === Infinity ? "and may help" : "of what it cannot run itself"}`, () =>
      withPool({ workers: 1, modules }, (pool) => {
        const delays: number[] = [];
        const delay = (attempt: number) => delays.push(attempt);
        const runner = pool.with({ retries: { times: 3, delay }, timeout });
        assert.equal(runner.runSync(tasks.failAtFirst, flags(), 3), 4);
        assert.deepEqual(delays, [1, 2, 3]);
        const task = runner.task<number>();
        for (let i = 0; i < 4; i++) task.run(tasks.failAtFirst, flags(), i);
        assert.deepEqual(task.getSync(), [1, 2, 3, 4]);
        assert.throws(() => runner.runSync(tasks.failAtFirst, flags(), 9), { message: "attempt 4" });
        const hopeless = pool.with({ retries: { times: 3, delay: FOREVER } });
        assert.throws(
          () => hopeless.task().run(tasks.failAtFirst, flags(), 9).getSync({ timeout: 20 }),
          TaskTimeoutError,
        );
      }));
  }
});

describe("a call that runs in the caller as the machine is busy", () => {
  const busy = { maxLoadAverage: 1 };
  const functions = [tasks.failAtFirst, tasks.failAtFirstLater] as const;

  it("runs again in the same way", () =>
    withLoad(2, async (pool) => {
      for (const fn of functions) {
        const delays: number[] = [];
        const delay = (attempt: number) => delays.push(attempt) - 1;
        const runner = pool.with({ ...busy, retries: { times: 2, delay } });
        assert.equal(await settles(runner.run(fn, flags(), 2)), 3);
        assert.deepEqual(delays, [1, 2]);
        assert.equal((await failure(runner.run(fn, flags(), 3))).message, "attempt 3");
      }
      const bytes = new Uint8Array(300_000).fill(7);
      const runner = pool.with({ ...busy, retries: { times: 1 } });
      assert.deepEqual(await settles(runner.run(tasks.spoil, flags(), 1, [1], "x", bytes)), [
        "1",
        1,
        "x",
        300_000,
        1,
        7,
      ]);
    }));

  it("runs again for a caller that blocks", () =>
    withLoad(2, (pool) => {
      const runner = pool.with({ ...busy, retries: { times: 2, delay: 2 } });
      assert.equal(runner.runSync(tasks.failAtFirst, flags(), 2), 3);
      assert.deepEqual(runner.task().run(tasks.failAtFirst, flags(), 1).run(add, 1, 2).getSync(), [2, 3]);
      assert.throws(() => runner.runSync(tasks.failAtFirst, flags(), 3), { message: "attempt 3" });
      const hopeless = pool.with({ ...busy, retries: { times: 2, delay: FOREVER } });
      assert.throws(() => hopeless.task().run(tasks.failAtFirst, flags(), 9).getSync({ timeout: 5 }), TaskTimeoutError);
      const late = pool.with({ ...busy, retries: { times: 2, delay: FOREVER }, timeout: 5 });
      assert.throws(() => late.runSync(tasks.failAtFirst, flags(), 9), TaskTimeoutError);
    }));

  it("waits no longer when it is aborted, or its timeout passes", () =>
    withLoad(2, async (pool) => {
      for (const fn of functions) {
        const { retries, failed } = after(FOREVER);
        const controller = new AbortController();
        const call = failure(pool.with({ ...busy, retries, signal: controller.signal }).run(fn, flags(), 9));
        await failed();
        controller.abort("enough");
        assert.equal(await call, "enough");
        const timed = pool.with({ ...busy, retries, timeout: 20 }).run(fn, flags(), 9);
        assert.ok(await failure(timed) instanceof TaskTimeoutError);
      }
      const { retries, failed } = after(1, Infinity);
      const hung = failure(pool.with({ ...busy, retries, timeout: 100 }).run(tasks.failThenHang, flags()));
      await failed();
      assert.ok(await hung instanceof TaskTimeoutError, "it is for the second attempt too");
    }));
});

describe("a call inside a worker", () => {
  it("runs again there, also for a task that blocks", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      assert.deepEqual(await settles(pool.run(tasks.nested, flags(), 2)), [3, 3]);
    }));
});

describe("a collection", () => {
  it("refuses retries that it would not make", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const retries = { times: 1 };
      const message = /^Option 'retries' must be a number for a collection/;
      assert.match((await failure(pool.forEach([1], add as never, { retries }))).message, message);
      assert.match((await failure(pool.with({ retries }).forEach([1], add as never))).message, message);
    }));
});
