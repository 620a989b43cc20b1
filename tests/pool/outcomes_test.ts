/** `Task.outcomes()` and `Task.completed`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type TaskBatch, TaskCompletedError, type TaskOutcome } from "../../mod.ts";
import { add, failWith } from "../fixtures/basics.ts";
import { hold, note } from "../fixtures/latch.ts";
import { failure, fixture, flags, raise, raised, settles, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

/** Whether two types are the same type. */
type Same<T, U> = (<G>() => G extends T ? 1 : 2) extends (<G>() => G extends U ? 1 : 2) ? true : false;

/** Does not compile unless the type argument is `true`. */
function is<_ extends true>(): void {}

describe("Task.outcomes()", () => {
  it("gives each outcome as it arrives, failures too", () =>
    withPool({ workers: 2, modules }, async (pool) => {
      const shared = flags();
      const task = pool.task<unknown>().run(hold, shared, 0, 1, "held").run(failWith, "no").run(add, 1, 2);
      await raised(shared, 0);
      const seen: TaskOutcome<unknown>[] = [];
      for await (const outcome of task.outcomes()) {
        if (seen.push(outcome) === 2) raise(shared, 1);
      }
      assert.deepEqual(seen.map(({ index }) => index).sort(), [0, 1, 2]);
      assert.equal(seen[2]!.index, 0, "the held one came last");
      const [held, failed, sum] = [...seen].sort((a, b) => a.index - b.index);
      assert.deepEqual(held, { index: 0, status: "fulfilled", value: "held" });
      assert.deepEqual(sum, { index: 2, status: "fulfilled", value: 3 });
      assert.ok(failed?.status === "rejected" && failed.reason instanceof RangeError);
      assert.match(failed.reason.stack!, /outcomes_test/, "with the caller's frames");
      assert.equal(task.failure!.index, 1);
    }));

  it("gives those that are there already, and ends", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<number>().run(failWith, "no").run(add, 1, 2);
      await until(() => task.completed === 2, "both are settled");
      const items = task.outcomes();
      const all = await settles(Promise.all([items.next(), items.next(), items.next()]));
      assert.deepEqual(all.map(({ done, value }) => done ? "done" : value.status), ["rejected", "fulfilled", "done"]);
      assert.deepEqual(await settles(pool.task().outcomes().next()), { done: true, value: undefined });
    }));

  it("drops what is queued when its loop is left", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const [shared, order] = [flags(), flags(64)];
      const task = pool.task<unknown>().run(failWith, "no").run(hold, shared, 0, 1);
      for (let i = 0; i < 30; i++) task.run(note, order, i);
      for await (const { status } of task.outcomes()) {
        assert.equal(status, "rejected");
        await raised(shared, 0);
        break;
      }
      raise(shared, 1);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      assert.equal(order[0], 0);
    }));

  it("hands the results out once", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<number>().run(add, 1, 2);
      for await (const _ of task.outcomes());
      assert.ok(await failure(task.get()) instanceof TaskCompletedError);
      assert.ok(await failure(task.outcomes().next()) instanceof TaskCompletedError);
    }));

  it("has the types of settled()", () => {
    type Outcome = Awaited<ReturnType<ReturnType<TaskBatch<string>["outcomes"]>["next"]>>["value"];
    const unused = (outcome: TaskOutcome<string>): void => {
      is<Same<typeof outcome.index, number>>();
      if (outcome.status === "fulfilled") is<Same<typeof outcome.value, string>>();
      // @ts-expect-error there is no value, or no reason, before the status was looked at
      void outcome.reason;
      const given: Outcome = outcome;
      void given;
    };
    assert.equal(typeof unused, "function");
  });
});

describe("Task.completed", () => {
  it("counts the calls that are settled, whatever became of them", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      const task = pool.task<unknown>().run(add, 1, 2).run(failWith, "no").run(hold, shared, 0, 1);
      assert.deepEqual([task.completed, pool.task().completed], [0, 0]);
      await raised(shared, 0);
      await until(() => task.completed === 2, "two are settled");
      raise(shared, 1);
      await settles(task.settled());
      assert.deepEqual([task.completed, task.size], [3, 3]);
      const busy = pool.task<number>({ maxLoadAverage: 0 }).run(add, 1, 2).run(failWith, "no");
      await settles(busy.settled());
      assert.equal(busy.completed, 2);
    }));
});
