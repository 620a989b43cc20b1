import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkerExitError } from "../../mod.ts";
import { add, echo } from "../fixtures/basics.ts";
import { hold, holdAsync } from "../fixtures/latch.ts";
import { failure, fixture, flags, raise, raised, settles, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

describe("one signal for many tasks", () => {
  it("serves 1,000 tasks without a warning, and no listener is left on it", async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on("warning", listener);
    try {
      await withPool({ workers: 2, modules }, async (pool) => {
        const { signal } = new AbortController();
        let listeners = 0;
        const { addEventListener, removeEventListener } = signal;
        signal.addEventListener = (...args: unknown[]) => {
          listeners++;
          addEventListener.apply(signal, args as never);
        };
        signal.removeEventListener = (...args: unknown[]) => {
          listeners--;
          removeEventListener.apply(signal, args as never);
        };
        const runner = pool.with({ signal });
        const results = await settles(Promise.all(Array.from({ length: 1000 }, (_, i) => runner.run(add, i, 1))));
        assert.deepEqual(results, Array.from({ length: 1000 }, (_, i) => i + 1));
        assert.equal(listeners, 0);
      });
      assert.deepEqual(warnings, []);
    } finally {
      process.off("warning", listener);
    }
  });

  it("aborts 1,000 tasks at once", async () => {
    const shared = flags();
    await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
      const controller = new AbortController();
      const runner = pool.with({ signal: controller.signal });
      const outcomes = [failure(runner.run(holdAsync, shared, 0, 7))];
      for (let i = 0; i < 999; i++) outcomes.push(failure(runner.run(echo, i)));
      await raised(shared, 0);
      controller.abort(new Error("no more"));
      for (const error of await settles(Promise.all(outcomes))) assert.equal(error, controller.signal.reason);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      assert.equal(pool.stats().queued, 0);
      raise(shared, 7);
    });
  });

  it("aborted for what was given up: a late result never reaches another task", async () => {
    await withPool({ workers: 1, modules, abortGrace: 0 }, async (pool) => {
      for (let round = 0; round < 10; round++) {
        const gate = flags();
        const controller = new AbortController();
        const outcome = failure(pool.with({ signal: controller.signal }).run(hold, gate, 0, 1, "late"));
        await raised(gate, 0);
        controller.abort(round);
        raise(gate, 1);
        const results = Promise.all(Array.from({ length: 20 }, (_, i) => pool.run(echo, `${round} ${i}`)));
        assert.equal(await outcome, round);
        assert.deepEqual(await settles(results), Array.from({ length: 20 }, (_, i) => `${round} ${i}`));
      }
    });
  });
});

describe("a task that was given up", () => {
  for (const run of [hold, holdAsync]) {
    it(`keeps no broadcast waiting: ${run.name}`, async () => {
      await withPool({ workers: 1, modules, abortGrace: 5 }, async (pool) => {
        const shared = flags();
        const controller = new AbortController();
        const outcome = failure(pool.with({ signal: controller.signal }).run(run, shared, 0, 7));
        await raised(shared, 0);
        const all = pool.broadcast(add, 1, 2).catch((error: unknown) => error);
        controller.abort(new Error("no more"));
        assert.equal(await settles(outcome), controller.signal.reason);
        const result = await settles(all);
        assert.ok(result instanceof WorkerExitError, String(result));
        assert.equal(result.functionName, "add");
        assert.deepEqual(await settles(pool.broadcast(add, 1, 2)), [3]);
        raise(shared, 7);
      });
    });
  }
});
