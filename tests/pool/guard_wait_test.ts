/** Calls that wait for the machine's load to fall: when the wait ends. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PoolClosedError, TaskTimeoutError } from "../../mod.ts";
import { add, workerMark } from "../fixtures/basics.ts";
import { hold } from "../fixtures/latch.ts";
import { countListeners, withLoad } from "./_load.ts";
import { failure, flags, raise, raised, settles, thrown } from "./_support.ts";

const wait = { maxLoadAverage: 1, whenBusy: "wait" } as const;

describe("a call that waits for the load to fall", () => {
  it("is rejected when the pool is terminated", async () => {
    await withLoad(2, async (pool) => {
      const single = failure(pool.with(wait).run(add, 1, 2));
      const batch = failure(pool.task<number>(wait).run(add, 1, 2).run(add, 3, 4).get());
      await settles(pool.terminate());
      assert.ok(await single instanceof PoolClosedError);
      assert.ok(await batch instanceof PoolClosedError);
      assert.equal(pool.stats().completed, 0);
    });
  });

  it("is run at once by close(), which waits for it", async () => {
    await withLoad(2, async (pool) => {
      const order: number[] = [];
      const runner = pool.with(wait);
      const results = Array.from({ length: 9 }, (_, i) => runner.run(add, i, 0).then((value) => order.push(value)));
      const marks = pool.task<string>(wait).run(workerMark).get();
      await settles(pool.close(), "close()");
      assert.equal(pool.stats().completed, 10);
      await settles(Promise.all(results));
      assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
      assert.notDeepEqual(await settles(marks), [workerMark()]);
    });
  });

  it("is rejected by close({ timeout }) when that has passed", async () => {
    const shared = flags();
    await withLoad(2, async (pool) => {
      const held = failure(pool.run(hold, shared, 0, 1));
      const waiting = failure(pool.with(wait).run(add, 1, 2));
      await raised(shared, 0);
      await settles(pool.close({ timeout: 5 }));
      raise(shared, 1);
      assert.ok(await waiting instanceof PoolClosedError);
      assert.ok(await held instanceof PoolClosedError);
    });
  });

  it("is rejected when its signal aborts, at once if it has", async () => {
    await withLoad(2, async (pool) => {
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      const runner = pool.with({ ...wait, signal: controller.signal });
      const errors = Array.from({ length: 50 }, () => failure(runner.run(add, 1, 2)));
      assert.deepEqual([listeners.now, listeners.most], [1, 1]);
      const reason = new Error("enough");
      controller.abort(reason);
      for (const error of await settles(Promise.all(errors))) assert.equal(error, reason);
      assert.equal(listeners.now, 0);
      assert.equal(await failure(runner.run(add, 1, 2)), reason);
      const task = pool.task<number>({ ...wait, signal: controller.signal }).run(add, 1, 2);
      assert.equal(await failure(task.get()), reason);
    });
  });

  it("is taken back by get({ timeout }) and when the loop over its Task is left", async () => {
    await withLoad(2, async (pool, setLoad) => {
      const { signal } = new AbortController();
      const listeners = countListeners(signal);
      const late = pool.task<number>({ ...wait, signal }).run(add, 1, 2);
      assert.ok(await failure(late.get({ timeout: 5 })) instanceof TaskTimeoutError);
      const left = pool.task<number>({ ...wait, signal }).run(add, 1, 2)[Symbol.asyncIterator]();
      const next = left.next();
      await settles(left.return!());
      assert.deepEqual(await settles(next), { done: true, value: undefined });
      assert.equal(listeners.now, 0);
      const other = pool.with(wait).run(add, 3, 4);
      setLoad(0);
      assert.equal(await settles(other), 7, "others wait on");
      assert.equal(pool.stats().completed, 1);
    });
  });

  it("waits again in a Task whose calls were all aborted meanwhile", async () => {
    await withLoad(2, async (pool, setLoad) => {
      const controller = new AbortController();
      const task = pool.task<number>(wait);
      task.with({ signal: controller.signal }).run(add, 1, 2);
      controller.abort(new Error("enough"));
      task.run(add, 3, 4);
      setLoad(1);
      const [first, second] = await settles(task.settled());
      assert.equal(first!.status, "rejected");
      assert.deepEqual(second, { status: "fulfilled", value: 7 });
    });
  });

  it("goes when the load is not above its own threshold", async () => {
    await withLoad(3, async (pool, setLoad) => {
      const one = pool.with(wait).run(add, 1, 0);
      const two = pool.with({ ...wait, maxLoadAverage: 2 }).run(add, 2, 0);
      let isDone = false;
      one.then(() => isDone = true, () => {});
      setLoad(2);
      assert.equal(await settles(two), 2);
      assert.equal(isDone, false);
      setLoad(1);
      assert.equal(await settles(one), 1);
    });
  });

  it("is refused at once where its function or an argument cannot cross", async () => {
    await withLoad(2, (pool) => {
      const task = pool.task<unknown>(wait);
      assert.ok(thrown(() => task.run(5 as never)) instanceof TypeError);
      assert.ok(thrown(() => task.run(Math.max as never, 1)) instanceof TypeError);
      assert.match(thrown(() => task.run((x: unknown) => x, () => {})).name, /SerializationError/);
      assert.equal(task.size, 0);
    });
  });

  it("blocks a blocking call until the load has fallen, and no longer than its timeout", async () => {
    await withLoad(2, async (pool, setLoad) => {
      const late = pool.task<number>(wait).run(add, 1, 2);
      assert.ok(thrown(() => late.getSync({ timeout: 5 })) instanceof TaskTimeoutError);
      const task = pool.task<number>(wait).run(add, 1, 2).run(add, 3, 4);
      let reads = 0;
      setLoad(() => ++reads < 2 ? 2 : 0);
      assert.deepEqual(task.getSync(), [3, 7]);
      assert.equal(reads, 2);
      assert.equal(await settles(pool.run(add, 1, 1)), 2);
    });
  });
});
