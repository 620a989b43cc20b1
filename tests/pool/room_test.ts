import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPool, type Pool, PoolClosedError, QueueFullError } from "../../mod.ts";
import { add, addLater } from "../fixtures/basics.ts";
import { hold } from "../fixtures/latch.ts";
import { failure, fixture, type Flags, flags, raise, raised, settles, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

/** A pool of one worker that runs one task until flag 1 is raised, while as many wait as may. */
async function fill(pool: Pool, shared: Flags, queued: number, signal?: AbortSignal): Promise<Promise<unknown>[]> {
  await settles(pool.ready());
  const held = pool.run(hold, shared, 0, 1);
  await raised(shared, 0);
  const options = signal === undefined ? {} : { signal };
  return [held, ...Array.from({ length: queued }, (_, i) => pool.with(options).run(add, i, 0))];
}

/** A turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

describe("several callers that await ready() of a full pool", () => {
  it("leave the event loop to others", async () => {
    await withPool({ workers: 1, modules, maxQueue: 1 }, async (pool) => {
      const shared = flags();
      const tasks = await fill(pool, shared, 1);
      const ready = Promise.all([pool.ready(), pool.ready(), pool.ready()]);
      // Only a turn of the event loop ends the task.
      await turn();
      raise(shared, 1);
      await settles(ready);
      await settles(Promise.all(tasks));
    });
  });

  it("are let in one a place and in order, and find it", async () => {
    await withPool({ workers: 1, modules, maxQueue: 2 }, async (pool) => {
      const shared = flags();
      const tasks = await fill(pool, shared, 2);
      const order: number[] = [];
      const produce = async (id: number): Promise<number> => {
        await pool.ready();
        order.push(id);
        return await pool.run(addLater, id, 0);
      };
      const produced = Promise.all(Array.from({ length: 20 }, (_, id) => produce(id)));
      raise(shared, 1);
      const ids = Array.from({ length: 20 }, (_, id) => id);
      assert.deepEqual(await settles(produced), ids);
      assert.deepEqual(order, ids);
      await settles(Promise.all(tasks));
    });
  });

  it("are all let in although none of them submits anything", async () => {
    await withPool({ workers: 1, modules, maxQueue: 1 }, async (pool) => {
      await settles(Promise.all(Array.from({ length: 5 }, () => pool.ready())));
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });

  it("are let in when waiting tasks are aborted", async () => {
    await withPool({ workers: 1, modules, maxQueue: 2 }, async (pool) => {
      const shared = flags();
      const controller = new AbortController();
      const [held, ...queued] = await fill(pool, shared, 2, controller.signal);
      const failures = queued.map((task) => failure(task));
      const ready = Promise.all([pool.ready(), pool.ready()]);
      await turn();
      controller.abort(new Error("not wanted"));
      await settles(ready, "ready() while the first task runs on");
      assert.deepEqual((await Promise.all(failures)).map(({ message }) => message), ["not wanted", "not wanted"]);
      raise(shared, 1);
      await settles(held);
    });
  });

  for (const end of ["close", "terminate"] as const) {
    it(`are told of ${end}()`, async () => {
      const shared = flags();
      const pool = createPool({ workers: 1, modules, maxQueue: 1 });
      try {
        const outcomes = Promise.allSettled(await fill(pool, shared, 1));
        const ready = [failure(pool.ready()), failure(pool.ready())];
        await turn();
        const ending = pool[end]();
        for (const error of await settles(Promise.all(ready), "ready() while a task runs on")) {
          assert.ok(error instanceof PoolClosedError, `got ${error}`);
        }
        raise(shared, 1);
        await settles(ending);
        await settles(outcomes);
      } finally {
        raise(shared, 1);
        await settles(pool.terminate());
      }
    });
  }
});

describe("maxQueue: 0", () => {
  it("takes one task a worker, and none that would have to wait", async () => {
    await withPool({ workers: 2, modules, maxQueue: 0 }, async (pool) => {
      await settles(pool.ready());
      const shared = flags();
      const running = [pool.run(hold, shared, 0, 1), pool.run(hold, shared, 0, 1)];
      await raised(shared, 0, 2);
      const error = await failure(pool.run(add, 1, 2));
      assert.ok(error instanceof QueueFullError, `got ${error}`);
      assert.ok(await failure(pool.broadcast(add, 1, 2)) instanceof QueueFullError);
      const ready = pool.ready();
      raise(shared, 1);
      await settles(ready);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      await settles(Promise.all(running));
      assert.deepEqual(await settles(pool.broadcast(add, 1, 2)), [3, 3]);
    });
  });

  it("lets callers that await ready() submit any number, through the replacement of workers too", async () => {
    await withPool({ workers: 2, modules, maxQueue: 0, maxTasksPerWorker: 7 }, async (pool) => {
      const results: Promise<number>[] = [];
      const produce = async (): Promise<void> => {
        for (let i = 0; i < 30; i++) {
          await pool.ready();
          results.push(pool.run(addLater, i, 1));
        }
      };
      await settles(Promise.all([produce(), produce(), produce()]));
      assert.equal((await settles(Promise.all(results))).length, 90);
      assert.equal(pool.stats().failed, 0);
    });
  });
});
