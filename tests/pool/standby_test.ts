/** A pool whose size goes up and down keeps its workers for a moment; tests say themselves when that is over. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import type { Pool, PoolOptions } from "../../mod.ts";
import type { SpawnOptions, WorkerHandle } from "../../src/adapter.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import { add, workerMark } from "../fixtures/basics.ts";
import { hold } from "../fixtures/latch.ts";
import { fixture, flags, raise, raised, settles, until } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];
/** How long a worker is kept, in ms: timers of this length are the test's. */
const KEPT = 200;

/** A pool that counts its threads. */
interface Counted {
  readonly pool: Pool;
  /** Threads that were started. */
  started(): number;
  /** Threads that were told to die by the runtime. */
  terminated(): number;
  /** Ends the time for which workers are kept. */
  passTime(): void;
}

async function withCounted(options: PoolOptions, body: (counted: Counted) => Promise<void>): Promise<void> {
  let [started, terminated] = [0, 0];
  const timers: (() => void)[] = [];
  const counted = {
    ...adapter,
    spawn(options: SpawnOptions): WorkerHandle {
      started++;
      const handle = adapter.spawn(options);
      return { ...handle, terminate: () => (terminated++, handle.terminate()) };
    },
    delay(fn: () => void, ms: number): () => void {
      if (ms !== KEPT) return adapter.delay(fn, ms);
      timers.push(fn);
      return () => {};
    },
  };
  const pool = createPoolOn(counted, { modules, ...options });
  const passTime = (): void => {
    for (const fn of timers.splice(0)) fn();
  };
  try {
    await settles(body({ pool, started: () => started, terminated: () => terminated, passTime }), "the test's body");
    await settles(pool.close());
  } finally {
    await settles(pool.terminate());
  }
}

async function marksOf(pool: Pool): Promise<Set<string>> {
  return new Set(await settles(pool.broadcast(workerMark)));
}

describe("Pool.resize(), down and up again", () => {
  it("starts no thread beyond the largest size, however often, and tasks go on", async () => {
    await withCounted({ workers: 6 }, async ({ pool, started }) => {
      for (let i = 0; i < 100; i++) {
        pool.resize(i % 2 === 0 ? 2 : 6);
        assert.equal(pool.stats().workers, i % 2 === 0 ? 2 : 6);
        assert.equal(await settles(pool.run(add, i, 1)), i + 1);
      }
      await settles(pool.ready());
      assert.equal(started(), 6);
      assert.equal((await marksOf(pool)).size, 6);
    });
  });

  it("has no worker but those of its size run tasks meanwhile", async () => {
    await withCounted({ workers: 3 }, async ({ pool }) => {
      await settles(pool.ready());
      const all = await marksOf(pool);
      pool.resize(1);
      const marks = await settles(Promise.all(Array.from({ length: 30 }, () => pool.run(workerMark))));
      assert.equal(new Set(marks).size, 1);
      pool.resize(3);
      assert.deepEqual([...await marksOf(pool)].sort(), [...all].sort());
    });
  });

  it("takes back no worker that has missed a broadcast", async () => {
    await withCounted({ workers: 2 }, async ({ pool, started }) => {
      await settles(pool.ready());
      const before = await marksOf(pool);
      pool.resize(1);
      const [kept] = await marksOf(pool);
      pool.resize(2);
      await settles(pool.ready());
      const after = await marksOf(pool);
      assert.equal(started(), 3);
      assert.deepEqual([...after].filter((mark) => before.has(mark)), [kept]);
    });
  });

  it("ends what is not wanted after a moment, with teardown, and keeps those that are up", async () => {
    const shared = flags();
    const teardown = (): void => {};
    await withCounted({ workers: 2, teardown }, async ({ pool, started, terminated, passTime }) => {
      await settles(pool.ready());
      const warm = await marksOf(pool);
      pool.resize(4);
      pool.resize(2);
      assert.deepEqual(await marksOf(pool), warm);
      const held = pool.run(hold, shared, 0, 1, "done");
      await raised(shared, 0);
      pool.resize(1);
      passTime();
      const { memory } = pool.stats();
      raise(shared, 1);
      assert.equal(await settles(held), "done");
      await until(() => pool.stats().memory < memory, "a worker is gone");
      assert.equal((await marksOf(pool)).size, 1);
      assert.deepEqual([started(), terminated()], [4, 0]);
    });
  });

  it("stops one that is still starting at once, and its end is no failure", async () => {
    await withCounted({ workers: 1 }, async ({ pool, terminated, passTime, started }) => {
      await settles(pool.ready());
      pool.resize(3);
      pool.resize(1);
      passTime();
      assert.equal(terminated(), 2);
      await until(() => pool.stats().abandoned === 0, "their threads are gone");
      assert.equal(pool.stats().restarts, 0);
      pool.resize(2);
      await settles(pool.ready());
      assert.deepEqual([started(), (await marksOf(pool)).size], [4, 2]);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });

  it("lets one that is starting come up where there is a teardown, which has to follow on its setup", async () => {
    const teardown = (): void => {};
    await withCounted({ workers: 1, teardown }, async ({ pool, terminated, passTime }) => {
      await settles(pool.ready());
      const { memory } = pool.stats();
      pool.resize(2);
      pool.resize(1);
      passTime();
      await until(() => pool.stats().memory === memory, "the second worker is gone");
      assert.equal(terminated(), 0);
    });
  });

  it("runs a broadcast that one of the workers has not begun", async () => {
    await withCounted({ workers: 2 }, async ({ pool, passTime }) => {
      const all = pool.broadcast(add, 1, 2);
      pool.resize(1);
      passTime();
      assert.deepEqual(await settles(all), [3, 3]);
    });
  });

  it("replaces a worker that dies by one that is kept", async () => {
    await withCounted({ workers: 2 }, async ({ pool, started }) => {
      await settles(pool.ready());
      pool.resize(1);
      await pool.run(() => {
        process.exit(3);
      }).catch(() => {});
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      assert.equal(started(), 2);
    });
  });

  it("closes a pool that keeps workers: they tear down as well", async () => {
    await withCounted({ workers: 4 }, async ({ pool, terminated }) => {
      await settles(pool.ready());
      pool.resize(1);
      await settles(pool.close());
      assert.equal(terminated(), 0);
    });
  });
});

describe("Pool.terminate()", () => {
  it("of a pool that has just been made waits for no timer: each thread's end is told", async () => {
    let long = 0;
    const counted = {
      ...adapter,
      delay: (fn: () => void, ms: number) =>
        adapter.delay(() => {
          if (ms >= 1000) long++;
          fn();
        }, ms),
    };
    for (let i = 0; i < 5; i++) {
      const pool = createPoolOn(counted, { workers: 2, modules });
      await settles(pool.terminate());
      assert.equal(long, 0);
    }
  });
});
