/** `stream`: what a generator function yields in a worker. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkerExitError } from "../../mod.ts";
import * as collected from "../fixtures/collected.ts";
import { failure, fixture, flags, raise, settles, thrown, until, withPool } from "../pool/_support.ts";
import { indexes, turns } from "./_support.ts";

const timeout = 120_000;
const modules = [fixture("collected"), fixture("latch")];

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of values) all.push(each);
  return all;
}

describe("stream()", { timeout }, () => {
  for (
    const [name, count] of [["a generator", collected.count], ["an async generator", collected.countLater]] as const
  ) {
    it(`gives all that ${name} yields, in order`, { timeout }, () =>
      withPool({ modules }, async (pool) => {
        for (const n of [0, 1, 2, 100, 5000]) {
          const mine = flags();
          assert.deepEqual(
            await settles(collect(pool.stream<[typeof mine, number], number>(count, mine, n))),
            indexes(n),
          );
          assert.equal(mine[1], 1);
        }
      }));

    it(`makes ${name} wait for the consumer`, { timeout }, () =>
      withPool({ modules }, async (pool) => {
        const mine = flags();
        const values = pool.stream<[typeof mine, number], number>(count, mine, 1e9);
        assert.equal(mine[0], 0);
        for (let i = 0; i < 3; i++) assert.equal((await settles(values.next())).value, i);
        let before = -1;
        for (let i = 0; i < 200 && before !== mine[0]; i++) {
          before = mine[0]!;
          await turns(100);
        }
        assert.equal(mine[0], before, "it does not come to rest");
        assert.ok(before < 2_000_000, `${before} values ahead`);
        for (let i = 3; i < 20_000; i++) assert.equal((await values.next()).value, i);
        await settles(values.return!());
        assert.equal(mine[1], 1, "finally has run");
      }));

    it(
      `runs the finally of ${name} at a break, and leaves the worker free`,
      { timeout },
      () =>
        withPool({ workers: 1, modules }, async (pool) => {
          for (const stop of [0, 1, 5000]) {
            const mine = flags();
            for await (const x of pool.stream<[typeof mine, number], number>(count, mine, 1e9)) {
              if (x === stop) break;
            }
            assert.equal(mine[1], 1);
            assert.equal(await settles(pool.run(collected.fromScope, 1)), 43);
          }
        }),
    );
  }

  it("does not hold early values back", { timeout }, () =>
    withPool({ modules }, async (pool) => {
      for (const fn of [collected.firstThenHold, collected.firstThenHoldLater]) {
        const mine = flags();
        const values = pool.stream<[typeof mine], string>(fn, mine);
        assert.equal((await settles(values.next(), "the first value")).value, "first");
        const second = values.next();
        raise(mine, 4);
        assert.deepEqual([(await settles(second)).value, (await settles(values.next())).done], ["second", true]);
      }
    }));

  it(
    "throws the generator's error after the values before it",
    { timeout },
    () =>
      withPool({ modules }, async (pool) => {
        for (const n of [0, 1, 1000]) {
          const seen: number[] = [];
          const error = await failure((async () => {
            for await (const x of pool.stream(collected.countThenThrow, n)) seen.push(x);
          })());
          assert.ok(error instanceof RangeError);
          assert.equal((error as { code?: unknown }).code, "E_STREAM");
          assert.match(error.stack!, /collected\.ts/);
          assert.deepEqual(seen, indexes(n));
        }
        const values = pool.stream(collected.countThenThrow, 0);
        await failure(values.next());
        assert.equal((await settles(values.next())).done, true);
      }),
  );

  it("rejects when the worker dies", { timeout }, () =>
    withPool({ modules }, async (pool) => {
      for (const n of [0, 3]) {
        const error = await failure(collect(pool.stream(collected.countThenDie, n)));
        assert.ok(error instanceof WorkerExitError, String(error));
      }
      assert.equal(await settles(pool.run(collected.fromScope, 1)), 43);
    }));

  it(
    "begins with the first next(), and answers concurrent ones in order",
    { timeout },
    () =>
      withPool({ modules }, async (pool) => {
        const mine = flags();
        const unused = pool.stream(collected.count, mine, 10);
        await turns(20);
        assert.equal(mine[0], 0);
        assert.equal((await settles(unused.return!())).done, true);
        assert.equal((await settles(unused.next())).done, true);
        const values = pool.stream(collected.count, mine, 3);
        const all = await settles(
          Promise.all([values.next(), values.next(), values.next(), values.next(), values.next()]),
        );
        assert.deepEqual(all.map(({ done, value }) => done ? "done" : value), [0, 1, 2, "done", "done"]);
      }),
  );

  it("needs the scope of its module no less than run does", { timeout }, () =>
    withPool({ modules }, async (pool) => {
      assert.deepEqual(await settles(collect(pool.stream(collected.withScope, 3))), [42, 43, 44]);
    }));

  it("rejects at an abort", { timeout }, () =>
    withPool({ modules }, async (pool) => {
      const mine = flags();
      const controller = new AbortController();
      const values = pool.with({ signal: controller.signal }).stream(collected.count, mine, 1e9);
      assert.equal((await settles(values.next())).value, 0);
      const reason = new TypeError("enough");
      controller.abort(reason);
      const error = await failure((async () => {
        for (;;) if ((await values.next()).done) return;
      })());
      assert.equal(error, reason);
      await until(() => pool.stats().running === 0, "nothing runs");
    }));

  it("refuses what is no function", { timeout }, () =>
    withPool({ modules }, (pool) => {
      // deno-lint-ignore no-explicit-any
      for (const bad of [undefined, 5, "x", {}, class {}] as any[]) {
        assert.ok(thrown(() => pool.stream(bad)) instanceof TypeError);
      }
    }));
});
