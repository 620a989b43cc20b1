import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPool, MulticoreError, proxy, SerializationError, TaskTimeoutError, WorkerExitError } from "../../mod.ts";
import { add, addLater, echo, failWith, workerMark } from "../fixtures/basics.ts";
import * as deaths from "../fixtures/deaths.ts";
import { awaitFlag, hold, raise as raiseFlag } from "../fixtures/latch.ts";
import * as nested from "../fixtures/nested.ts";
import { giveCallbacks } from "../fixtures/calling.ts";
import { makeBytes, makeMoved, makeResizable } from "../fixtures/values.ts";
import { fixture, flags, raise, raised, settles, thrown, until, withPool } from "./_support.ts";

const modules = ["basics", "latch", "deaths", "nested", "values", "calling"].map(fixture);

/** What `makeResizable` gives. */
interface Resizable {
  readonly buffer: ArrayBuffer & { resizable: boolean; maxByteLength: number };
  readonly view: Uint8Array;
}

describe("runSync() and getSync()", () => {
  it("work at once after createPool(), while the workers start", async () => {
    const pool = createPool({ workers: 2, modules });
    try {
      assert.equal(pool.runSync(add, 1, 2), 3);
      assert.equal(pool.runSync(addLater, 1, 2), 3, "an async function, which only a worker runs");
      const task = pool.task<number>();
      for (let i = 0; i < 20; i++) task.run(i % 2 === 0 ? add : addLater, i, 1);
      assert.deepEqual(task.getSync(), Array.from({ length: 20 }, (_, i) => i + 1));
      assert.equal(await settles(pool.run(add, 2, 2)), 4);
    } finally {
      await settles(pool.close());
    }
  });

  it("getSync() as the very first call", async () => {
    await withPool({ workers: 1, modules }, (pool) => {
      const task = pool.task<unknown>().run(addLater, 1, 1).run(add, 2, 2).run((x: number) => x * 3, 3);
      assert.deepEqual(task.getSync(), [2, 4, 9]);
    });
  });

  it("get what moves, also where it is on its way as an event when the caller blocks", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      await settles(pool.ready());
      for (let i = 0; i < 40; i++) {
        const task = pool.task<unknown>();
        for (let k = 0; k < 3; k++) task.run(makeMoved, 300_000);
        await new Promise((resolve) => i % 2 === 0 ? setTimeout(resolve, 1) : setImmediate(resolve));
        for (const { buffer } of task.getSync({ timeout: 20_000 }) as { buffer: ArrayBuffer }[]) {
          assert.equal(buffer.byteLength, 300_000);
          assert.equal(new Uint8Array(buffer)[0], 42);
        }
      }
    });
  });

  it("get a resizable buffer that moves, and callbacks, from a worker", async () => {
    await withPool({ workers: 1, modules, setup: () => 1 }, async (pool) => {
      const awaited = await settles(pool.run(makeResizable, 100_000));
      for (const { buffer, view } of [awaited, pool.runSync(makeResizable, 100_000)] as Resizable[]) {
        assert.deepEqual([buffer.byteLength, buffer.resizable, buffer.maxByteLength], [100_000, true, 200_000]);
        assert.deepEqual([view.buffer === buffer, view.byteOffset, view.length], [true, 1, 2]);
      }
      assert.equal(await settles(pool.runSync(giveCallbacks).double(21)), 42);
    });
  });

  it("help: the caller runs what no worker has begun", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      const holder = pool.run(hold, shared, 1, 0, "held");
      await raised(shared, 1);
      assert.deepEqual(pool.task<unknown>().run(raiseFlag, shared, 0).run(add, 1, 1).getSync(), [undefined, 2]);
      assert.equal(await settles(holder), "held");
      // Whoever runs the first of these waits for the second: it takes two threads.
      const task = pool.task<unknown>().run(awaitFlag, shared, 2).run(raiseFlag, shared, 2);
      assert.deepEqual(task.getSync(), [undefined, undefined]);
    });
  });

  it("help on copies: arguments and results are what a worker would have had", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      const holder = pool.run(hold, shared, 0, 1);
      await raised(shared, 0);
      const list = [1, 2];
      const result = pool.runSync((given: number[]) => {
        given.push(3);
        return given;
      }, list);
      assert.deepEqual([list, result], [[1, 2], [1, 2, 3]]);
      assert.notEqual(pool.runSync(echo, list), list);
      assert.equal(pool.runSync(workerMark), workerMark(), "the caller ran it, for the worker is held");
      assert.ok(thrown(() => pool.runSync(() => () => 1)) instanceof SerializationError);
      raise(shared, 1);
      await settles(holder);
    });
  });

  it("throw MulticoreError when the caller ran a function that returned a promise", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      const holder = pool.run(hold, shared, 0, 1);
      await raised(shared, 0);
      const error = thrown(() => pool.runSync(() => Promise.resolve(1)));
      assert.ok(error instanceof MulticoreError, `got ${error}`);
      assert.match(error.message, /returned a promise/);
      assert.match(error.message, /get/);
      raise(shared, 1);
      await settles(holder);
    });
  });

  it("do not help under a timeout, nor in a pool with setup", async () => {
    await withPool({ workers: 1, modules }, (pool) => {
      assert.notEqual(pool.with({ timeout: 30_000 }).runSync(workerMark), workerMark());
    });
    await withPool({ workers: 1, modules, setup: () => 1 }, (pool) => {
      const task = pool.task<string>();
      for (let i = 0; i < 20; i++) task.run(workerMark);
      const marks = new Set(task.getSync());
      assert.equal(marks.size, 1);
      assert.ok(!marks.has(workerMark()));
    });
  });

  it("throw what the function throws", async () => {
    await withPool({ workers: 1, modules }, (pool) => {
      for (const runner of [pool, pool.with({ timeout: 30_000 })]) {
        const error = thrown(() => runner.runSync(failWith, "broken", "E42"));
        assert.equal(error.constructor, RangeError);
        assert.deepEqual([error.message, error.code], ["broken", "E42"]);
      }
      const task = pool.task<unknown>().run(add, 1, 1).run(failWith, "broken");
      assert.equal(thrown(() => task.getSync()).message, "broken");
      assert.deepEqual(task.failure?.index, 1);
      assert.equal(pool.runSync(add, 1, 2), 3);
    });
  });

  it("leave asynchronous calls right, those before and those after", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      for (let round = 0; round < 20; round++) {
        const before = Array.from({ length: 10 }, (_, i) => pool.run(i % 3 === 0 ? addLater : add, round, i));
        assert.equal(pool.runSync(add, round, 100), round + 100);
        const after = Array.from({ length: 10 }, (_, i) => pool.run(add, round, i));
        const expected = Array.from({ length: 10 }, (_, i) => round + i);
        assert.deepEqual(await settles(Promise.all(before)), expected);
        assert.deepEqual(await settles(Promise.all(after)), expected);
      }
    });
  });

  it("carry large values both ways", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const bytes = makeBytes(5_000_000);
      const task = pool.with({ timeout: 60_000 }).task<unknown>().run(makeBytes, 5_000_000).run(echo, { bytes }).run(
        echo,
        "x".repeat(2e6),
      );
      const [made, echoed, text] = task.getSync() as [Uint8Array, { bytes: Uint8Array }, string];
      assert.equal(Buffer.compare(made, bytes), 0);
      assert.equal(Buffer.compare(echoed.bytes, bytes), 0);
      assert.equal(text, "x".repeat(2e6));
      assert.equal(Buffer.compare(await settles(pool.run(makeBytes, 5_000_000)), bytes), 0);
    });
  });

  it("getSync({ timeout }) throws TaskTimeoutError", async () => {
    const shared = flags();
    try {
      await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
        const task = pool.task<unknown>().run(hold, shared, 0, 1);
        await raised(shared, 0);
        const error = thrown(() => task.getSync({ timeout: 10 }));
        assert.ok(error instanceof TaskTimeoutError, `got ${error}`);
        assert.equal(error.timeout, 10);
        raise(shared, 1);
        assert.equal(await settles(pool.run(add, 1, 2)), 3);
      });
    } finally {
      raise(shared, 1);
    }
  });

  it("getSync({ timeout }) leaves the tasks to the workers, as it could not stop in time what it runs itself", async () => {
    const shared = flags();
    try {
      await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
        const holder = pool.run(hold, shared, 0, 1);
        await raised(shared, 0);
        const task = pool.task<string>().run(workerMark);
        assert.ok(thrown(() => task.getSync({ timeout: 10 })) instanceof TaskTimeoutError);
        raise(shared, 1);
        await settles(holder);
      });
    } finally {
      raise(shared, 1);
    }
  });

  it("honour a timeout of the call while the event loop is blocked", async () => {
    await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
      const error = thrown(() =>
        pool.with({ timeout: 20 }).runSync((): never => {
          for (;;);
        })
      );
      assert.ok(error instanceof TaskTimeoutError, `got ${error}`);
      assert.equal(pool.runSync(add, 1, 2), 3);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });

  it("replace one given-up worker after the other while the event loop is blocked", async () => {
    // In a pool with setup the caller cannot help, so each call needs a worker.
    await withPool({ workers: 1, modules, setup: () => 1, abortGrace: 0 }, async (pool) => {
      for (let round = 0; round < 4; round++) {
        const error = thrown(() =>
          pool.with({ timeout: 10 }).runSync((): never => {
            for (;;);
          })
        );
        assert.ok(error instanceof TaskTimeoutError, `got ${error}`);
        assert.equal(pool.runSync(add, round, 2), round + 2);
      }
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      await until(() => pool.stats().abandoned === 0, "no thread is left");
    });
  });

  it("notice the death of a worker while the event loop is blocked", async () => {
    await withPool({ workers: 1, modules, setup: () => 1 }, async (pool) => {
      for (const fn of [deaths.exitProcess, deaths.exitFromAsync]) {
        const error = thrown(() => pool.runSync<[number], unknown>(fn, 3));
        assert.ok(error instanceof WorkerExitError, `got ${error}`);
        assert.equal(error.exitCode, 3);
        assert.equal(error.functionName, fn.name);
      }
      const task = pool.task<unknown>().run(deaths.exitProcess, 3).run(add, 1, 1);
      assert.ok(thrown(() => task.getSync()) instanceof WorkerExitError);
      assert.equal(pool.runSync(add, 1, 2), 3, "a new worker came up while the event loop was blocked");
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });

  it("refuse a proxy, whose callback needs the event loop", async () => {
    await withPool({ workers: 1, modules }, (pool) => {
      const error = thrown(() => pool.runSync((call: unknown) => typeof call, proxy(() => 1)));
      assert.ok(error instanceof TypeError, `got ${error}`);
      assert.equal(pool.runSync(add, 1, 2), 3);
    });
  });
});

describe("calls inside calls", () => {
  for (const workers of [1, 4]) {
    it(`go wide and deep, blocking and not, with ${workers} workers`, async () => {
      await withPool({ workers, modules }, async (pool) => {
        const task = pool.task<number>();
        for (let i = 0; i < 8; i++) task.run(nested.tree, 2, 8).run(nested.treeSync, 2, 8);
        assert.deepEqual(await settles(task.get()), Array(16).fill(64));
        assert.equal(pool.with({ timeout: 60_000 }).runSync(nested.treeSync, 2, 8), 64);
        assert.equal(await settles(pool.run(nested.sumSync, 40)), 820);
        assert.equal(await settles(pool.run(nested.tree, 30, 1)), 1);
      });
    });
  }
});
