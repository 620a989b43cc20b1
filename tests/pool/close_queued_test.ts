/** `close({ queued: "drop" })` and `shutdown({ queued: "drop" })`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CloseOptions, createPool, initialize, PoolClosedError, run, shutdown } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import { hold, note } from "../fixtures/latch.ts";
import { withLoad } from "./_load.ts";
import { failure, fixture, flags, raise, raised, settles, thrown } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];
const drop = { queued: "drop" } as const;

describe("close({ queued: 'drop' })", () => {
  it("finishes what runs, rejects what waits in a slot, in the queue or for one worker, and then ends", async () => {
    const [shared, order] = [flags(), flags(512)];
    const pool = createPool({ workers: 1, modules });
    const held = pool.run(hold, shared, 0, 1, "held");
    await raised(shared, 0);
    const waiting = Array.from({ length: 300 }, (_, i) => failure(pool.run(note, order, i)));
    const broadcast = failure(pool.broadcast(note, order, 300));
    const closing = pool.close(drop);
    const errors = await Promise.all([...waiting, broadcast]);
    for (const error of errors) {
      assert.ok(error instanceof PoolClosedError, `got ${error}`);
      assert.equal(error.message, "The pool was closed with queued: 'drop' before the task began");
    }
    assert.ok(await failure(pool.run(add, 1, 2)) instanceof PoolClosedError);
    assert.deepEqual([pool.stats().running, pool.stats().queued], [1, 0]);
    raise(shared, 1);
    assert.equal(await settles(held), "held");
    await settles(closing);
    assert.equal(order[0], 0, "none of them ran");
  });

  it("rejects calls that wait for the load to fall", () =>
    withLoad(2, async (pool) => {
      const waiting = failure(pool.with({ maxLoadAverage: 1, whenBusy: "wait" }).run(add, 1, 2));
      await settles(pool.close(drop));
      assert.ok(await waiting instanceof PoolClosedError);
    }));

  it("drops what a close() that is under way was going to finish, and waits for the same", async () => {
    const shared = flags();
    const pool = createPool({ workers: 1, modules });
    const held = pool.run(hold, shared, 0, 1, "held");
    await raised(shared, 0);
    const waiting = pool.run(add, 1, 2);
    const first = pool.close({ queued: "finish" });
    const second = pool.close(drop);
    assert.ok(await failure(waiting) instanceof PoolClosedError);
    raise(shared, 1);
    assert.equal(await settles(held), "held");
    await settles(Promise.all([first, second]));
    await settles(pool.close(drop));
  });

  it("still ends what runs when its timeout passes", async () => {
    const shared = flags();
    const pool = createPool({ workers: 1, modules });
    const held = failure(pool.run(hold, shared, 0, 1));
    await raised(shared, 0);
    await settles(pool.close({ ...drop, timeout: 5 }));
    assert.ok(await held instanceof PoolClosedError);
    raise(shared, 1);
  });

  it("refuses other values, and options that it does not know", async () => {
    const pool = createPool({ workers: 1, modules });
    const close = (options: unknown) => pool.close(options as CloseOptions);
    assert.match(
      (await failure(close({ queued: true }))).message,
      /^Option 'queued' must be "finish" or "drop": received true/,
    );
    assert.match((await failure(close({ drop: true }))).message, /^Unknown option 'drop'.*known are timeout, queued/);
    const unknown = thrown(() => pool.task().getSync({ queued: "drop" } as never));
    assert.match(unknown.message, /^Unknown option 'queued'.*known are timeout$/);
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
    await settles(pool.close({ queued: undefined }));
  });
});

describe("shutdown({ queued: 'drop' })", () => {
  it("does the same for the default pool, also while a shutdown() is under way", async () => {
    for (const isUnderWay of [false, true]) {
      const shared = flags();
      try {
        await settles(initialize({ workers: 1, modules }));
        const held = run(hold, shared, 0, 1, "held");
        await raised(shared, 0);
        const waiting = run(add, 1, 2);
        const first = isUnderWay ? shutdown() : undefined;
        const ended = shutdown(drop);
        assert.ok(await failure(waiting) instanceof PoolClosedError);
        raise(shared, 1);
        assert.equal(await settles(held), "held");
        await settles(Promise.all([first, ended]));
      } finally {
        raise(shared, 1);
        await settles(shutdown());
      }
    }
  });
});
