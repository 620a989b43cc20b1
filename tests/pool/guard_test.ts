import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OverloadError, Task } from "../../mod.ts";
import { add, addLater, failWith, workerMark } from "../fixtures/basics.ts";
import { withLoad } from "./_load.ts";
import { failure, settles, thrown } from "./_support.ts";

const scope = globalThis as Record<string, unknown>;

describe("Task.create({ maxLoadAverage })", () => {
  it("is null strictly above the threshold", async () => {
    await withLoad(0.75, async (pool, setLoad) => {
      assert.equal(Task.create({ pool, maxLoadAverage: 0.7 }), null);
      assert.ok(Task.create({ pool, maxLoadAverage: 0.75 }) instanceof Task, "equal is not above");
      assert.ok(Task.create({ pool, maxLoadAverage: 0.8 }) instanceof Task);
      setLoad(0.5);
      const task = Task.create<number>({ pool, maxLoadAverage: 0.7 });
      assert.deepEqual(await settles(task!.run(add, 1, 2).get()), [3]);
    });
  });

  it("takes 0 for a threshold, and none for no limit", async () => {
    await withLoad(0.01, (pool, setLoad) => {
      assert.equal(Task.create({ pool, maxLoadAverage: 0 }), null);
      assert.ok(Task.create({ pool }) instanceof Task);
      setLoad(0);
      assert.ok(Task.create({ pool, maxLoadAverage: 0 }) instanceof Task);
      setLoad(1000);
      assert.ok(Task.create({ pool }) instanceof Task);
    });
  });
});

describe("whenBusy", () => {
  it("inline, the default, runs the functions in the caller when get() is called", async () => {
    await withLoad(2, async (pool) => {
      const task = new Task<unknown>({ pool, maxLoadAverage: 1 });
      task.run(workerMark).run(addLater, 1, 2).run((x: number[]) => x.push(1), [1]);
      assert.equal(pool.stats().queued, 0);
      assert.deepEqual(await settles(task.get()), [workerMark(), 3, 2]);
      assert.deepEqual(pool.task<string>({ maxLoadAverage: 1 }).run(workerMark).getSync(), [workerMark()]);
      assert.equal(await settles(pool.with({ maxLoadAverage: 1 }).run(workerMark)), workerMark());
    });
  });

  it("inline runs nothing in the caller before get()", async () => {
    await withLoad(2, async (pool) => {
      const key = "multicore.test.ran";
      const task = pool.task<unknown>({ maxLoadAverage: 1, whenBusy: "inline" });
      task.run((name: string) => void Reflect.set(globalThis, name, true), key);
      await settles(pool.run(add, 1, 1));
      assert.equal(scope[key], undefined);
      await settles(task.get());
      assert.equal(scope[key], true);
      delete scope[key];
    });
  });

  it("inline gives copies and errors as a worker would", async () => {
    await withLoad(2, async (pool) => {
      const list = [1];
      const runner = pool.with({ maxLoadAverage: 1 });
      assert.deepEqual(await settles(runner.run((given: number[]) => (given.push(2), given), list)), [1, 2]);
      assert.deepEqual(list, [1]);
      const error = await failure(runner.run(failWith, "inline", "E1"));
      assert.ok(error instanceof RangeError);
      assert.equal((error as unknown as { code: string }).code, "E1");
    });
  });

  it("uses the pool below the threshold", async () => {
    await withLoad(0.5, async (pool) => {
      const [mark] = await settles(new Task<string>({ pool, maxLoadAverage: 1 }).run(workerMark).get());
      assert.notEqual(mark, workerMark());
    });
  });

  it("throw throws OverloadError", async () => {
    await withLoad(2.5, async (pool, setLoad) => {
      const error = thrown(() => new Task({ pool, maxLoadAverage: 1, whenBusy: "throw" }));
      assert.ok(error instanceof OverloadError, `got ${error}`);
      assert.equal(error.code, "ERR_MULTICORE_OVERLOAD");
      assert.match(error.message, /2\.5/);
      const runner = pool.with({ maxLoadAverage: 1, whenBusy: "throw" });
      assert.ok(await failure(runner.run(add, 1, 2)) instanceof OverloadError);
      assert.ok(thrown(() => runner.runSync(add, 1, 2)) instanceof OverloadError);
      setLoad(1);
      assert.equal(await settles(runner.run(add, 1, 2)), 3);
    });
  });

  it("wait waits for the load to fall, then uses the pool", async () => {
    await withLoad(2, async (pool, setLoad) => {
      const task = pool.task<string>({ maxLoadAverage: 1, whenBusy: "wait" }).run(workerMark);
      let isDone = false;
      const result = task.get().then((all) => {
        isDone = true;
        return all;
      });
      await settles(pool.run(add, 1, 1), "a call without a threshold");
      assert.equal(isDone, false);
      assert.equal(pool.stats().completed, 1);
      setLoad(0.5);
      const [mark] = await settles(result);
      assert.notEqual(mark, workerMark());
    });
  });
});
