/** What the pool learns of async functions: how long their tasks take, not only what the worker computes for them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { expected, isShorter, learn } from "../../src/pool/scheduling/run_time.ts";
import * as at from "../../src/transport/layout.ts";
import { TaskTimer } from "../../src/worker/task_timer.ts";
import { addLater } from "../fixtures/basics.ts";
import { holdAsync, someTurns } from "../fixtures/latch.ts";
import { fixture, flags, raise, raised, settles, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

/** A timer whose clock the test sets, and what it wrote last. */
function createTimer(): {
  timer: TaskTimer;
  set: (ms: number) => void;
  end: (task: { began: number; spent: number }) => { length: number; spent: number; occupied: number };
} {
  let now = 0;
  const timer = new TaskTimer(() => now);
  const numbers = new Float64Array(at.SLOT_WORDS);
  return {
    timer,
    set: (ms) => void (now = ms),
    end: (task) => {
      timer.end(task, numbers, 0);
      const [length, spent, occupied] = [at.DURATION, at.SPENT, at.OCCUPIED].map((word) => numbers[word >> 1]! / 1000);
      return { length: length!, spent: spent!, occupied: occupied! };
    },
  };
}

describe("async functions that wait", () => {
  for (const tasksPerWorker of [1, 8]) {
    it(`are spread over idle workers: tasksPerWorker ${tasksPerWorker}`, async () => {
      await withPool({ workers: 4, modules, tasksPerWorker }, async (pool) => {
        await settles(pool.ready());
        for (let i = 0; i < 12; i++) await settles(pool.run(someTurns, 3));
        await until(() => pool.stats().idle === 4, "all workers are idle");
        const results = [1, 2, 3, 4].map(() => pool.run(someTurns, 3));
        const { idle, queued, running } = pool.stats();
        assert.deepEqual({ idle, held: queued + running }, { idle: 0, held: 4 });
        await settles(Promise.all(results));
      });
    });
  }

  it("do not wait in the slots of a worker that has as many as it may: the queue keeps them", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const [open, shared] = [flags(), flags()];
      raise(open, 1);
      for (let i = 0; i < 12; i++) {
        await settles(pool.run(addLater, i, 1));
        await settles(pool.run(someTurns, 3));
        await settles(pool.run(holdAsync, open, 0, 1));
      }
      const held = pool.run(holdAsync, shared, 0, 1);
      await raised(shared, 0);
      const low = pool.run(someTurns, 3);
      const first = pool.with({ priority: 1 }).run(addLater, 1, 1);
      const order: string[] = [];
      void low.then(() => order.push("low"));
      void first.then(() => order.push("first"));
      raise(shared, 1);
      await settles(Promise.all([held, low, first]));
      assert.deepEqual(order, ["first", "low"]);
    });
  });

  it("count in utilisation from their start to their end", async () => {
    const before = performance.now();
    await withPool({ workers: 1, modules: [] }, async (pool) => {
      const waited = await settles(pool.run(async () => {
        const began = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return performance.now() - began;
      }));
      const { utilisation } = pool.stats();
      // The worker has lived for less time than the test has.
      assert.ok(utilisation * (performance.now() - before) >= waited - 1, `${utilisation} for ${waited} ms`);
      assert.ok(utilisation <= 1);
    });
  });
});

describe("TaskTimer", () => {
  it("gives a synchronous task the time since the last one", () => {
    const { timer, set, end } = createTimer();
    set(10);
    timer.tick();
    const first = { began: timer.begin(true), spent: -1 };
    set(13);
    assert.deepEqual(end(first), { length: 3, spent: 3, occupied: 3 });
    const second = { began: timer.begin(true), spent: -1 };
    set(17);
    assert.deepEqual(end(second), { length: 4, spent: 4, occupied: 4 });
  });

  it("gives an async task its whole length, and what the worker spent on it", () => {
    const { timer, set, end } = createTimer();
    const task = { began: timer.begin(true), spent: -1 };
    set(2);
    timer.wait(task);
    set(50);
    timer.tick();
    set(51);
    assert.deepEqual(end(task), { length: 51, spent: 3, occupied: 51 });
  });

  it("counts the time once in which tasks overlap, and none in which there is no task", () => {
    const { timer, set, end } = createTimer();
    const a = { began: timer.begin(true), spent: -1 };
    timer.wait(a);
    set(5);
    timer.tick();
    const b = { began: timer.begin(false), spent: -1 };
    timer.wait(b);
    set(10);
    timer.tick();
    const sync = { began: timer.begin(false), spent: -1 };
    set(12);
    assert.deepEqual(end(sync), { length: 2, spent: 2, occupied: 12 });
    set(20);
    timer.tick();
    assert.deepEqual(end(a), { length: 20, spent: 0, occupied: 8 });
    set(30);
    timer.tick();
    assert.deepEqual(end(b), { length: 25, spent: 0, occupied: 10 });
    set(100);
    timer.tick();
    const last = { began: timer.begin(true), spent: -1 };
    set(101);
    assert.deepEqual(end(last), { length: 1, spent: 1, occupied: 1 });
  });
});

describe("what a function's tasks cost", () => {
  function costOf(length: number, spent: number): Parameters<typeof learn>[0] {
    const cost = { mean: 0, deviation: 0, spent: 0, samples: 0, hadOutlier: false };
    for (let i = 0; i < 100; i++) learn(cost, length, spent);
    return cost;
  }

  it("is the length where a worker has one task at once, and a share of it where it has several", () => {
    const cost = costOf(5000, 10);
    assert.ok(Math.abs(expected(cost, 1) - 5000) < 50, String(expected(cost, 1)));
    assert.ok(Math.abs(expected(cost, 8) - 5000 / 8) < 10, String(expected(cost, 8)));
    assert.ok(Math.abs(expected(costOf(5000, 4000), 8) - 4000) < 10);
  });

  it("is short if a worker ends as many in the time as come", () => {
    assert.equal(isShorter(costOf(3, 3), 4, 1), true);
    assert.equal(isShorter(costOf(5, 1), 4, 1), false);
    assert.equal(isShorter(costOf(20, 1), 4, 8), true);
    assert.equal(isShorter(costOf(20, 5), 4, 8), false);
    assert.equal(isShorter(costOf(5000, 1), 4, 128), false);
  });
});
