import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QueueFullError } from "../../mod.ts";
import { SLOTS } from "../../src/transport/layout.ts";
import { add, addLater, failWith, workerMark } from "../fixtures/basics.ts";
import {
  countTogether,
  hold,
  holdAsync,
  meet,
  meetAsync,
  note,
  perhapsHold,
  raise as raiseFlag,
  someTurns,
} from "../fixtures/latch.ts";
import { failure, fixture, flags, raise, raised, settles, thrown, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

describe("more tasks than workers", () => {
  it("all run, in the order of their submission", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const order = flags(512);
      const places = await settles(Promise.all(Array.from({ length: 500 }, (_, i) => pool.run(note, order, i))));
      assert.deepEqual(places, Array.from({ length: 500 }, (_, i) => i));
      assert.deepEqual([...order].slice(1, 501), places);
    });
  });

  it("all run, many at once", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const results = Array.from({ length: 5000 }, (_, i) => pool.run(i % 50 === 0 ? addLater : add, i, 1));
      assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: 5000 }, (_, i) => i + 1));
      assert.equal(pool.stats().completed, 5000);
    });
  });

  it("run on every worker at the same time", async () => {
    await withPool({ workers: 3, modules }, async (pool) => {
      const shared = flags();
      assert.deepEqual(await settles(Promise.all([1, 2, 3].map(() => pool.run(meet, shared, 0, 3)))), [3, 3, 3]);
    });
  });

  it("run one a worker, also when they are async", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const shared = flags();
      await settles(Promise.all(Array.from({ length: 30 }, () => pool.run(countTogether, shared, 3))));
      assert.deepEqual([shared[0], shared[1]! <= 2], [0, true], `${shared[1]} ran at once`);
    });
  });
});

describe("a long task", () => {
  it("holds up no short one while another worker is idle", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const shared = flags();
      const results = Array.from(
        { length: 100 },
        (_, i) => i === 10 ? pool.run(hold, shared, 0, 1, i) : pool.run(add, i, 0),
      );
      const [held] = results.splice(10, 1);
      const short = await settles(Promise.all(results), "the short tasks");
      assert.equal(short.length, 99);
      raise(shared, 1);
      assert.equal(await settles(held), 10);
    });
  });

  it("holds up none of its own function, which was measured as short", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      for (let round = 0; round < 3; round++) {
        const shared = flags();
        await settles(
          Promise.all(Array.from({ length: 2 * SLOTS }, (_, i) => pool.run(perhapsHold, shared, i, false))),
        );
        const results = Array.from({ length: 2 * SLOTS }, (_, i) => pool.run(perhapsHold, shared, i, i === 300));
        const [held] = results.splice(300, 1);
        await settles(Promise.all(results), "the short tasks");
        raise(shared, 1);
        assert.equal(await settles(held), 300);
      }
    });
  });

  it("that is async holds up none either", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const shared = flags();
      const held = pool.run(holdAsync, shared, 0, 1, "held");
      const results = Array.from({ length: 100 }, (_, i) => pool.run(i % 2 === 0 ? add : addLater, i, 0));
      assert.equal((await settles(Promise.all(results), "the short tasks")).length, 100);
      raise(shared, 1);
      assert.equal(await settles(held), "held");
    });
  });
});

describe("broadcast()", () => {
  it("runs once on every worker, results by worker number", async () => {
    await withPool({ workers: 3, modules }, async (pool) => {
      await settles(pool.ready());
      const shared = flags();
      const marks = await settles(pool.broadcast(workerMark));
      assert.equal(new Set(marks).size, 3);
      assert.deepEqual(await settles(pool.broadcast(workerMark)), marks);
      await settles(pool.broadcast(raiseFlag, shared, 0));
      assert.equal(shared[0], 3);
    });
  });

  it("waits for a busy worker, and comes right among other tasks", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      await settles(pool.ready());
      const shared = flags();
      const held = pool.run(hold, shared, 0, 1, "held");
      await raised(shared, 0);
      const results = Array.from({ length: 50 }, (_, i) => pool.run(add, i, 0));
      const all = pool.broadcast((array: Int32Array<SharedArrayBuffer>) => Atomics.add(array, 2, 1), shared);
      await raised(shared, 2);
      assert.equal(shared[2], 1, "the held worker has not run it");
      raise(shared, 1);
      assert.deepEqual((await settles(all)).sort(), [0, 1]);
      assert.equal(await settles(held), "held");
      assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: 50 }, (_, i) => i));
    });
  });

  it("waits for room where a worker holds as many tasks as it can", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      const held = pool.run(hold, shared, 0, 1, "held");
      await raised(shared, 0);
      const many = SLOTS + 100;
      const all = Array.from({ length: many }, (_, i) => pool.broadcast(add, i, 0));
      raise(shared, 1);
      assert.deepEqual(await settles(Promise.all(all)), Array.from({ length: many }, (_, i) => [i]));
      assert.equal(await settles(held), "held");
    });
  });

  it("rejects with the first failure", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const error = await failure(pool.broadcast(failWith, "on each", "E1"));
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, "on each");
      assert.equal((await settles(pool.broadcast(add, 1, 2))).join(), "3,3");
    });
  });
});

describe("priority", () => {
  it("runs higher ones first, and equal ones in order", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const [shared, order] = [flags(), flags(16)];
      const held = pool.run(hold, shared, 0, 1);
      await raised(shared, 0);
      const priorities = [0, 5, -1, 5, 10, 0, 0.5];
      const results = priorities.map((priority, i) => pool.with({ priority }).run(note, order, i));
      raise(shared, 1);
      await settles(Promise.all([held, ...results]));
      assert.deepEqual([...order].slice(1, 8), [4, 1, 3, 6, 0, 5, 2]);
    });
  });
});

describe("tasksPerWorker", () => {
  it("interleaves async tasks in one worker, and no more than it says", async () => {
    await withPool({ workers: 1, modules, tasksPerWorker: 3 }, async (pool) => {
      const shared = flags();
      assert.deepEqual(await settles(Promise.all([1, 2, 3].map(() => pool.run(meetAsync, shared, 0, 3)))), [3, 3, 3]);
      const counted = flags();
      await settles(Promise.all(Array.from({ length: 30 }, () => pool.run(countTogether, counted, 3))));
      assert.ok(counted[1]! <= 3, `${counted[1]} ran at once`);
    });
  });

  it("a stream of short tasks does not starve an async one", async () => {
    await withPool({ workers: 1, modules, tasksPerWorker: 2 }, async (pool) => {
      let isDone = false;
      const slow = pool.run(someTurns, 10).then(() => isDone = true);
      for (let batches = 0; !isDone; batches++) {
        assert.ok(batches < 2000, "the async task was starved");
        await settles(Promise.all(Array.from({ length: 100 }, (_, i) => pool.run(add, i, 1))));
      }
      await settles(slow);
    });
  });
});

describe("maxQueue", () => {
  it("refuses what is too many, and ready() tells when there is room", async () => {
    await withPool({ workers: 1, modules, maxQueue: 3 }, async (pool) => {
      await settles(pool.ready());
      const shared = flags();
      const held = pool.run(hold, shared, 0, 1, "held");
      await raised(shared, 0);
      const queued = [1, 2, 3].map((i) => pool.run(add, i, 0));
      const error = await failure(pool.run(add, 4, 0));
      assert.ok(error instanceof QueueFullError, `got ${error}`);
      assert.equal(error.code, "ERR_MULTICORE_QUEUE_FULL");
      assert.match(error.message, /3/);
      const task = pool.task<number>();
      assert.ok(thrown(() => task.run(add, 4, 0)) instanceof QueueFullError);
      assert.equal(task.size, 0);
      let isReady = false;
      const ready = pool.ready().then(() => isReady = true);
      await new Promise((resolve) => setTimeout(resolve, 0));
      assert.equal(isReady, false);
      raise(shared, 1);
      await settles(ready);
      assert.equal(await settles(pool.run(add, 5, 0)), 5);
      assert.deepEqual(await settles(Promise.all([held, ...queued])), ["held", 1, 2, 3]);
    });
  });

  it("refuses a broadcast as a whole, and counts only workers where it would have to wait", async () => {
    await withPool({ workers: 2, modules, maxQueue: 1 }, async (pool) => {
      await settles(pool.ready());
      assert.deepEqual(await settles(pool.broadcast(add, 1, 2)), [3, 3], "nobody waits in an idle pool");
      const shared = flags();
      const held = [pool.run(hold, shared, 0, 1, "held"), pool.run(hold, shared, 0, 1, "held")];
      await raised(shared, 0, 2);
      const error = await failure(pool.broadcast(raiseFlag, shared, 2));
      assert.ok(error instanceof QueueFullError, `got ${error}`);
      raise(shared, 1);
      assert.deepEqual(await settles(Promise.all(held)), ["held", "held"]);
      await settles(pool.broadcast(raiseFlag, shared, 3));
      assert.equal(Atomics.load(shared, 2), 0, "not even one worker ran what was refused");
      assert.equal(Atomics.load(shared, 3), 2);
      assert.deepEqual([pool.stats().completed, pool.stats().failed], [6, 0]);
    });
  });

  it("lets a caller that awaits ready() submit any number", async () => {
    await withPool({ workers: 2, modules, maxQueue: 2 }, async (pool) => {
      const results: Promise<number>[] = [];
      for (let i = 0; i < 200; i++) {
        await settles(pool.ready());
        results.push(pool.run(addLater, i, 1));
      }
      assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: 200 }, (_, i) => i + 1));
      await until(() => pool.stats().queued === 0, "nothing is queued");
    });
  });
});
