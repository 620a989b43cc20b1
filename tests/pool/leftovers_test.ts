/** What a pool leaves behind when it is closed: nothing. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import process from "node:process";
import { createPool, initialize, type Pool, type PoolOptions, run, shutdown } from "../../mod.ts";
import { add, addLater, failWith } from "../fixtures/basics.ts";
import { osThread } from "../fixtures/threads.ts";
import { countListeners } from "./_load.ts";
import { failure, fixture, kind, settles, until } from "./_support.ts";

const modules = [fixture("basics"), fixture("threads")];
const noProc = !existsSync("/proc/thread-self") && "there is no /proc";

/** The ways in which a pool ends, each with options that it needs. */
const ends: Record<string, [end: (pool: Pool, controller: AbortController) => unknown, options?: PoolOptions]> = {
  "close()": [(pool) => pool.close()],
  "close({ timeout })": [(pool) => pool.close({ timeout: 10_000 })],
  "terminate()": [(pool) => pool.terminate()],
  "the abort of its signal": [(pool, controller) => {
    controller.abort();
    return pool.close();
  }],
  "close() after resize()": [(pool) => {
    pool.resize(1);
    return pool.close();
  }],
  "close() of recycled workers": [(pool) => pool.close(), { maxTasksPerWorker: 1 }],
};

/** Runs a few tasks on a pool of two workers and ends it. */
async function live(name: string, use: (pool: Pool, signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const [end, options] = ends[name]!;
  const controller = new AbortController();
  const listeners = countListeners(controller.signal);
  const pool = createPool({ workers: 2, modules, signal: controller.signal, ...options });
  assert.equal(listeners.now, 1);
  try {
    await settles(pool.ready());
    await settles(use(pool, controller.signal));
  } finally {
    await settles(Promise.resolve(end(pool, controller)), name);
  }
  // Deno does not say when a thread ends: terminate() waits for 100 ms at most, which a busy machine may exceed.
  if (kind === "deno") await until(() => pool.stats().abandoned === 0, "the threads have ended");
  assert.deepEqual([listeners.now, pool.stats().workers, pool.stats().abandoned], [0, 0, 0]);
}

/** How many listeners the process has, by event. */
function processListeners(): Record<string, number> {
  return Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
}

for (const name of Object.keys(ends)) {
  describe(name, () => {
    it("leaves no listener on a signal or the process", async () => {
      await live(name, (pool) => pool.run(add, 1, 2)); // what is made once for the life of the process
      const before = processListeners();
      await live(name, async (pool, signal) => {
        const runner = pool.with({ signal });
        await Promise.all([runner.run(add, 1, 2), runner.run(addLater, 1, 2), failure(runner.run(failWith, "wrong"))]);
      });
      assert.deepEqual(processListeners(), before);
      assert.equal(process.listenerCount("SIGINT") + process.listenerCount("SIGTERM"), 0);
    });

    it("leaves no thread that ran a task", { skip: noProc }, async () => {
      let threads: number[] = [];
      const alive = (): number[] => threads.filter((id) => existsSync(`/proc/self/task/${id}`));
      await live(name, async (pool) => {
        threads = await pool.broadcast(osThread);
        assert.equal(new Set(threads).size, 2);
      });
      await until(() => alive().length === 0, "the threads are gone");
    });
  });
}

/** The names of all threads of this process. */
function threadNames(): string[] {
  return readdirSync("/proc/self/task").flatMap((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim();
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

describe("many pools, one after another", () => {
  // Deno's own threads come and go, and its workers have no name of ours.
  it("leave no thread", { skip: noProc || kind === "deno" && "its threads cannot be counted" }, async () => {
    let isNamed = false; // not by Node 20
    const cycle = async (): Promise<void> => {
      await live("close()", async (pool) => {
        await Promise.all([pool.run(add, 1, 2), pool.broadcast(osThread)]);
        isNamed ||= threadNames().includes("multicore");
      });
      await settles(initialize({ workers: 1 }));
      assert.equal(await settles(run(add, 1, 2)), 3);
      await settles(shutdown());
    };
    await cycle();
    const before = threadNames().length;
    for (let i = 0; i < 10; i++) await cycle();
    await until(() => {
      const names = threadNames();
      // Node starts a few helpers late: fewer than if each cycle left one thread.
      return isNamed ? !names.includes("multicore") : names.length < before + 8;
    }, "the threads are gone");
  });
});
