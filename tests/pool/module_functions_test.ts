/** Functions that `module()` gave, where any other function may stand. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Pool, Task } from "../../mod.ts";
import * as nesting from "../fixtures/module_functions.ts";
import { withLoad } from "./_load.ts";
import { failure, fixture, settles, withPool } from "./_support.ts";

type Basics = typeof import("../fixtures/basics.ts");
type State = typeof import("../fixtures/state.ts");

function basics(pool: Pool): ReturnType<typeof pool.module<Basics>> {
  return pool.module<Basics>(fixture("basics"));
}

describe("a function of module()", () => {
  it("is run by run(), runSync(), task() and Task as the module's own", async () => {
    await withPool({ workers: 2 }, async (pool) => {
      const { plusOffset } = basics(pool);
      assert.equal(await settles(pool.run(plusOffset, 1)), 1001);
      assert.equal(pool.runSync(plusOffset, 2), 1002);
      assert.deepEqual(await settles(pool.task<number>().run(plusOffset, 3).run(plusOffset, 4).get()), [1003, 1004]);
      assert.deepEqual(new Task<number>({ pool }).run(plusOffset, 5).getSync(), [1005]);
    });
  });

  it("is broadcast", async () => {
    await withPool({ workers: 2 }, async (pool) => {
      const marks = await settles(pool.broadcast(basics(pool).workerMark));
      assert.equal(new Set(marks).size, 2);
      for (const mark of marks) assert.match(String(mark), /^\d+-0\./);
    });
  });

  it("may come from another pool, and be setup", async () => {
    await withPool({ workers: 1 }, async (first) => {
      const { setup, readState } = first.module<State>(fixture("state"));
      await withPool({ workers: 1, modules: [fixture("state")], setup }, async (second) => {
        assert.deepEqual(await settles(second.run(readState)), { setups: 1, isReady: true });
      });
    });
  });

  it("runs in a worker on a busy machine as well, at once or once the load has fallen", async () => {
    await withLoad(9, async (pool, setLoad) => {
      const { plusOffset } = basics(pool);
      assert.equal(await settles(pool.with({ maxLoadAverage: 0.5 }).run(plusOffset, 1)), 1001);
      const waiting = pool.with({ maxLoadAverage: 0.5, whenBusy: "wait" }).run(plusOffset, 2);
      setLoad(0);
      assert.equal(await settles(waiting), 1002);
    });
  });

  it("runs inside of a task", async () => {
    await withPool({ workers: 1, modules: [fixture("module_functions")] }, async (pool) => {
      assert.deepEqual(await settles(pool.run(nesting.nested, fixture("basics").href)), [1001, 1002]);
    });
  });

  it("has the export's name in errors", async () => {
    await withPool({ workers: 1 }, async (pool) => {
      const { notThere, plusOffset } = pool.module<Basics & { notThere(): void }>(fixture("basics"));
      assert.match((await failure(pool.run(notThere))).message, /Cannot find function 'notThere' in .*basics/);
      assert.match(
        (await failure(pool.run(notThere as (value: unknown) => Promise<void>, plusOffset))).message,
        /function: plusOffset/,
      );
    });
  });
});
