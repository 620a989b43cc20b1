import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import { add } from "../fixtures/basics.ts";
import { channelName, dieOnMessage, keep } from "../fixtures/idle_deaths.ts";
import { fixture, settles, until } from "./_support.ts";

const options = { modules: [fixture("basics"), fixture("idle_deaths")], setup: dieOnMessage };

describe("workers that die with nothing to do", () => {
  /** How far this thread's clock was put forward, in ms. */
  let shift = 0;
  const shifted = { ...adapter, now: () => adapter.now() + shift };
  let channel: BroadcastChannel;
  before(() => {
    channel = new BroadcastChannel(channelName());
  });
  after(() => {
    channel.close();
  });

  it("are all replaced if they had been up for long", async () => {
    const pool = createPoolOn(shifted, { workers: 1, ...options });
    try {
      for (let deaths = 1; deaths <= 6; deaths++) {
        await settles(pool.ready(), "ready()");
        shift += 60_000;
        channel.postMessage("die");
        await until(() => pool.stats().restarts === deaths, `worker ${deaths} is replaced`);
      }
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      assert.equal(pool.stats().workers, 1);
    } finally {
      await settles(pool.terminate());
    }
  });

  it("soon after their start are replaced a few times, then there is a warning; resize() tries again", async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    // On a clock that stands still each of them dies soon after its start, however long this machine takes.
    const now = adapter.now();
    const pool = createPoolOn({ ...adapter, now: () => now, warn }, { workers: 2, ...options });
    try {
      await settles(pool.ready());
      await settles(pool.run(keep));
      for (let deaths = 0; warnings.length === 0; deaths++) {
        assert.ok(deaths < 20, "no warning");
        await settles(pool.ready(), "ready()");
        channel.postMessage("die");
        await until(() => pool.stats().restarts > deaths || warnings.length > 0, "a worker is dead");
      }
      assert.match(warnings.join(), /not replaced.*workers left: 1;.*exited while it ran no task, with code 1/);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      assert.equal(pool.stats().workers, 1);
      pool.resize(2);
      await settles(pool.ready(), "ready()");
      assert.equal(pool.stats().workers, 2);
    } finally {
      await settles(pool.terminate());
    }
  });
});
