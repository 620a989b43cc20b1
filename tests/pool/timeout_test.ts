import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MulticoreError, TaskTimeoutError } from "../../mod.ts";
import * as aborts from "../fixtures/aborts.ts";
import { add, addLater, echo } from "../fixtures/basics.ts";
import { hold, holdAsync } from "../fixtures/latch.ts";
import {
  failure,
  fixture,
  type Flags,
  flags,
  kind,
  raise,
  raised,
  settles,
  type Thrown,
  until,
  withPool,
} from "./_support.ts";

const modules = [fixture("aborts"), fixture("basics"), fixture("latch")];

function assertTimeout(error: Thrown, timeout: number): void {
  assert.ok(error instanceof TaskTimeoutError, `got ${error?.stack ?? error}`);
  assert.ok(error instanceof MulticoreError);
  assert.equal(error.name, "TaskTimeoutError");
  assert.equal(error.code, "ERR_MULTICORE_TASK_TIMEOUT");
  assert.equal(error.timeout, timeout);
  assert.ok(error.message.includes(String(timeout)), error.message);
}

/** Resolves when nobody counts up flag 3 any more. */
async function stopped(shared: Flags): Promise<void> {
  let [last, same] = [-1, 0];
  await until(() => {
    const now = Atomics.load(shared, 3);
    same = now === last ? same + 1 : 0;
    last = now;
    return same > 50;
  }, "the loop has stopped");
}

describe("timeout", () => {
  it("stops an endless loop, for good", async () => {
    // On Deno the worker stops it, on a busy machine later than the caller would: then the thread is given up.
    await withPool({ workers: 1, modules, abortGrace: kind === "deno" ? 30_000 : 5 }, async (pool) => {
      for (let round = 0; round < 2; round++) {
        const shared = flags();
        const outcome = failure(pool.with({ timeout: 50 }).run(aborts.loopForever, shared));
        const behind = pool.run(add, 1, 2);
        assertTimeout(await outcome, 50);
        assert.equal(await settles(behind), 3);
        await stopped(shared);
      }
      if (kind === "deno") assert.equal(pool.stats().abandoned, 0, "the thread was not given up");
      await until(() => pool.stats().abandoned === 0, "no thread is left");
    });
  });

  it("stops an endless loop that came by source", async () => {
    await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
      const shared = flags();
      assertTimeout(
        await failure(
          pool.with({ timeout: 50 }).run((array: Flags) => {
            for (;;) Atomics.add(array, 3, 1);
          }, shared),
        ),
        50,
      );
      await stopped(shared);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    });
  });

  it("stops an endless loop of a module's function", async () => {
    await withPool({ workers: 1, abortGrace: 5 }, async (pool) => {
      const shared = flags();
      const module = pool.module<typeof aborts>(fixture("aborts"));
      assertTimeout(await failure(module.with({ timeout: 50 }).loopForever(shared)), 50);
      await stopped(shared);
      assert.equal(await settles(module.isAborted()), false);
    });
  });

  it("rejects an async task", async () => {
    const shared = flags();
    try {
      await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
        assertTimeout(await failure(pool.with({ timeout: 20 }).run(holdAsync, shared, 0, 1)), 20);
        assert.equal(await settles(pool.run(add, 1, 2)), 3);
      });
    } finally {
      raise(shared, 1);
    }
  });

  it("fires taskSignal() first, so that a task can end by itself and its worker live on", async () => {
    await withPool({ workers: 1, modules, abortGrace: 30_000 }, async (pool) => {
      const shared = flags();
      // Long enough for the function to come to its first await, also on a busy machine.
      assertTimeout(await failure(pool.with({ timeout: 1500 }).run(aborts.waitForAbort, shared)), 1500);
      await raised(shared, 2);
      assert.equal(await settles(pool.run(aborts.isAborted)), false);
      assert.equal(pool.stats().restarts, 0);
    });
  });

  it("counts from the start of the run, not from the call", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      const held = pool.run(hold, shared, 0, 1, "held");
      await raised(shared, 0);
      const timeout = 1500;
      const queued = [add, addLater].map((fn) => pool.with({ timeout }).run(fn, 1, 2));
      await new Promise((resolve) => setTimeout(resolve, timeout + 100)); // Their timeout would be over by now.
      raise(shared, 1);
      assert.equal(await settles(held), "held");
      assert.deepEqual(await settles(Promise.all(queued)), [3, 3]);
    });
  });

  it("that is not reached changes nothing", async () => {
    await withPool({ workers: 2, modules }, async (pool) => {
      const runner = pool.with({ timeout: 60_000 });
      const results = Array.from({ length: 100 }, (_, i) => runner.run(i % 2 === 0 ? add : addLater, i, 1));
      assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: 100 }, (_, i) => i + 1));
      assert.equal(
        (await failure(runner.run((): never => {
          throw new RangeError("own error");
        }))).message,
        "own error",
      );
    });
  });

  it("of one call does not end the others of its Task", async () => {
    const shared = flags();
    try {
      await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
        const task = pool.task<unknown>().run(add, 1, 1);
        task.with({ timeout: 20 }).run(holdAsync, shared, 0, 1);
        task.run(addLater, 2, 2);
        const outcomes = await settles(task.settled());
        assert.deepEqual(outcomes[0], { status: "fulfilled", value: 2 });
        assertTimeout((outcomes[1] as PromiseRejectedResult).reason, 20);
        assert.deepEqual(outcomes[2], { status: "fulfilled", value: 4 });
      });
    } finally {
      raise(shared, 1);
    }
  });

  it("passed: the late result never reaches another task", async () => {
    await withPool({ workers: 1, modules, abortGrace: 0 }, async (pool) => {
      for (let round = 0; round < 5; round++) {
        const gate = flags();
        const outcome = failure(pool.with({ timeout: 5 }).run(holdAsync, gate, 0, 1, "late"));
        assertTimeout(await outcome, 5);
        raise(gate, 1);
        const results = Array.from({ length: 20 }, (_, i) => pool.run(echo, `${round} ${i}`));
        assert.deepEqual(await settles(Promise.all(results)), Array.from({ length: 20 }, (_, i) => `${round} ${i}`));
      }
    });
  });

  it("is merged with a signal: the first to come decides", async () => {
    const shared = flags();
    try {
      await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
        const controller = new AbortController();
        const both = pool.with({ timeout: 20 }).with({ signal: controller.signal });
        assertTimeout(await failure(both.run(holdAsync, shared, 0, 1)), 20);
        const patient = both.with({ timeout: 60_000 });
        const outcome = failure(patient.run(holdAsync, shared, 2, 1));
        await raised(shared, 2);
        controller.abort(new Error("no more"));
        assert.equal(await outcome, controller.signal.reason);
      });
    } finally {
      raise(shared, 1);
    }
  });
});
