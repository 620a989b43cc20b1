/** Callbacks and marks of `transfer` belong to the call they were given with, wherever that runs. */
import { AsyncLocalStorage } from "node:async_hooks";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CallOptions, PoolClosedError, proxy, QueueFullError, transfer } from "../../mod.ts";
import { add, echo } from "../fixtures/basics.ts";
import * as tasks from "../fixtures/calling.ts";
import { hold } from "../fixtures/latch.ts";
import { withLoad } from "./_load.ts";
import { failure, fixture, flags, raise, raised, settles, thrown, withPool } from "./_support.ts";

const busy: CallOptions = { maxLoadAverage: 1 };
const waits: CallOptions = { ...busy, whenBusy: "wait" };
const modules = ["basics", "calling", "latch"].map(fixture);

describe("a callback of a call that runs in the caller, as the machine is busy", { timeout: 120_000 }, () => {
  it("is not taken for one of the next call, and works until its own task is done", () =>
    withLoad(2, async (pool) => {
      let open = (): void => {};
      const latch = new Promise<string>((resolve) => open = () => resolve("late"));
      const slow = pool.with(busy).run(tasks.callBack, proxy(() => latch), 0);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      assert.equal(pool.runSync(add, 3, 4), 7);
      assert.equal(pool.with(busy).runSync(add, 5, 6), 11);
      open();
      assert.equal(await settles(slow), "late");
    }));

  it("is called in order before the task settles, also if that does not await it", () =>
    withLoad(2, async (pool) => {
      const seen: number[] = [];
      const report = proxy((n: number) => void seen.push(n));
      await settles(pool.with(busy).run(tasks.fireAndForget, report, 5));
      assert.deepEqual(seen, [0, 1, 2, 3, 4]);
      assert.equal(await settles(pool.with(busy).run(tasks.callBack, proxy((x: number) => x + 1), 1)), 2);
    }));

  it("ends with its task: later calls reject", () =>
    withLoad(2, async (pool) => {
      let kept: ((value: number) => unknown) | undefined;
      (globalThis as Record<string, unknown>)["multicore.test.keep"] = (fn: typeof kept) => void (kept = fn);
      const keep = (callback: (value: number) => unknown): void =>
        ((globalThis as Record<string, unknown>)["multicore.test.keep"] as (fn: unknown) => void)(callback);
      await settles(pool.with(busy).run(keep, proxy((x: number) => x)));
      delete (globalThis as Record<string, unknown>)["multicore.test.keep"];
      assert.match((await failure(Promise.resolve(kept!(1)))).message, /the task that got this callback is done/);
    }));

  it("is refused by a blocking call, as on a machine that is not busy", () =>
    withLoad(2, async (pool, setLoad) => {
      for (const options of [busy, waits]) {
        const call = () => pool.with(options).runSync(tasks.fireAndForget, proxy(() => {}), 1);
        assert.equal(thrown(call).code, "ERR_MULTICORE_PROXY_IN_BLOCKING_CALL");
      }
      setLoad(0);
      assert.equal(
        thrown(() => pool.with(busy).runSync(tasks.fireAndForget, proxy(() => {}), 1)).code,
        "ERR_MULTICORE_PROXY_IN_BLOCKING_CALL",
      );
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    }));
});

describe("a callback of a call inside a worker", { timeout: 120_000 }, () => {
  it("belongs to that call, not to the task around it nor to the next call", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const result = pool.run(tasks.nestCallbacks, proxy((value: string) => `${value} out`));
      assert.deepEqual(await settles(result), [["first"], 42, [0, 1, 2], "own out"]);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    }));

  it("is refused by a blocking call there", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      assert.equal(await settles(pool.run(tasks.blockOnCallback)), "ERR_MULTICORE_PROXY_IN_BLOCKING_CALL");
    }));
});

describe("a call that waits for the load to fall", { timeout: 120_000 }, () => {
  it("keeps its encoding: callbacks, ports and buffers that moved cross once it goes", () =>
    withLoad(2, async (pool, setLoad) => {
      const runner = pool.with(waits);
      const back = runner.run(tasks.callBack, proxy((x: number) => x + 1), 41);
      const { port1, port2 } = new MessageChannel();
      const bytes = new Uint8Array([1, 2, 3]);
      const moved = runner.run(tasks.readPort, transfer(port2, [port2]), transfer(bytes, [bytes.buffer]));
      assert.equal(bytes.length, 0, "it was encoded at the call");
      const value = { list: [1, 2] };
      const copied = runner.run(echo, value);
      value.list.push(3);
      port1.postMessage("hello");
      setLoad(0);
      assert.equal(await settles(back), 42);
      assert.deepEqual(await settles(moved), ["hello", 1, 2, 3]);
      assert.deepEqual(await settles(copied), { list: [1, 2] });
      port1.close();
    }));

  it("ends its callbacks when it is aborted", () =>
    withLoad(2, async (pool) => {
      const controller = new AbortController();
      const call = pool.with({ ...waits, signal: controller.signal }).run(tasks.callBack, proxy(() => {}), 0);
      controller.abort(new Error("not any more"));
      assert.equal((await failure(call)).message, "not any more");
    }));
});

describe("a mark of transfer()", { timeout: 120_000 }, () => {
  it("does not survive a call that is refused: the next one copies", () =>
    withPool({ workers: 1, modules, maxQueue: 0 }, async (pool) => {
      const shared = flags();
      await settles(pool.ready());
      const holding = pool.run(hold, shared, 0, 1);
      await raised(shared, 0);
      const bytes = new Uint8Array([1, 2, 3]);
      const mark = (): Uint8Array => transfer(bytes, [bytes.buffer]);
      assert.ok(await failure(pool.run(echo, mark())) instanceof QueueFullError);
      assert.ok(thrown(() => pool.runSync(echo, mark())) instanceof QueueFullError);
      assert.ok(thrown(() => pool.task().run(echo, mark())) instanceof QueueFullError);
      assert.ok(await failure(pool.broadcast(echo, mark())) instanceof QueueFullError);
      assert.ok(await failure(pool.run(5 as never, mark() as never)) instanceof TypeError);
      const gone = AbortSignal.abort(new Error("gone"));
      mark();
      assert.equal((await failure(pool.with({ signal: gone }).run(echo, bytes))).message, "gone");
      mark();
      raise(shared, 1);
      await settles(holding);
      const given = pool.task();
      await settles(given.get());
      assert.equal(thrown(() => given.run(echo, bytes)).name, "TaskCompletedError");
      assert.deepEqual(await settles(pool.run(echo, bytes)), new Uint8Array([1, 2, 3]));
      assert.equal(bytes.length, 3, "it was copied");
    }));

  it("does not survive a pool that is closed", async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    await withPool({ workers: 1, modules }, async (pool) => {
      await settles(pool.close());
      assert.ok(await failure(pool.run(echo, transfer(bytes, [bytes.buffer]))) instanceof PoolClosedError);
    });
    await withPool({ workers: 1, modules }, async (pool) => {
      await settles(pool.run(echo, bytes));
      assert.equal(bytes.length, 3);
    });
  });
});

describe("the AsyncLocalStorage store in a callback", { timeout: 120_000 }, () => {
  it("is that of the call it was given with, wherever that runs", () =>
    withLoad(0, async (pool, setLoad) => {
      const storage = new AsyncLocalStorage<string>();
      const call = (options: CallOptions, store: string): Promise<unknown> =>
        storage.run(store, () => pool.with(options).run(tasks.callBack, proxy(() => storage.getStore()), 0));
      assert.deepEqual(await settles(Promise.all([call({}, "one"), call({}, "two")])), ["one", "two"]);
      setLoad(2);
      const kept = call(waits, "waits");
      assert.equal(await settles(call(busy, "inline")), "inline");
      setLoad(0);
      assert.equal(await settles(kept), "waits");
    }));
});
