import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, MulticoreError, type Pool, transfer, WorkerExitError } from "../../mod.ts";
import { add, workerMark } from "../fixtures/basics.ts";
import * as deaths from "../fixtures/deaths.ts";
import { hold, note } from "../fixtures/latch.ts";
import { chain, failure, fixture, flags, kind, raise, raised, settles, until, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("deaths"), fixture("latch")];

describe("a worker that ends while it runs a task", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 2, modules });
  });
  after(() => pool.close());

  async function dies(promise: Promise<unknown>, functionName: string): Promise<WorkerExitError> {
    const { restarts } = pool.stats();
    const error = await failure(promise);
    assert.ok(error instanceof WorkerExitError, `got ${error?.stack}`);
    assert.ok(error instanceof MulticoreError);
    assert.equal(error.name, "WorkerExitError");
    assert.equal(error.code, "ERR_MULTICORE_WORKER_EXIT");
    assert.equal(error.functionName, functionName);
    assert.ok(Number.isInteger(error.workerId) && error.workerId >= 0, String(error.workerId));
    assert.ok(error.message.includes(functionName), `the function is not named in: ${error.message}`);
    await until(() => pool.stats().restarts > restarts && pool.stats().workers === 2, "the worker is replaced");
    assert.equal(await settles(pool.run(add, 1, 2)), 3, "the pool works on");
    return error;
  }

  it("by process.exit()", async () => {
    assert.equal((await dies(pool.run(deaths.exitProcess, 7), "exitProcess")).exitCode, 7);
    assert.equal((await dies(pool.run(deaths.exitProcess, 0), "exitProcess")).exitCode, 0);
  });

  it("by process.exit() after an await", async () => {
    assert.equal((await dies(pool.run(deaths.exitFromAsync, 9), "exitFromAsync")).exitCode, 9);
  });

  it("by Deno.exit()", { skip: kind !== "deno" }, async () => {
    const { exitCode } = await dies(pool.run(deaths.exitDeno, 5), "exitDeno");
    assert.ok(exitCode === 5 || exitCode === undefined, `got ${exitCode}`);
  });

  it("by self.close()", { skip: kind !== "deno" }, async () => {
    await dies(pool.run(deaths.closeSelf), "closeSelf");
  });

  it("by an error thrown in a timer, which is the cause", async () => {
    const error = await dies(pool.run(deaths.throwInTimer, "thrown in a timer"), "throwInTimer");
    assert.ok(chain(error).some(({ message }) => message.includes("thrown in a timer")), `got ${error}`);
  });

  it("by an unhandled rejection, which is the cause", async () => {
    const error = await dies(pool.run(deaths.rejectUnhandled, "nobody handles it"), "rejectUnhandled");
    assert.ok(chain(error).some(({ message }) => message.includes("nobody handles it")), `got ${error}`);
  });

  it("within a Task: the others are not harmed", async () => {
    const task = pool.task<unknown>().run(add, 1, 1).run(deaths.exitProcess, 3).run(add, 2, 2).run(add, 3, 3);
    const outcomes = await settles(task.settled());
    assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    assert.ok((outcomes[1] as PromiseRejectedResult).reason instanceof WorkerExitError);
    assert.deepEqual(outcomes.map((each) => (each as PromiseFulfilledResult<unknown>).value), [2, undefined, 4, 6]);
  });

  it("within broadcast(), which rejects", async () => {
    await dies(pool.broadcast(deaths.exitProcess, 2), "exitProcess");
  });

  it("gives each dead worker another number", async () => {
    const ids = new Set<number>();
    for (let i = 0; i < 4; i++) ids.add((await dies(pool.run(deaths.exitProcess, 1), "exitProcess")).workerId);
    assert.equal(ids.size, 4);
  });
});

describe("a worker that ends after the result", () => {
  for (const name of ["throwAfterResult", "rejectAfterResult", "exitAfterResult"] as const) {
    it(`does not harm it: ${name}`, async () => {
      await withPool({ workers: 1, modules }, async (pool) => {
        const before = await settles(pool.run(workerMark));
        assert.equal(await settles(pool.run<[never], string>(deaths[name], "late" as never)), "done");
        await until(() => pool.stats().restarts === 1 && pool.stats().workers === 1, "the worker is replaced");
        assert.notEqual(await settles(pool.run(workerMark)), before);
        assert.deepEqual([pool.stats().completed, pool.stats().failed], [3, 0]);
      });
    });
  }
});

describe("tasks queued behind a death", () => {
  it("run elsewhere, once each", async () => {
    const order = flags(256);
    await withPool({ workers: 1, modules }, async (pool) => {
      const death = failure(pool.run(deaths.exitProcess, 1));
      const results = Array.from({ length: 100 }, (_, i) => pool.run(note, order, i));
      assert.ok(await death instanceof WorkerExitError);
      const places = await settles(Promise.all(results));
      assert.equal(new Set(places).size, 100);
      assert.equal(Atomics.load(order, 0), 100);
    });
  });

  it("survive many deaths", async () => {
    const order = flags(256);
    await withPool({ workers: 2, modules }, async (pool) => {
      const all: Promise<unknown>[] = [];
      for (let i = 0; i < 60; i++) {
        all.push(i % 6 === 5 ? failure(pool.run(deaths.exitProcess, i)) : pool.run(note, order, i));
      }
      for (const [i, outcome] of (await settles(Promise.all(all))).entries()) {
        if (i % 6 !== 5) continue;
        assert.ok(outcome instanceof WorkerExitError, `got ${outcome}`);
        assert.equal(outcome.exitCode, i);
      }
      assert.equal(Atomics.load(order, 0), 50);
      assert.equal(pool.stats().failed, 10);
    });
  });

  it("leave a task alone that runs in another worker", async () => {
    const shared = flags();
    await withPool({ workers: 2, modules }, async (pool) => {
      const held = pool.run(hold, shared, 0, 1, "held");
      await raised(shared, 0);
      assert.ok(await failure(pool.run(deaths.exitProcess, 1)) instanceof WorkerExitError);
      raise(shared, 1);
      assert.equal(await settles(held), "held");
    });
  });
});

describe("what is no death", () => {
  it("a stack overflow: a RangeError, and the worker lives on", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const before = await settles(pool.run(workerMark));
      const error = await failure(pool.run(deaths.overflow));
      assert.ok(error instanceof RangeError, `got ${error}`);
      assert.match(error.message, /call stack/i);
      assert.equal(await settles(pool.run(workerMark)), before);
    });
  });
});

describe("a worker without memory", { skip: kind !== "node" }, () => {
  // The larger heap takes longer to be freed after the port has closed.
  for (const maxOldGenerationSizeMb of [24, 256]) {
    it(`rejects its task with the code and the cause, and is replaced: ${maxOldGenerationSizeMb} MiB`, async () => {
      const resourceLimits = { maxOldGenerationSizeMb, maxYoungGenerationSizeMb: 8 };
      await withPool({ workers: 1, modules, resourceLimits }, async (pool) => {
        const death = failure(pool.run(deaths.exhaust));
        const next = pool.run(add, 1, 2);
        const error = await death;
        assert.ok(error instanceof WorkerExitError, `got ${error}`);
        assert.equal(error.functionName, "exhaust");
        assert.equal(error.exitCode, 1);
        assert.equal((error.cause as { code?: unknown } | undefined)?.code, "ERR_WORKER_OUT_OF_MEMORY");
        assert.equal(await settles(next), 3);
      });
    });
  }
});

describe("retries", () => {
  it("run a task again whose worker died, as often as asked", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      assert.equal(await settles(pool.with({ retries: 2 }).run(deaths.dieAtFirst, shared, 2)), 3);
      assert.equal(shared[0], 3);
      const tooOften = flags();
      assert.ok(
        await failure(pool.with({ retries: 1 }).run(deaths.dieAtFirst, tooOften, 5)) instanceof WorkerExitError,
      );
      assert.equal(tooOften[0], 2);
      const notAsked = flags();
      assert.ok(await failure(pool.run(deaths.dieAtFirst, notAsked, 1)) instanceof WorkerExitError);
      assert.equal(notAsked[0], 1);
    });
  });

  it("are not for what throws, nor for arguments that were transferred", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      assert.equal(
        (await failure(pool.with({ retries: 3 }).run(deaths.countAndThrow, shared))).message,
        "thrown, not dead",
      );
      assert.equal(shared[0], 1);
      const moved = flags();
      const buffer = new ArrayBuffer(8);
      const death = failure(pool.with({ retries: 3 }).run(deaths.dieWithBuffer, moved, transfer(buffer, [buffer])));
      assert.ok(await death instanceof WorkerExitError);
      assert.equal(moved[0], 1);
    });
  });
});
