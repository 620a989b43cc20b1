/** What a pool does, played with one call of its adapter or codec made to fail. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPoolOn, type Pool } from "../../src/api/pool.ts";
import type { Adapter } from "../../src/adapter.ts";
import { proxy, transfer } from "../../mod.ts";
import { add, echo } from "../fixtures/basics.ts";
import { callBack } from "../fixtures/callback.ts";
import { exitProcess } from "../fixtures/deaths.ts";
import { holdAsync } from "../fixtures/latch.ts";
import { Fault, Faults } from "./_faults.ts";
import { fixture, flags, raise, settles, thrown, until } from "./_support.ts";

/** None of them imports the library, which would have each worker load it once more. */
const modules = ["basics", "callback", "deaths", "latch"].map(fixture);
const ignore = (): void => {};

/** What a call may do when something fails in it: throw the fault, as if it had not been made. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    assert.ok(error instanceof Error, String(error));
    return undefined;
  }
}

/** Calls of one member that are made to fail; later ones come from the same places. */
const PLACES = 2;

/** One part of what a pool can do; all its promises are to settle, with whatever outcome. */
export type Scenario = (pool: Pool) => unknown[] | Promise<unknown[]>;

/** By name. */
export const scenarios: Record<string, Scenario> = {
  "tasks of all sizes": (pool) => {
    const bytes = new Uint8Array(300_000);
    return [
      pool.run(add, 1, 2),
      pool.run(echo, { small: 1 }),
      pool.run(echo, new Uint8Array(2000)),
      pool.run(echo, "x".repeat(300_000)),
      pool.run(echo, new Uint8Array(100_000)),
      pool.run(echo, transfer(bytes, [bytes.buffer])),
      pool.run(callBack, proxy((x: number) => x + 1), 1),
      pool.with({ serialization: "json" }).run(echo, { a: [1] }),
    ];
  },
  "blocking calls, batches and broadcasts": async (pool) => {
    await pool.ready().catch(ignore);
    return [
      attempt(() => pool.runSync(add, 1, 2)),
      attempt(() => pool.task<unknown>().run(echo, { a: 1 }).run(add, 1, 2).get()),
      attempt(() => pool.task<unknown>().run(echo, "x".repeat(300_000)).getSync()),
      pool.broadcast(echo, { a: new Uint8Array(3000) }),
      pool.broadcast(callBack, proxy((x: number) => x), 1),
    ];
  },
  "aborts and timeouts": async (pool) => {
    const controller = new AbortController();
    const shared = flags();
    const runner = pool.with({ signal: controller.signal, timeout: 3_600_000 });
    const calls = [0, 1, 2].map(() => runner.run(holdAsync, shared, 0, 1));
    const timed = pool.with({ timeout: 1 }).run(add, 1, 2);
    const settled = Promise.allSettled([...calls, timed]);
    let isOver = false;
    void Promise.allSettled(calls).then(() => isOver = true);
    await until(() => isOver || Atomics.load(shared, 0) > 0, "one runs, or none can");
    attempt(() => controller.abort(new Error("enough")));
    raise(shared, 1);
    return [settled];
  },
  "deaths, sizes and stops": async (pool) => {
    await pool.ready().catch(ignore);
    const died = pool.run(exitProcess, 3);
    const after = pool.with({ retries: 1 }).run(add, 1, 2);
    await Promise.allSettled([died]);
    attempt(() => pool.resize(3));
    const more = pool.run(echo, { a: 1 });
    attempt(() => pool.resize(1));
    return [died, after, more, pool.ready()];
  },
};

/** Runs a scenario on a pool of its own; gives how often each call was made. */
export async function play(scenario: Scenario, name: string, nth: number): Promise<Map<string, number>> {
  const faults = new Faults(name, nth);
  const unwrap = faults.wrapCodec();
  try {
    await playOn(faults.adapter, scenario);
  } finally {
    unwrap();
  }
  return faults.counts;
}

async function playOn(faulty: Adapter, scenario: Scenario): Promise<void> {
  let pool: Pool;
  try {
    pool = createPoolOn(faulty, { workers: 2, modules, abortGrace: 50 });
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return;
  }
  try {
    await settles(Promise.allSettled(await settles(scenario(pool), "the scenario")), "a task");
    // Whoever had the fault in the closing itself hears of it; the pool is closed all the same.
    await settles(pool.close(), "close()").catch((error) => assert.ok(error instanceof Fault, String(error)));
    assert.equal(thrown(() => pool.runSync(add, 1, 2)).name, "PoolClosedError");
  } finally {
    await settles(pool.terminate(), "terminate()").catch((error) => assert.ok(error instanceof Fault, String(error)));
  }
}

/** The test of one scenario: each of its calls fails once. A file of its own for each, as threads take their time. */
export function testFaults(title: string): void {
  describe(`a call of the adapter or the codec that fails once, in ${title}`, { timeout: 110_000 }, () => {
    it("leaves a pool in which everything settles, and that closes", async () => {
      const scenario = scenarios[title]!;
      const counts = await play(scenario, "", 0);
      assert.ok(counts.size > 5, "the calls are seen");
      for (const [name, count] of counts) {
        for (let nth = 1; nth <= Math.min(count, PLACES); nth++) {
          try {
            await play(scenario, name, nth);
          } catch (cause) {
            throw new Error(`after call ${nth} of ${name} failed`, { cause });
          }
        }
      }
    });
  });
}
