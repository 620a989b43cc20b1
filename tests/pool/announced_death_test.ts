/** A worker that announces its end and does not come to it holds nobody. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { createPool, type Pool, type PoolOptions, WorkerExitError } from "../../mod.ts";
import type { Adapter } from "../../src/adapter.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import * as at from "../../src/transport/layout.ts";
import * as announced from "../fixtures/announced.ts";
import { add } from "../fixtures/basics.ts";
import { failure, fixture, kind, settles, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("announced")];

/** What waits 2 s for a thread to end waits less long here. */
const impatient: Adapter = { ...adapter, delay: (fn, ms) => adapter.delay(fn, ms === 2000 ? 50 : ms) };

/** A pool that is closed, or terminated if the test failed. */
async function withImpatientPool(options: PoolOptions, body: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = createPoolOn(impatient, options);
  let isFine = false;
  try {
    await settles(body(pool), "the test's body");
    isFine = true;
  } finally {
    await settles(isFine ? pool.close() : pool.terminate(), "the end of the pool");
  }
}

/** Lanes that the pool keeps: those of workers whose threads are not proven gone. */
function lanes(pool: Pool, before: number): number {
  return 1 + Math.round((pool.stats().memory - before) / at.LANE_BYTES);
}

/** Memory of a pool with one worker that has run a task. */
async function memoryOfOne(pool: Pool): Promise<number> {
  assert.equal(await settles(pool.run(add, 1, 2)), 3);
  return pool.stats().memory;
}

const deaths = ["exitThrows", "emitExit", "stubExit"] as const;

describe("a death that is announced and does not come", () => {
  for (const name of deaths) {
    it(`rejects the task that runs, and is brought about: ${name}`, async () => {
      await withImpatientPool({ workers: 1, modules }, async (pool) => {
        const before = await memoryOfOne(pool);
        const error = await failure(pool.run<[number], unknown>(announced[name], 7));
        assert.ok(error instanceof WorkerExitError, `got ${error?.stack ?? error}`);
        assert.deepEqual([error.exitCode, error.functionName], [7, name]);
        assert.equal(await settles(pool.run(add, 1, 2)), 3);
        await until(() => lanes(pool, before) === 1, "the thread is gone");
        assert.deepEqual([pool.stats().abandoned, pool.stats().restarts], [0, 1]);
      });
    });

    it(`does not hold close(): ${name}`, async () => {
      const pool = createPoolOn(impatient, { workers: 2, modules });
      const failures = [1, 2].map((code) => failure(pool.run<[number], unknown>(announced[name], code)));
      for (const error of await Promise.all(failures)) assert.ok(error instanceof WorkerExitError, `got ${error}`);
      await settles(pool.close(), "close()");
      await until(() => pool.stats().abandoned === 0, "no thread is left");
    });
  }

  it("rejects also where the caller blocks", () =>
    withPool({ workers: 1, modules }, (pool) => {
      const runner = pool.with({ timeout: 60_000 }); // what has a timeout the caller does not run itself
      for (const name of deaths) {
        assert.throws(() => runner.runSync<[number], unknown>(announced[name], 7), WorkerExitError, name);
      }
      assert.equal(runner.runSync(add, 1, 2), 3);
    }));

  it("is noticed in a pool that has nothing to do", async () => {
    await withImpatientPool({ workers: 1, modules }, async (pool) => {
      const before = await memoryOfOne(pool);
      assert.equal(await settles(pool.run(announced.emitExitLater, 7)), "went on");
      await until(() => pool.stats().restarts === 1, "the worker is replaced");
      await until(() => lanes(pool, before) === 1, "the thread is gone");
    });
  });

  it("is noticed by the next task of a pool that was idle", async () => {
    await withImpatientPool({ workers: 1, modules }, async (pool) => {
      for (let round = 0; round < 5; round++) {
        assert.equal(await settles(pool.run(announced.emitExitLater, 7)), "went on");
        // It may begin before that worker's timer: then it dies with it.
        const outcome = await settles(pool.run(add, 1, 2)).catch((error) => error);
        assert.ok(outcome === 3 || outcome instanceof WorkerExitError, `got ${outcome}`);
      }
      assert.equal(await settles(pool.run(add, 1, 2).catch(() => pool.run(add, 1, 2))), 3);
    });
  });

  it("piles up no threads, one task after the other", async () => {
    let [started, ended, most] = [0, 0, 0];
    const spawn: typeof adapter.spawn = (options) => {
      most = Math.max(most, ++started - ended);
      const end = (): void => void (ended += hasEnded ? 0 : 1, hasEnded = true);
      let hasEnded = false;
      const onExit = (code: number | undefined): void => (end(), options.onExit(code));
      const handle = adapter.spawn({ ...options, onExit });
      return { ...handle, terminate: () => (end(), handle.terminate()) };
    };
    const pool = createPoolOn({ ...impatient, spawn }, { workers: 1, modules });
    try {
      for (let i = 0; i < 20; i++) {
        const error = await failure(pool.run<[number], unknown>(announced[deaths[i % deaths.length]!], i));
        assert.ok(error instanceof WorkerExitError, `got ${error}`);
      }
      assert.ok(most <= 3, `${most} threads at a time, of which one is to be there`);
    } finally {
      await settles(pool.close());
    }
    await until(() => pool.stats().abandoned === 0, "no thread is left");
  });

  it("counts as abandoned where the runtime cannot bring it about", { skip: kind !== "deno" }, async () => {
    const pool = createPoolOn(impatient, { workers: 1, modules });
    assert.ok(await failure(pool.run(announced.exitHangs, 7)) instanceof WorkerExitError);
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
    await until(() => pool.stats().abandoned === 1, "the thread is given up");
    await settles(pool.close(), "close()");
  });

  it("is brought about at the regular end of a worker, too", async () => {
    const pool = createPool({ workers: 2, modules, setup: announced.failAtExit });
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
    pool.resize(1);
    await settles(pool.close(), "close()");
    await until(() => pool.stats().memory < 2 * at.LANE_BYTES, "no thread is left");
  });
});
