/** What no worker rings for: tasks that are taken back while the caller is parked. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transfer } from "../../mod.ts";
import * as at from "../../src/transport/layout.ts";
import { fakePool } from "./_fake_threads.ts";
import { settles, until } from "./_support.ts";

const fn = (x: number): number => x;
const sizeOf = (value: { buffer: ArrayBuffer }): number => value.buffer.byteLength;

describe("a task that is taken back while the caller is parked", () => {
  it("leaves its worker to the tasks that wait", async () => {
    const { pool, threads, isParked } = fakePool({ workers: 1 });
    try {
      threads[0]!.comeUp();
      await settles(pool.ready());
      const controller = new AbortController();
      // With a timeout none waits in a worker's slot behind another.
      const first = pool.with({ timeout: 3_600_000, signal: controller.signal }).run(fn, 1);
      const second = pool.with({ timeout: 3_600_000 }).run(fn, 2);
      await until(isParked, "the caller is parked");
      controller.abort(new Error("not any more"));
      await assert.rejects(settles(first), /not any more/);
      await until(() => threads[0]!.hasTask, "the worker is given the other task");
      threads[0]!.run();
      assert.equal(await settles(second), 20);
    } finally {
      await settles(pool.terminate());
    }
  });

  it("lets the program end if it was the last, though its worker never comes up", async () => {
    const { pool, isParked, isHeld } = fakePool({ workers: 1 });
    try {
      const controller = new AbortController();
      const result = pool.with({ signal: controller.signal }).run(fn, 1);
      await until(isParked, "the caller is parked");
      assert.ok(isHeld());
      controller.abort(new Error("not any more"));
      await assert.rejects(settles(result), /not any more/);
      await until(() => !isHeld(), "the program may end");
    } finally {
      await settles(pool.terminate());
    }
  });
});

describe("a result whose payload a dead worker never sent", () => {
  it("fails when the thread is gone, and lets the program end", async () => {
    const { pool, threads, isParked, isHeld } = fakePool({ workers: 1 });
    try {
      threads[0]!.comeUp();
      const before = pool.run(fn, 1);
      threads[0]!.run();
      assert.equal(await settles(before), 10); // so that its replacement is started at once
      const result = pool.run(fn, 2);
      threads[0]!.breakOff();
      await until(isParked, "the caller is parked");
      threads[0]!.lane.announce(at.LIFE_DEAD);
      await until(() => threads.length === 2, "its death is known");
      await until(isParked, "the caller is parked");
      assert.ok(isHeld());
      threads[0]!.kill();
      await assert.rejects(settles(result), { name: "WorkerExitError" });
      await until(() => !isHeld(), "the program may end"); // before another worker comes up
    } finally {
      await settles(pool.terminate());
    }
  });
});

describe("a task that moves something to its worker", () => {
  it("is given to none that has not come up, so it is not lost with one that never does", async () => {
    const { pool, threads } = fakePool({ workers: 1 });
    try {
      const buffer = new ArrayBuffer(8);
      const result = pool.run(sizeOf, transfer({ buffer }, [buffer]));
      assert.equal(threads[0]!.hasTask, false);
      threads[0]!.die();
      await until(() => threads.length === 2, "another one is started");
      threads[1]!.comeUp();
      await until(() => threads[1]!.hasTask, "it is given the task");
      threads[1]!.run();
      await settles(result);
    } finally {
      await settles(pool.terminate());
    }
  });
});

describe("ready() while a worker that died is to be replaced later", () => {
  it("resolves when the pool becomes smaller, so that none is missing", async () => {
    const { pool, threads } = fakePool({ workers: 2 });
    try {
      for (const thread of threads) thread.comeUp();
      await settles(pool.ready());
      threads[1]!.die(); // with nothing to do, soon after its start: the next one is put off
      await until(() => pool.stats().workers === 1, "the death is known");
      const ready = pool.ready();
      pool.resize(1);
      await settles(ready);
      assert.equal(threads.length, 2);
    } finally {
      await settles(pool.terminate());
    }
  });
});
