/** `retries: { times, when, delay }`: attempts, what they get, and what the caller decides between them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transfer, WorkerExitError } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import * as tasks from "../fixtures/retries.ts";
import { failure, fixture, flags, settles, until, withPool } from "./_support.ts";

const modules = ["basics", "retries"].map(fixture);

describe("retries after what a function throws", () => {
  it("run it again, as often as asked", () =>
    withPool({ modules }, async (pool) => {
      const runner = pool.with({ retries: { times: 2 } });
      assert.equal(await settles(runner.run(tasks.failAtFirst, flags(), 2)), 3);
      assert.equal(await settles(runner.run(tasks.failAtFirstLater, flags(), 1)), 2);
      const shared = flags();
      const error = await failure(runner.run(tasks.failAtFirst, shared, 3));
      assert.ok(error instanceof RangeError, `got ${error}`);
      assert.deepEqual([error.message, (error as { code?: unknown }).code, shared[0]], ["attempt 3", "EAGAIN", 3]);
      assert.match(error.stack!, /retries_test/, "the caller's frames are there");
      assert.equal(pool.stats().failed, 1);
    }));

  it("are for functions of module() and for each call of a Task", () =>
    withPool({ modules }, async (pool) => {
      const retries = { times: 1 };
      const module = pool.module<typeof tasks>(fixture("retries")).with({ retries });
      assert.equal(await settles(module.failAtFirst(flags(), 1)), 2);
      const task = pool.task<number>({ retries }).run(tasks.failAtFirst, flags(), 1);
      task.with({ retries: { times: 3 } }).run(tasks.failAtFirst, flags(), 3);
      assert.deepEqual(await settles(task.get()), [2, 4]);
    }));

  it("are for deaths too, and `when` hears of each failure", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const seen: unknown[] = [];
      const when = (error: unknown) => seen.push(error) < 3;
      assert.equal(await settles(pool.with({ retries: { times: 5, when } }).run(tasks.failThenDie, flags())), 3);
      assert.equal(seen.length, 2);
      assert.ok(seen[0] instanceof RangeError && seen[1] instanceof WorkerExitError, String(seen));
      const never = failure(pool.with({ retries: { times: 5, when: () => false } }).run(tasks.failThenDie, flags(1)));
      assert.ok(await never instanceof RangeError);
    }));

  it("reject with the error that `when` refuses, that it throws, or that says what it must give", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const run = (when: (error: unknown) => boolean) => {
        const shared = flags();
        const call = pool.with({ retries: { times: 9, when } }).run(tasks.failAtFirst, shared, 9);
        return failure(call).then((error) => [error.message, shared[0]]);
      };
      const twice = (error: unknown) => (error as Error).message !== "attempt 2";
      assert.deepEqual(await run(twice), ["attempt 2", 2]);
      const broken = () => {
        throw new Error("broken");
      };
      assert.deepEqual(await run(broken), ["broken", 1]);
      const asynchronous = (() => Promise.resolve(true)) as unknown as () => boolean;
      const [message] = await run(asynchronous);
      assert.match(String(message), /^Option 'retries\.when\(\)' must be true or false: received an object: Promise/);
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
    }));

  it("wait for the delay, which may depend on the attempt, without holding a worker", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const attempts: number[] = [];
      const delay = (attempt: number): number => {
        attempts.push(attempt);
        return attempt === 2 ? 1e6 : 1;
      };
      const controller = new AbortController();
      const call = pool.with({ retries: { times: 5, delay }, signal: controller.signal });
      const ended = failure(call.run(tasks.failAtFirst, flags(), 9));
      await until(() => attempts.length === 2, "the second attempt has failed");
      assert.equal(await settles(pool.run(add, 1, 2)), 3);
      assert.deepEqual(attempts, [1, 2]);
      assert.equal(pool.stats().queued, 1);
      controller.abort();
      assert.equal((await ended).name, "AbortError");
    }));

  it("reject if the delay is none", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      for (const [ms, kind] of [[-1, RangeError], ["1", TypeError], [Infinity, RangeError]] as const) {
        const retries = { times: 1, delay: () => ms as number };
        const error = await failure(pool.with({ retries }).run(tasks.failAtFirst, flags(), 1));
        assert.ok(error instanceof kind, `got ${error}`);
        assert.match(error.message, /^Option 'retries\.delay\(\)' must be a number of milliseconds/);
      }
    }));

  for (const [name, length] of [["in a slot", 3], ["in an arena", 2000], ["of its own", 400_000]] as const) {
    it(`give each attempt the arguments as they were encoded, ${name}`, () =>
      withPool({ workers: 1, modules }, async (pool) => {
        const list = [1, 2];
        const bytes = new Uint8Array(length).fill(7);
        let isAsked = false;
        const when = () => isAsked = true;
        const runner = pool.with({ retries: { times: 2, when, delay: 30 } });
        const call = runner.run(tasks.spoil, flags(), 2, list, "x".repeat(length), bytes);
        list.push(3);
        bytes.fill(8);
        await until(() => isAsked, "the first attempt has failed");
        // These may take memory that nobody uses any more.
        const others = Array.from({ length: 8 }, () => pool.run(tasks.firstByte, bytes));
        assert.deepEqual(await settles(Promise.all(others)), others.map(() => 8));
        assert.deepEqual(await settles(call), ["1,2", length, "x", length, 1, 7]);
      }));
  }

  it("are not for arguments that moved", () =>
    withPool({ workers: 1, modules }, async (pool) => {
      const shared = flags();
      const buffer = new ArrayBuffer(8);
      const call = pool.with({ retries: { times: 3 } }).run(tasks.failWithBuffer, shared, transfer(buffer, [buffer]));
      assert.equal((await failure(call)).message, "attempt 1");
      assert.equal(shared[0], 1);
    }));

  it("keep one call's failures apart from another's", () =>
    withPool({ modules, tasksPerWorker: 4 }, async (pool) => {
      const runner = pool.with({ retries: { times: 3, delay: (attempt) => attempt % 2 } });
      const calls = Array.from({ length: 200 }, (_, i) => runner.run(tasks.failAtFirstLater, flags(), i % 4));
      assert.deepEqual(await settles(Promise.all(calls)), calls.map((_, i) => i % 4 + 1));
      assert.equal(pool.stats().queued, 0);
    }));
});
