/** Corner cases of collections, each once got wrong. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createPool, lines, type Pool, sharedArray } from "../../mod.ts";
import * as collected from "../fixtures/collected.ts";
import { failure, fixture, flags, settles, until } from "../pool/_support.ts";
import { endless, endlessJobs, indexes, jobs, type Watch, watchedLater } from "./_support.ts";

const square = (x: number): number => x * x;
const timeout = 120_000;

describe("corner cases", { timeout }, () => {
  let pool: Pool;
  before(() => void (pool = createPool({ workers: 2, modules: [fixture("collected"), fixture("latch")] })));
  after(() => pool.close());

  it("break awaits the return() of an async source", { timeout }, async () => {
    const watch: Watch = { read: 0, isClosed: false };
    for await (const x of pool.map(watchedLater(watch, endless()), square)) if (x > 50) break;
    assert.ok(watch.isClosed);
  });

  it("a failure of the function awaits the return() of an async source", { timeout }, async () => {
    const watch: Watch = { read: 0, isClosed: false };
    const source = watchedLater(watch, endlessJobs(flags()));
    assert.equal(
      (await failure(pool.map(source, collected.failAt500).then())).message,
      "no 500",
    );
    assert.ok(watch.isClosed);
  });

  it("an error in the return() of an async source is what a break throws", { timeout }, async () => {
    const mine = new RangeError("return() broke");
    const source = async function* () {
      try {
        for (let i = 0;; i++) yield i;
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw mine;
      }
    };
    const broken = async (): Promise<void> => {
      for await (const x of pool.map(source(), square)) if (x > 10) break;
    };
    assert.equal(await failure(broken()), mine);
  });

  it("an array whose first item is no promise may have promises behind", { timeout }, async () => {
    assert.deepEqual(await settles(pool.map([1, Promise.resolve(2), 3], square)), [1, 4, 9]);
    assert.equal(await settles(pool.reduce([1, Promise.resolve(2)] as number[], (a, b) => a + b, 0)), 3);
  });

  for (const concurrency of [3, 4]) {
    for (const more of [{}, { timeout: 60_000 }, { chunk: 1 }]) {
      it(
        `concurrency ${concurrency} of an async function is reached, ${JSON.stringify(more)}`,
        { timeout },
        async () => {
          const mine = flags();
          mine[7] = concurrency;
          const results = pool.map(jobs(mine, 20), collected.meet, { concurrency, ...more });
          assert.deepEqual(await settles(results), indexes(20));
          assert.equal(mine[1], concurrency);
        },
      );
    }
  }

  it("an abort while all results wait to be consumed is what next() fails with", { timeout }, async () => {
    const mine = flags();
    const controller = new AbortController();
    const results = pool.map(jobs(mine, 3), collected.tick, { signal: controller.signal, chunk: 1 });
    const iterator = results[Symbol.asyncIterator]();
    assert.equal((await settles(iterator.next())).value, 0);
    await until(() => mine[3] === 3, "all are mapped");
    await new Promise((resolve) => setTimeout(resolve, 0));
    const reason = new TypeError("enough");
    controller.abort(reason);
    assert.equal(await failure(iterator.next()), reason);
  });

  it("a timeout is that of an item, not of a chunk", { timeout }, async () => {
    assert.deepEqual(await settles(pool.map(100, collected.block20, { timeout: 1500 })), indexes(100));
    assert.throws(() => pool.map(100, collected.block20, { chunk: 100, timeout: 1500 }), /'chunk'.*'timeout'/);
  });

  it("an item that times out is an outcome where errors settle", { timeout }, async () => {
    const outcomes = await settles(pool.map(indexes(8), collected.neverAt3, { errors: "settle", timeout: 200 }));
    const states = outcomes.map((outcome) =>
      outcome.status === "fulfilled" ? outcome.value : (outcome.reason as Error).name
    );
    assert.deepEqual(states, [0, 1, 2, "TaskTimeoutError", 4, 5, 6, 7]);
  });

  it("break ends a source whose next() is an await that never ends", { timeout }, async () => {
    const source = async function* () {
      yield 0;
      yield 1;
      await new Promise(() => {});
    };
    const run = async (): Promise<void> => {
      let taken = 0;
      for await (const _ of pool.map(source(), square)) if (++taken === 2) break;
    };
    await settles(run(), "the loop");
  });

  it("`into` refuses results of another kind", { timeout }, async () => {
    const text = (x: number): unknown => `text ${x}`;
    const into = sharedArray(Float64Array, 10);
    assert.ok(await failure(pool.map(10, text, { into }).then()) instanceof TypeError);
    const big = sharedArray(BigInt64Array, 10);
    assert.ok(await failure(pool.map(10, square, { into: big }).then()) instanceof TypeError);
  });

  it("`into` refuses a source that turns out to be longer", { timeout }, async () => {
    const into = sharedArray(Float64Array, 9);
    assert.match((await failure(pool.map(indexes(50).values(), square, { into }).then())).message, /'into'/);
    assert.match((await failure(pool.map(endless(), square, { into }).then())).message, /'into'/);
  });

  it("a loop over results with a buffer gets each once", { timeout }, async () => {
    const third = (x: number): boolean => x % 3 === 1;
    for (let call = 0; call < 20; call++) {
      const seen: number[] = [];
      for await (const x of pool.filter(10_000, third, { buffer: 7 })) seen.push(x);
      assert.deepEqual(seen, indexes(10_000).filter(third), `call ${call}`);
    }
  });

  it("reduce refuses null as its options", { timeout }, async () => {
    // deno-lint-ignore no-explicit-any
    assert.ok(await failure((pool as any).reduce([1], square, 0, null)) instanceof TypeError);
  });

  it("entries() of filtered lines have the indexes of the items", { timeout }, async () => {
    const path = join(mkdtempSync(join(tmpdir(), "multicore-")), "lines.txt");
    writeFileSync(path, "a\nb\nc\nd\n");
    const entries: [number, string][] = [];
    for await (const entry of pool.filter(lines(path), (x) => x > "b", { chunk: 100 }).entries()) entries.push(entry);
    rmSync(dirname(path), { recursive: true });
    assert.deepEqual(entries, [[2, "c"], [3, "d"]]);
  });

  it("the index of a line counts the lines of the file", { timeout }, async () => {
    const path = join(mkdtempSync(join(tmpdir(), "multicore-")), "lines.txt");
    writeFileSync(path, "a\nb\nc\nd\n");
    const all = await settles(pool.map(lines(path), (x, i) => x + i, { chunk: 2 }).then((all) => all));
    rmSync(dirname(path), { recursive: true });
    assert.deepEqual(all, ["a0", "b1", "c2", "d3"]);
  });
});
