/** Whole pools, cut between any two Atomics operations of the caller: there a worker comes up, answers, or dies. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers";
import { type Pool, WorkerExitError } from "../../mod.ts";
import * as at from "../../src/transport/layout.ts";
import { fakePool, type FakeThread, interpose } from "./_fake_threads.ts";
import { settles } from "./_support.ts";

const fn = (x: number): number => x;

/** A turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("ready against park", () => {
  it("a worker that comes up between the caller's look at LIFE and its wait for the bell is not overlooked", async () => {
    const { pool, threads } = fakePool({ workers: 2 });
    const ready = pool.ready();
    let looks = 0;
    try {
      await interpose(async () => {
        threads[0]!.comeUp(); // the caller hears the bell and looks at both
        await settles(ready, "ready()");
      }, (name, array, index) => {
        const second = threads[1]!;
        if (name !== "load" || index !== at.LIFE || array.buffer !== second.lane.words.buffer) return;
        looks++;
        second.comeUp(); // after the load, which saw a worker that was starting
      });
      assert.ok(looks > 0);
    } finally {
      await settles(pool.terminate());
    }
  });
});

/** So many steps of the caller are cut, from its start on. */
const STEPS = 20;

/** What a worker does between two operations of the caller. */
const acts: Record<string, (thread: FakeThread) => void> = {
  "comes up": (thread) => thread.comeUp(),
  "dies": (thread) => thread.die(),
  "comes up and dies": (thread) => {
    thread.comeUp();
    thread.die();
  },
  "is killed": (thread) => thread.kill(),
};

/** Lives of a pool; each ends by itself whatever happens to a worker, and says what it got. */
const lives: Record<string, (pool: Pool) => Promise<void>> = {
  async "ready(), run() and close()"(pool) {
    await pool.ready().catch(allow);
    assert.equal(await pool.run(fn, 4).catch(allow) ?? 40, 40);
    await pool.close();
  },
  async "tasks at once"(pool) {
    const results = await Promise.all([1, 2, 3, 4, 5].map((x) => pool.run(fn, x).catch(allow)));
    results.forEach((value, i) => assert.equal(value ?? (i + 1) * 10, (i + 1) * 10));
    await pool.close();
  },
  async "resize() down, up and ready()"(pool) {
    await turn();
    pool.resize(1);
    await turn();
    pool.resize(3);
    await pool.ready().catch(allow);
    await pool.close();
  },
  async "terminate()"(pool) {
    await turn();
    await pool.terminate();
  },
};

function allow(error: unknown): undefined {
  assert.ok(error instanceof WorkerExitError, `got ${error}`);
}

describe("a worker acts between any two steps of the caller", () => {
  for (const [what, life] of Object.entries(lives)) {
    for (const [how, act] of Object.entries(acts)) {
      it(`${what}: nothing hangs where it ${how}`, async () => {
        let count = 1;
        for (let number = 0; number < Math.min(count, STEPS); number++) {
          const { pool, threads } = fakePool({ workers: 2 });
          let isOver = false;
          // All the others come up in time, and work when they are woken.
          const work = (async () => {
            for (let turns = 0; !isOver; turns++) {
              await turn();
              for (const [i, thread] of threads.entries()) {
                if (turns > 3 || i !== 1) thread.comeUp();
                thread.run();
              }
            }
          })();
          count = 0;
          try {
            await interpose(
              () => settles(life(pool), `the pool where the worker ${how} at step ${number}`),
              () => {
                if (count++ === number && threads[1] !== undefined) act(threads[1]);
              },
            );
          } finally {
            isOver = true;
            await work;
            await settles(pool.terminate());
          }
        }
      });
    }
  }
});
