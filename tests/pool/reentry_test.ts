import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { count, echo, onDecode, Parcel, wrap } from "../fixtures/reentrant.ts";
import { failure, fixture, type Flags, flags, settles, withPool } from "./_support.ts";

const modules = [fixture("reentrant")];

/** Blocks this thread, so that only a call of the pool can read the result, until it is most likely there. */
function blockUntilReturned(shared: Flags, value: number, ms: number): void {
  const end = performance.now() + 20_000;
  while (Atomics.load(shared, 0) < value && performance.now() < end);
  Atomics.wait(still, 0, 0, ms); // the worker has the core for that long
}
const still = new Int32Array(new SharedArrayBuffer(4));

/** How long to block, in ms: longer and longer until a result was found there once, as the machine may be busy. */
function patience(round: number, found: number): number {
  return found > 0 ? 1 : Math.min(2 ** round, 1000);
}

/** How often results are read by the call of run() that is looked at: when is up to the machine. */
const ROUNDS = 30;

describe("a decoder that uses the pool while run() reads results", () => {
  it("leaves the arguments of that run() as they were", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      await settles(pool.ready());
      let read = 0;
      const outer: Promise<string>[] = [];
      const inner: Promise<string>[] = [];
      for (let i = 0; i < ROUNDS; i++) {
        const parcel = pool.run(wrap, shared, `parcel ${i}`);
        blockUntilReturned(shared, i + 1, patience(i, read));
        onDecode(() => inner.push(pool.run(echo, `inner ${inner.length}`)));
        outer.push(pool.run(echo, `outer ${i}`));
        read += inner.length === i + 1 ? 1 : 0;
        onDecode(undefined);
        if (inner.length === i) inner.push(pool.run(echo, `inner ${i}`));
        assert.deepEqual(await settles(parcel), new Parcel(`parcel ${i}`));
        await settles(Promise.all([...outer, ...inner]));
      }
      assert.deepEqual(await settles(Promise.all(outer)), Array.from({ length: ROUNDS }, (_, i) => `outer ${i}`));
      assert.deepEqual(await settles(Promise.all(inner)), Array.from({ length: ROUNDS }, (_, i) => `inner ${i}`));
      assert.ok(read > 0, "no call of run() read a result");
    });
  });

  it("and aborts the task of that run(): it does not begin", async () => {
    await withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      await settles(pool.ready());
      let aborted = 0;
      for (let i = 0; i < ROUNDS; i++) {
        const controller = new AbortController();
        const parcel = pool.run(wrap, shared, "parcel");
        blockUntilReturned(shared, i + 1, patience(i, aborted));
        const abort = () => controller.abort(new Error("not wanted"));
        onDecode(abort);
        // With a timeout, it would wait for an idle worker.
        const unwanted = failure(pool.with({ signal: controller.signal, timeout: 60_000 }).run(count));
        onDecode(undefined);
        aborted += controller.signal.aborted ? 1 : 0;
        abort();
        assert.equal((await unwanted).message, "not wanted");
        await settles(parcel);
      }
      assert.ok(aborted > 0, "no call of run() read a result");
      assert.equal(await settles(pool.run(count)), 1, "an aborted task ran");
    });
  });
});
