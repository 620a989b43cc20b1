/** Workers that die while a collection is under way. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CollectionOptions, WorkerExitError } from "../../mod.ts";
import * as collected from "../fixtures/collected.ts";
import { failure, fixture, flags, settles, withPool } from "../pool/_support.ts";
import { indexes, jobs, watchedLater } from "./_support.ts";

const timeout = 120_000;
const modules = [fixture("collected")];
const sum = { initial: () => 0, step: collected.dieInStep, combine: (a: number, b: number) => a + b };

describe("a worker's death", { timeout }, () => {
  it("rejects, and names the range of items", { timeout }, () =>
    withPool({ modules }, async (pool) => {
      for (const options of [{}, { chunk: 10 }, { chunk: 1 }, { ordered: false }]) {
        const mine = flags(600);
        mine[5] = 1000;
        const results = pool.map(jobs(mine, 500), collected.dieAt77, options);
        const error = await failure(results.then());
        assert.ok(error instanceof WorkerExitError, String(error));
        const [, first, last = first] = /items? (\d+)(?: (?:to|-) (\d+))?/.exec(error.message) ?? [];
        assert.ok(Number(first) <= 77 && 77 <= Number(last), error.message);
        assert.ok(mine.subarray(8, 508).every((tries) => tries <= 1), "no item is run twice");
        assert.equal(results.failure!.error, error);
      }
      const mine = flags(600);
      mine[5] = 1000;
      const error = await failure(pool.reduce(jobs(mine, 500), sum));
      assert.ok(error instanceof WorkerExitError, String(error));
      assert.match(error.message, /item/);
      assert.deepEqual(await settles(pool.map([1, 2], collected.fromScope)), [43, 44]);
    }));

  it("is mended by retries: nothing lost, nothing doubled", { timeout }, () =>
    withPool({ modules }, async (pool) => {
      for (const options of [{}, { ordered: false }, { buffer: 10 }] as CollectionOptions[]) {
        const mine = flags(400);
        const all = jobs(mine, 120);
        const source = options.buffer === 10 ? watchedLater({ read: 0, isClosed: false }, all) : all;
        const results = pool.map(source, collected.dieOften, { retries: 8, ...options });
        assert.deepEqual((await settles(results.then((x) => x))).sort((a, b) => a - b), indexes(120));
      }
      const mine = flags(600);
      mine[5] = 2;
      assert.equal(await settles(pool.reduce(jobs(mine, 500), sum, { retries: 3 })), 124_750);
    }));

  it(
    "does not run again what the worker had finished, where it is retried",
    { timeout },
    () =>
      withPool({ modules }, async (pool) => {
        const mine = flags(400);
        mine[5] = 1;
        await settles(pool.map(jobs(mine, 200), collected.dieAt77, { retries: 2 }).then((x) => x));
        for (let id = 0; id < 200; id++) assert.equal(mine[8 + id], id === 77 ? 2 : 1, `item ${id}`);
      }),
  );

  it("ends a loop over results", { timeout }, () =>
    withPool({ modules }, async (pool) => {
      const mine = flags(600);
      mine[5] = 1000;
      const seen: number[] = [];
      const error = await failure((async () => {
        for await (const x of pool.map(jobs(mine, 500), collected.dieAt77, { chunk: 5 })) seen.push(x);
      })());
      assert.ok(error instanceof WorkerExitError);
      assert.deepEqual(seen, indexes(seen.length));
    }));
});
