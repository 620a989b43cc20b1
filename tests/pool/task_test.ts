import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, type Pool, Task, TaskCompletedError } from "../../mod.ts";
import { add, addLater, echo, failLater, failWith } from "../fixtures/basics.ts";
import { hold, note } from "../fixtures/latch.ts";
import { failure, fixture, flags, raise, raised, settles, thrown, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

describe("Task", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 2, modules });
  });
  after(() => pool.close());

  it("gives the results in the order of run(), whatever the order of their ends", async () => {
    const shared = flags();
    const task = new Task<string | number>({ pool }).run(hold<string>, shared, 0, 1, "first");
    for (let i = 1; i < 20; i++) task.run(add, i, 0);
    const last = pool.run(echo, "last");
    await raised(shared, 0);
    assert.equal(await settles(last), "last", "the tasks after the first one did not wait for it");
    raise(shared, 1);
    assert.deepEqual(await settles(task.get()), ["first", ...Array.from({ length: 19 }, (_, i) => i + 1)]);
  });

  it("takes functions by source, async functions and more calls than workers", async () => {
    const task = pool.task<number>();
    for (let i = 0; i < 200; i++) {
      if (i % 3 === 0) task.run((x: number) => x * 2, i);
      else task.run(addLater, i, i);
    }
    assert.equal(task.size, 200);
    assert.deepEqual(await settles(task.get()), Array.from({ length: 200 }, (_, i) => i * 2));
  });

  it("that is empty gives []", async () => {
    assert.deepEqual(await settles(pool.task().get()), []);
    assert.deepEqual(pool.task().getSync(), []);
    assert.deepEqual(await settles(pool.task().settled()), []);
    for await (const each of pool.task()) assert.fail(`gave ${each}`);
    assert.equal(pool.task().size, 0);
  });

  it("is used once: whatever comes after get() is a TaskCompletedError", async () => {
    const task = new Task<number>({ pool }).run(add, 1, 2);
    const first = task.get();
    for (const again of [() => task.get(), () => task.settled(), () => task[Symbol.asyncIterator]().next()]) {
      const error = await failure(again());
      assert.ok(error instanceof TaskCompletedError, `got ${error}`);
      assert.equal(error.code, "ERR_MULTICORE_TASK_COMPLETED");
    }
    assert.ok(thrown(() => task.getSync()) instanceof TaskCompletedError);
    assert.ok(thrown(() => task.run(add, 3, 4)) instanceof TaskCompletedError);
    assert.deepEqual(await settles(first), [3], "the first get() is not harmed");
    assert.equal(task.size, 1);
  });

  it("is used up by settled(), getSync() and iteration too", async () => {
    const settled = pool.task<number>().run(add, 1, 2);
    await settles(settled.settled());
    assert.ok(await failure(settled.get()) instanceof TaskCompletedError);
    const sync = pool.task<number>().run(add, 1, 2);
    assert.deepEqual(sync.getSync(), [3]);
    assert.ok(thrown(() => sync.getSync()) instanceof TaskCompletedError);
    const iterated = pool.task<number>().run(add, 1, 2);
    for await (const { value } of iterated) assert.equal(value, 3);
    assert.ok(await failure(iterated.get()) instanceof TaskCompletedError);
  });

  it("rejects at once with the first failure itself, and says which it was", async () => {
    const shared = flags();
    const task = pool.task<unknown>().run(hold, shared, 0, 1).run(failWith, "broken", "E42");
    const error = await failure(task.get());
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, "broken");
    assert.equal((error as unknown as { code: string }).code, "E42");
    assert.deepEqual(task.failure, { index: 1, error });
    assert.equal(task.failure?.error, error);
    raise(shared, 1);
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
  });

  it("gives the first failure to arrive, not the first of the list", async () => {
    const shared = flags();
    const task = pool.task<unknown>().run(holdThenFail, shared).run(failLater, "early");
    assert.equal((await failure(task.get())).message, "early");
    assert.equal(task.failure?.index, 1);
    raise(shared, 1);
  });

  it("whose get() was never called makes no unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", listener);
    try {
      const task = pool.task<unknown>().run(failWith, "nobody asked").run(failLater, "nobody asked");
      await until(() => task.failure !== undefined, "the task has failed");
      await settles(pool.run(addLater, 1, 1));
      assert.deepEqual(unhandled, []);
      assert.equal((await failure(task.get())).message, "nobody asked", "the failure is kept for get()");
    } finally {
      process.off("unhandledRejection", listener);
    }
  });

  it("drops its queued calls when one has failed; running ones finish and are discarded", async () => {
    const [shared, order] = [flags(), flags(64)];
    await withPool({ workers: 1, modules }, async (single) => {
      const task = single.task<unknown>().run(failWith, "first").run(hold, shared, 0, 1);
      for (let i = 0; i < 30; i++) task.run(note, order, i);
      assert.equal((await failure(task.get())).message, "first");
      raise(shared, 1); // Only now could the calls behind it begin.
      await settles(single.run(add, 1, 1));
      await until(() => single.stats().queued === 0 && single.stats().running === 0, "nothing is pending");
      assert.equal(Atomics.load(order, 0), 0, "no queued call was run");
    });
  });

  it("with() gives options to the calls that follow on it only", async () => {
    const task = new Task<unknown>({ pool, serialization: "json" });
    task.with({ serialization: "auto" }).run(echo, new Map([[1, 2]]));
    task.run(echo, { a: 1 });
    assert.deepEqual(await settles(task.get()), [new Map([[1, 2]]), { a: 1 }]);
  });

  it("refuses a wrong call without counting it", async () => {
    const task = pool.task<unknown>().run(add, 1, 1);
    assert.throws(() => task.run(echo, () => 1), { name: "SerializationError" });
    task.run(add, 2, 2);
    assert.equal(task.size, 2);
    assert.deepEqual(await settles(task.get()), [2, 4]);
  });
});

/** Waits for the flag, then fails. */
function holdThenFail(shared: Int32Array<SharedArrayBuffer>): never {
  const end = performance.now() + 45_000;
  while (Atomics.load(shared, 1) === 0 && performance.now() < end) Atomics.wait(shared, 1, 0, 20);
  throw new Error("late");
}
