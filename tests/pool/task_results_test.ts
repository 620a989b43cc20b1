import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TaskTimeoutError } from "../../mod.ts";
import { add, failLater, failWith } from "../fixtures/basics.ts";
import { hold, holdAsync, note } from "../fixtures/latch.ts";
import { failure, fixture, flags, raise, raised, settles, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

describe("Task.settled()", () => {
  it("waits for all and drops nothing", async () => {
    const order = flags(16);
    await withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<unknown>().run(failWith, "one").run(note, order, 5).run(failLater, "two").run(
        note,
        order,
        6,
      );
      const outcomes = await settles(task.settled());
      assert.deepEqual(outcomes.map(({ status }) => status), ["rejected", "fulfilled", "rejected", "fulfilled"]);
      assert.equal((outcomes[0] as PromiseRejectedResult).reason.message, "one");
      assert.deepEqual(outcomes[1], { status: "fulfilled", value: 0 });
      assert.ok((outcomes[2] as PromiseRejectedResult).reason instanceof TypeError);
      assert.equal(Atomics.load(order, 0), 2);
      assert.equal(task.failure?.index, 0);
    });
  });
});

describe("iteration of a Task", () => {
  it("gives index and value as they finish", async () => {
    const shared = flags();
    await withPool({ workers: 2, modules }, async (pool) => {
      const task = pool.task<unknown>().run(hold, shared, 0, 1, "slow").run(add, 1, 1).run(add, 2, 2);
      const seen: unknown[] = [];
      for await (const { index, value } of task) {
        seen.push([index, value]);
        if (seen.length === 2) raise(shared, 1);
      }
      assert.deepEqual(seen.slice(0, 2).sort(), [[1, 2], [2, 4]]);
      assert.deepEqual(seen[2], [0, "slow"]);
    });
  });

  it("ends with the first failure", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<unknown>().run(add, 1, 1).run(failWith, "stop").run(add, 2, 2);
      const seen: unknown[] = [];
      const error = await failure((async () => {
        for await (const { value } of task) seen.push(value);
      })());
      assert.equal(error.message, "stop");
      assert.deepEqual(seen, [2]);
    });
  });

  it("drops what is queued when the loop is left", async () => {
    const [shared, order] = [flags(), flags(64)];
    await withPool({ workers: 1, modules }, async (pool) => {
      const task = pool.task<unknown>().run(add, 1, 1).run(hold, shared, 0, 1);
      for (let i = 0; i < 30; i++) task.run(note, order, i);
      for await (const { value } of task) {
        assert.equal(value, 2);
        await raised(shared, 0);
        break;
      }
      raise(shared, 1);
      await settles(pool.run(add, 1, 1));
      assert.equal(Atomics.load(order, 0), 0, "no queued call was run");
    });
  });
});

describe("Task.get({ timeout })", () => {
  it("rejects with TaskTimeoutError, drops what is queued and aborts what runs", async () => {
    const [shared, order] = [flags(), flags(64)];
    try {
      await withPool({ workers: 1, modules }, async (pool) => {
        const task = pool.task<unknown>().run(holdAsync, shared, 0, 1);
        for (let i = 0; i < 10; i++) task.run(note, order, i);
        await raised(shared, 0);
        const error = await failure(task.get({ timeout: 5 }));
        assert.ok(error instanceof TaskTimeoutError, `got ${error}`);
        assert.equal(error.timeout, 5);
        assert.equal(error.code, "ERR_MULTICORE_TASK_TIMEOUT");
        // The running call is never released: only its abort frees the worker for this one.
        assert.equal(await settles(pool.run(add, 1, 1)), 2);
        assert.equal(Atomics.load(order, 0), 0, "no queued call was run");
      });
    } finally {
      raise(shared, 1);
    }
  });

  it("that is long enough changes nothing", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      assert.deepEqual(await settles(pool.task<number>().run(add, 1, 1).get({ timeout: 60_000 })), [2]);
      assert.deepEqual(pool.task<number>().run(add, 1, 1).getSync({ timeout: 60_000 }), [2]);
    });
  });
});
