import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { createPool, PoolClosedError } from "../../mod.ts";
import { thisRuntime } from "../../scripts/runtimes.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import { add } from "../fixtures/basics.ts";
import { spin } from "../fixtures/latch.ts";
import {
  failingTeardown,
  hangingSetup,
  hangingTeardown,
  loopingTeardown,
  noteSetup,
  noteTeardown,
  noteTeardownLater,
} from "../fixtures/state.ts";
import { failure, fixture, flags, kind, raise, raised, settles, until } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch"), fixture("state")];

/** Names a file that does not exist yet to the test, and to setup and teardown. */
async function withFile(body: (file: string, env: Record<string, string>) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "multicore-"));
  const file = join(folder, "made");
  try {
    await body(file, { ...process.env, MULTICORE_TEST_FILE: file } as Record<string, string>);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Gives workers more time to come up before they are stopped: a busy machine may take the seconds that they have. */
const patient: typeof adapter = { ...adapter, delay: (fn, ms) => adapter.delay(fn, ms * 100) };

describe("a pool with a thread that does not heed", () => {
  it("closes after terminate(), as often as asked", async () => {
    const shared = flags();
    const pool = createPool({ workers: 2, modules });
    try {
      const outcome = failure(pool.run(spin, shared, 0, 1));
      await raised(shared, 0);
      await settles(pool.terminate(), "terminate()");
      assert.ok(await outcome instanceof PoolClosedError);
      await settles(pool.close(), "close() after terminate()");
      await settles(pool[Symbol.asyncDispose](), "`await using` after terminate()");
      await settles(pool.terminate(), "another terminate()");
    } finally {
      raise(shared, 1);
      await settles(pool.terminate());
    }
  });

  it("closes when close() and terminate() are called at once", async () => {
    const shared = flags();
    const pool = createPool({ workers: 1, modules });
    try {
      const outcome = failure(pool.run(spin, shared, 0, 1));
      await raised(shared, 0);
      await settles(Promise.all([pool.close(), pool.terminate(), pool.close({ timeout: 1 }), pool.terminate()]));
      assert.ok(await outcome instanceof PoolClosedError);
    } finally {
      raise(shared, 1);
      await settles(pool.terminate());
    }
  });

  it("counts it as abandoned until it ends", async () => {
    const shared = flags();
    const pool = createPool({ workers: 1, modules });
    try {
      const outcome = failure(pool.run(spin, shared, 0, 1));
      await raised(shared, 0);
      await settles(pool.close({ timeout: 5 }), "close({ timeout })");
      assert.ok(await outcome instanceof PoolClosedError);
      assert.equal(pool.stats().abandoned, kind === "deno" ? 1 : 0);
      raise(shared, 1);
      await until(() => pool.stats().abandoned === 0, "the thread is gone");
    } finally {
      raise(shared, 1);
      await settles(pool.terminate());
    }
  });
});

describe("a pool that is still starting", () => {
  it("rejects ready() with PoolClosedError when it is terminated", async () => {
    const pool = createPool({ workers: 2, modules });
    const ready = failure(pool.ready());
    await settles(pool.terminate());
    const error = await ready;
    assert.ok(error instanceof PoolClosedError, `got ${error}`);
  });

  it("closes although `setup` never ends", async () => {
    const pool = createPool({ workers: 2, modules, setup: hangingSetup });
    const ready = failure(pool.ready());
    await settles(pool.close(), "close()");
    assert.ok(await ready instanceof PoolClosedError);
  });

  it("closes although a worker that was taken away never ends `setup`", async () => {
    await withFile(async (file, env) => {
      const pool = createPool({ workers: 2, modules, setup: hangingSetup, env });
      await until(() => existsSync(file), "setup runs");
      pool.resize(1);
      await settles(pool.close(), "close()");
    });
  });

  it("runs `teardown` after the `setup` that goes on when it closes", async () => {
    await withFile(async (file, env) => {
      const pool = createPoolOn(patient, { workers: 1, modules, setup: noteSetup, teardown: noteTeardown, env });
      await settles(pool.close());
      assert.equal(readFileSync(file, "utf8"), "up, down");
    });
  });

  it("finishes what was submitted before it closes", async () => {
    const pool = createPool({ workers: 4, modules });
    const results = [1, 2, 3].map((i) => pool.run(add, i, i));
    await settles(pool.close());
    assert.deepEqual(await settles(Promise.all(results)), [2, 4, 6]);
    assert.equal(pool.stats().workers, 0);
  });
});

describe("a `teardown` that throws", () => {
  it("is told of by one warning, and the pool closes", async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const pool = createPoolOn({ ...adapter, warn }, { workers: 2, modules, teardown: failingTeardown });
    await settles(pool.ready());
    await settles(pool.close());
    assert.equal(warnings.length, 1, warnings.join());
    assert.match(warnings[0]!, /'teardown'.*worker \d+: RangeError: cannot let go/);
  });

  it("is told of as well where a worker is taken away", async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const pool = createPoolOn({ ...adapter, warn }, { workers: 2, modules, teardown: failingTeardown });
    await settles(pool.ready());
    pool.resize(1);
    await until(() => warnings.length > 0, "there is a warning");
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
    await settles(pool.close());
    assert.equal(warnings.length, 1, warnings.join());
  });
});

describe("a `teardown` that does not end", () => {
  // Deno cannot stop a loop: its thread is counted as abandoned.
  for (const teardown of [hangingTeardown, loopingTeardown]) {
    it(`has a limit, and one warning tells of it: ${teardown.name}`, async () => {
      const warnings: string[] = [];
      const warn = (message: string) => void warnings.push(message);
      const pool = createPoolOn({ ...adapter, warn }, { workers: 2, modules, teardown, teardownTimeout: 20 });
      await settles(pool.ready());
      await settles(pool.close(), "close()");
      assert.equal(warnings.length, 1, warnings.join());
      assert.match(warnings[0]!, /'teardown' has not ended after 20 ms in worker \d+.*'teardownTimeout'/);
      const isStuck = kind === "deno" && teardown === loopingTeardown;
      await until(() => pool.stats().abandoned === (isStuck ? 2 : 0), "the threads are gone, or counted");
    });
  }

  it("has one as well where a worker is taken away, and counts as no failed start", async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const options = { workers: 2, modules, teardown: hangingTeardown, teardownTimeout: 20 };
    const pool = createPoolOn({ ...adapter, warn }, options);
    await settles(pool.ready());
    pool.resize(1);
    await until(() => warnings.length > 0, "there is a warning");
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
    assert.equal(pool.stats().restarts, 0);
    await settles(pool.close());
  });

  it("may have all the time that it wants", async () => {
    await withFile(async (file, env) => {
      const warnings: string[] = [];
      // What has a limit of 10 s has none here; so what is not to have one stands out.
      const delay: typeof adapter.delay = (fn, ms) => ms === 10_000 ? adapter.delay(fn, 0) : patient.delay(fn, ms);
      const pool = createPoolOn({ ...adapter, delay, warn: (message) => void warnings.push(message) }, {
        ...{ workers: 1, modules, setup: noteSetup, teardown: noteTeardownLater, teardownTimeout: Infinity, env },
      });
      await settles(pool.close());
      assert.deepEqual(warnings, []);
      assert.equal(readFileSync(file, "utf8"), "up, down");
    });
  });
});

describe("a pool that has ended", () => {
  for (const how of ["close", "terminate"] as const) {
    it(`leaves no timer behind, which would keep it in memory: ${how}()`, async () => {
      const timers = new Set<symbol>();
      const delay = (fn: () => void, ms: number): () => void => {
        const timer = Symbol(`${ms} ms`);
        timers.add(timer);
        const cancel = adapter.delay(() => {
          timers.delete(timer);
          fn();
        }, ms);
        return () => {
          timers.delete(timer);
          cancel();
        };
      };
      let exits = 0;
      const spawn: typeof adapter.spawn = (options) =>
        adapter.spawn({
          ...options,
          onExit: (code) => {
            exits++;
            options.onExit(code);
          },
        });
      const pool = createPoolOn({ ...adapter, delay, spawn }, { workers: 2, modules });
      await settles(pool.ready());
      await settles(pool[how]());
      // Deno does not tell; until the pool knows by itself, on a busy machine after terminate(), it has a timer for that.
      const haveEnded = () => thisRuntime().kind === "deno" ? pool.stats().abandoned === 0 : exits === 2;
      await until(haveEnded, "both workers have ended");
      assert.deepEqual([...timers].map(String), []);
    });
  }
});
