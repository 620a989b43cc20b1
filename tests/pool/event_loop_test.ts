import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import type { Pool } from "../../mod.ts";
import * as tasks from "../fixtures/event_loop.ts";
import { fixture, flags, raised, settles, withPool } from "./_support.ts";

const modules = [fixture("event_loop")];

/** Keeps the only worker busy with short tasks until a condition holds: it is never idle meanwhile. */
async function busyUntil(isOver: () => boolean, pool: Pool, task: (x: number) => unknown): Promise<void> {
  const burst = (): Promise<unknown>[] => Array.from({ length: 500 }, (_, i) => pool.run(task, i));
  let last = burst();
  for (let rounds = 0; !isOver(); rounds++) {
    assert.ok(rounds < 2000, "the event loop was starved");
    const next = burst(); // before the last one ends
    await settles(Promise.all(last));
    last = next;
  }
  await settles(Promise.all(last));
}

/** Sends a line and waits for its echo, so many times. */
function talk(port: number, times: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let left = times;
    socket.on("error", reject);
    socket.on("connect", () => socket.write("ping"));
    socket.on("data", (data) => {
      assert.equal(String(data), "ping");
      if (--left > 0) socket.write("ping");
      else {
        socket.destroy();
        resolve();
      }
    });
  });
}

describe("the event loop of a worker", () => {
  it("runs timers while the worker is parked", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      await settles(pool.run(tasks.startTimer, shared));
      await raised(shared, 0, 20);
      assert.equal(pool.stats().running, 0);
      await settles(pool.run(tasks.stopTimer));
    });
  });

  for (const [kind, task] of [["synchronous", tasks.sync], ["asynchronous", tasks.soon]] as const) {
    it(`runs timers while the worker is busy with short ${kind} tasks`, async () => {
      await withPool({ workers: 1, modules }, async (pool) => {
        const shared = flags();
        await settles(pool.run(tasks.startTimer, shared));
        const start = Atomics.load(shared, 0);
        await busyUntil(() => Atomics.load(shared, 0) >= start + 10, pool, task);
        await settles(pool.run(tasks.stopTimer));
      });
    });

    it(`serves sockets while the worker is busy with short ${kind} tasks`, async () => {
      await withPool({ workers: 1, modules }, async (pool) => {
        const port = await settles(pool.run(tasks.startServer));
        let isOver = false;
        const talking = talk(port, 5).finally(() => {
          isOver = true;
        });
        await busyUntil(() => isOver, pool, task);
        await settles(talking);
        await settles(pool.run(tasks.stopServer));
      });
    });
  }

  it("goes on with an async task among a stream of synchronous ones", async () => {
    await withPool({ workers: 1, modules, tasksPerWorker: 2 }, async (pool) => {
      const shared = flags();
      const later = pool.run(tasks.nextTurn, shared, 0);
      await busyUntil(() => Atomics.load(shared, 0) === 1, pool, tasks.sync);
      await settles(later);
    });
  });

  it("prints while the worker is idle and while it is busy", async () => {
    await withPool({ workers: 1, modules, tasksPerWorker: 2 }, async (pool) => {
      await settles(pool.run(tasks.chatter, 3));
      let isOver = false;
      const chatter = pool.run(tasks.chatter, 3).finally(() => {
        isOver = true;
      });
      await busyUntil(() => isOver, pool, tasks.sync);
      await settles(chatter);
    });
  });
});
