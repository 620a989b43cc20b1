/** The async iterator of a Task, called by hand: `for await` never has two calls of `next` pending. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TaskCompletedError } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import { hold, note } from "../fixtures/latch.ts";
import { failure, fixture, type Flags, flags, raise, raised, settles, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];
/** Fails once flag 0 is up. */
const failHeld = (shared: Flags): never => {
  Atomics.wait(shared, 0, 0, 25_000); // partner: `raise` in the test
  throw new RangeError("held");
};
const done = { done: true, value: undefined };

describe("a Task's iterator", () => {
  it("answers calls of next() in their order, those beyond the last result with done", async () => {
    const shared = flags();
    await withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<unknown>().run(hold, shared, 0, 1, "first").run(add, 1, 1);
      const items = task[Symbol.asyncIterator]();
      const calls = [items.next(), items.next(), items.next(), items.next()];
      await raised(shared, 0);
      raise(shared, 1);
      const [first, second, ...rest] = await settles(Promise.all(calls), "next()");
      assert.deepEqual(first, { done: false, value: { index: 0, value: "first" } });
      assert.deepEqual(second, { done: false, value: { index: 1, value: 2 } });
      assert.deepEqual(rest, [done, done]);
      assert.deepEqual(await settles(items.next()), done);
    });
  });

  it("gives the failure to the first call of next() that waits, and done to the others", async () => {
    const shared = flags();
    await withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<unknown>().run(add, 1, 1).run(failHeld, shared).run(add, 2, 2);
      const items = task[Symbol.asyncIterator]();
      const first = items.next();
      const calls = [failure(items.next()), items.next(), items.next()];
      assert.deepEqual(await settles(first), { done: false, value: { index: 0, value: 2 } });
      raise(shared, 0);
      const [error, ...rest] = await settles(Promise.all(calls), "next()");
      assert.equal(error.message, "held");
      assert.deepEqual(rest, [done, done]);
    });
  });

  it("answers calls of next() that wait with done when return() is called, and drops what is queued", async () => {
    const [shared, order] = [flags(), flags(64)];
    await withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<unknown>().run(hold, shared, 0, 1);
      for (let i = 0; i < 30; i++) task.run(note, order, i);
      const items = task[Symbol.asyncIterator]();
      const calls = [items.next(), items.next()];
      await raised(shared, 0);
      assert.deepEqual(await settles(items.return!()), done);
      assert.deepEqual(await settles(Promise.all(calls), "next()"), [done, done]);
      assert.deepEqual(await settles(items.next()), done);
      raise(shared, 1);
      await settles(pool.run(add, 1, 1));
      assert.equal(Atomics.load(order, 0), 0, "no queued call was run");
    });
  });

  it("drops what is queued when return() comes before the first next()", async () => {
    const [shared, order] = [flags(), flags(64)];
    await withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<unknown>().run(hold, shared, 0, 1);
      for (let i = 0; i < 30; i++) task.run(note, order, i);
      await raised(shared, 0);
      const items = task[Symbol.asyncIterator]();
      assert.deepEqual(await settles(items.return!()), done);
      assert.deepEqual(await settles(items.next()), done);
      assert.ok(await failure(task.get()) instanceof TaskCompletedError);
      raise(shared, 1);
      await settles(pool.run(add, 1, 1));
      assert.equal(Atomics.load(order, 0), 0, "no queued call was run");
    });
  });

  it("takes nothing away from who has the results already", async () => {
    const shared = flags();
    await withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<unknown>().run(hold, shared, 0, 1, "mine").run(add, 1, 1);
      const items = task[Symbol.asyncIterator]();
      const results = task.get();
      assert.ok(await failure(items.return!()) instanceof TaskCompletedError);
      assert.deepEqual(await settles(items.next()), done, "it is over once it has thrown");
      const other = task[Symbol.asyncIterator]();
      assert.ok(await failure(other.next()) instanceof TaskCompletedError);
      raise(shared, 1);
      assert.deepEqual(await settles(results), ["mine", 2]);
    });
  });
});
