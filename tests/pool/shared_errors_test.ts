/** What rejects many calls at once takes time in proportion to their number: stacks and listeners are counted, not time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPool, type Pool, PoolClosedError, type PoolStartError, TaskTimeoutError } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import { hold, holdAsync } from "../fixtures/latch.ts";
import { countListeners, withLoad } from "./_load.ts";
import { failure, fixture, flags, raise, raised, settles, thrown, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];
const MANY = 10_000;

/** An error that counts how often its stack is looked at, and keeps who wrote it. */
function watchedError(): { error: Error; reads: () => number; writes: () => number } {
  const error = new Error("no more");
  const { stack } = error;
  let [reads, writes] = [0, 0];
  Object.defineProperty(error, "stack", {
    get: () => (reads++, stack),
    set: () => void writes++,
    configurable: false,
  });
  return { error, reads: () => reads, writes: () => writes };
}

/** How many frames of calls that `failures` made a stack has. */
function countCallers(error: Error): number {
  return String(error.stack).split("\n").filter((line) => /callNumber\d+/.test(line)).length;
}

/** The reasons of so many calls, each of which is made by a function with a name of its own. */
function failures(count: number, call: (i: number) => Promise<unknown>): Promise<Error[]> {
  return settles(Promise.all(Array.from({ length: count }, (_, i) => {
    const name = `callNumber${i}`;
    const caller = { [name]: async () => await call(i) }[name]!;
    return failure(caller());
  })));
}

async function whileHeld(pool: Pool, body: () => void | Promise<void>): Promise<void> {
  const shared = flags();
  const held = pool.run(hold, shared, 0, 1);
  await raised(shared, 0);
  await body();
  raise(shared, 1);
  await settles(held);
}

describe("one signal that ends 10,000 calls", () => {
  it("rejects them with its reason, whose stack nobody reads or changes, by one listener", async () => {
    await withPool({ workers: 1, modules }, (pool) =>
      whileHeld(pool, async () => {
        const controller = new AbortController();
        const listeners = countListeners(controller.signal);
        const { error, reads, writes } = watchedError();
        const runner = pool.with({ signal: controller.signal });
        const all = failures(MANY, (i) => runner.run(add, i, 1));
        controller.abort(error);
        const before = reads();
        for (const reason of await all) assert.equal(reason, error);
        assert.deepEqual([reads(), writes()], [before, 0]);
        assert.deepEqual([listeners.most, listeners.now], [1, 0]);
      }));
  });

  it("leaves the reason alone where it was aborted before, in settled(), broadcast() and runSync()", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const { error, reads, writes } = watchedError();
      const runner = pool.with({ signal: AbortSignal.abort(error) });
      const before = reads();
      for (const reason of await failures(100, (i) => runner.run(add, i, 1))) assert.equal(reason, error);
      assert.equal(await failure(runner.broadcast(add, 1, 1)), error);
      assert.equal(thrown(() => runner.runSync(add, 1, 1)), error);
      const task = runner.task<number>();
      for (let i = 0; i < 100; i++) task.run(add, i, 1);
      for (const outcome of await settles(task.settled())) {
        assert.equal(outcome.status === "rejected" && outcome.reason, error);
      }
      assert.deepEqual([reads(), writes()], [before, 0]);
    });
  });

  it("has one listener for 11 pools, and for the calls in them", async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on("warning", listener);
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = countListeners(signal);
    const pools = Array.from({ length: 11 }, () => createPool({ workers: 1, modules, signal }));
    try {
      const results = pools.map((pool) => pool.with({ signal }).run(add, 1, 1));
      assert.deepEqual(await settles(Promise.all(results)), results.map(() => 2));
      assert.equal(listeners.most, 1);
      await settles(pools[0]!.close());
      assert.equal(listeners.now, 1);
      controller.abort();
      for (const pool of pools) assert.ok(await failure(pool.run(add, 1, 1)) instanceof PoolClosedError);
    } finally {
      await settles(Promise.all(pools.map((pool) => pool.terminate())));
    }
    assert.equal(listeners.now, 0);
    await new Promise((resolve) => setTimeout(resolve, 0)); // a warning comes on the next tick
    assert.deepEqual(warnings, []);
    process.off("warning", listener);
  });

  it("ends those that wait for the load to fall as well", async () => {
    await withLoad(9, async (pool) => {
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      const { error, reads, writes } = watchedError();
      const before = reads();
      const runner = pool.with({ signal: controller.signal, maxLoadAverage: 0.5, whenBusy: "wait" });
      const all = failures(MANY, (i) => runner.run(add, i, 1));
      controller.abort(error);
      for (const reason of await all) assert.equal(reason, error);
      assert.deepEqual([reads(), writes(), listeners.most, listeners.now], [before, 0, 1, 0]);
    });
  });

  it("ends many that run in one worker, with no grace: all at the same time, and by their timeouts", async () => {
    await withPool({ workers: 1, modules, tasksPerWorker: 128, abortGrace: 0 }, async (pool) => {
      const [shared, counts] = [flags(), flags()];
      const controller = new AbortController();
      const runner = pool.with({ signal: controller.signal });
      const aborted = failures(128, () => runner.run(holdAsync, shared, 0, 7));
      await raised(shared, 0, 128);
      controller.abort(new Error("no more"));
      for (const reason of await aborted) assert.equal(reason, controller.signal.reason);
      const late = failures(128, () => pool.with({ timeout: 20 }).run(holdAsync, counts, 0, 7));
      for (const reason of await late) assert.ok(reason instanceof TaskTimeoutError, String(reason));
      raise(shared, 7);
      raise(counts, 7);
    });
  });
});

describe("an error that rejects many calls has the frames of none, or of the first", () => {
  it("Pool.terminate() with 10,000 calls pending", async () => {
    const pool = createPool({ workers: 1, modules });
    const shared = flags();
    const held = failures(1, () => pool.run(hold, shared, 0, 1));
    await raised(shared, 0);
    const all = failures(MANY, (i) => pool.run(add, i, 1));
    await settles(pool.terminate());
    raise(shared, 1); // Deno cannot stop the thread
    const closed = [...await held, ...await all];
    for (const error of closed) assert.ok(error instanceof PoolClosedError, String(error));
    assert.equal(Math.max(...closed.map(countCallers)), 0);
  });

  it("a pool whose workers cannot start, before that is known and afterwards", async () => {
    const pool = createPool({ workers: 1, modules: [fixture("throws_on_load")] });
    const before = await failures(200, (i) => pool.run(add, i, 1));
    const after = await failures(200, (i) => pool.run(add, i, 1));
    const all = [...before, ...after] as PoolStartError[];
    // Each call has an error of its own; their cause is one for all.
    assert.ok(Math.max(...all.map(countCallers)) <= 1);
    assert.equal(new Set(all.map(({ cause }) => cause)).size, 1);
    assert.equal(countCallers(all[0]!.cause as Error), 0);
    await settles(pool.terminate());
  });

  it("a function that runs in the calling thread and throws the same error each time", async () => {
    const error = new Error("always this one");
    const always = (): never => {
      throw error;
    };
    await withLoad(9, async (pool) => {
      const runner = pool.with({ maxLoadAverage: 0.5, whenBusy: "inline" });
      for (const reason of await failures(200, () => runner.run(always))) assert.equal(reason, error);
      const length = String(error.stack).length;
      for (const reason of await failures(200, () => runner.run(always))) assert.equal(reason, error);
      assert.equal(thrown(() => runner.runSync(always)), error);
      assert.ok(countCallers(error) <= 1, String(error.stack));
      assert.equal(String(error.stack).length, length);
    });
  });
});
