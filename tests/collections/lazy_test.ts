/** The lazy results of `map` and `filter`: when they begin, what they give, how often, and their types. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  type CollectionFailure,
  type CollectionResults,
  createPool,
  filter,
  lines,
  map,
  type Pool,
  type Progress,
  type SettledItem,
  sharedArray,
  shutdown,
} from "../../mod.ts";
import { failure, settles, thrown } from "../pool/_support.ts";
import { endless, indexes, turns, type Watch, watched } from "./_support.ts";

const square = (x: number): number => x * x;

/** Whether two types are the same type. */
type Same<T, U> = (<G>() => G extends T ? 1 : 2) extends (<G>() => G extends U ? 1 : 2) ? true : false;

/** Does not compile unless the type argument is `true`. */
function is<_ extends true>(): void {}

let pool: Pool;
before(() => void (pool = createPool({ workers: 2 })));
after(async () => {
  await pool.close();
  await shutdown();
});

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of results) all.push(each);
  return all;
}

describe("lazy results", () => {
  it("begin when they are awaited or iterated, not before", async () => {
    for (const isIterated of [false, true]) {
      const watch: Watch = { read: 0, isClosed: false };
      const results = pool.map(watched(watch, indexes(10)), square);
      const iterator = isIterated ? results[Symbol.asyncIterator]() : undefined;
      await turns(20);
      assert.equal(watch.read, 0);
      assert.equal(results.failure, undefined);
      if (iterator === undefined) assert.deepEqual(await settles(results), indexes(10).map(square));
      else assert.equal((await settles(iterator.next())).value, 0);
      await iterator?.return?.();
    }
    const watch: Watch = { read: 0, isClosed: false };
    const unused = pool.map(watched(watch, endless()), square)[Symbol.asyncIterator]();
    assert.equal((await settles(unused.return!())).done, true);
    assert.equal((await settles(unused.next())).done, true);
    assert.equal(watch.read, 0);
  });

  it("while the other verbs begin at once", async () => {
    const watch: Watch = { read: 0, isClosed: false };
    const all = [
      pool.forEach(watched(watch, indexes(5)), square),
      pool.find(watched(watch, indexes(5)), (x) => x > 9),
      pool.reduce(watched(watch, indexes(5)), (a: number, b: number) => a + b, 0),
    ];
    await Promise.resolve();
    assert.ok(watch.read >= 3);
    assert.deepEqual(await settles(Promise.all(all)), [undefined, undefined, 10]);
  });

  it("can be awaited or iterated once", async () => {
    const uses: ((results: CollectionResults<number>) => unknown)[] = [
      (results) => results.then((all) => all),
      (results) => collect(results),
      (results) => collect(results.entries()),
    ];
    for (const [i, first] of uses.entries()) {
      for (const [k, second] of uses.entries()) {
        if (i === 0 && k === 0) continue; // awaited twice it may give the same array
        const results = pool.map(10, square);
        await first(results);
        const error = await failure((async () => await second(results))());
        assert.ok(error instanceof TypeError, `${i} ${k}: ${error}`);
        assert.match(error.message, /once/);
      }
    }
    const results = pool.map(10, square);
    const iterator = results[Symbol.asyncIterator]();
    assert.ok(thrown(() => results[Symbol.asyncIterator]()) instanceof TypeError);
    assert.ok(await failure(results.then()) instanceof TypeError);
    assert.deepEqual(await settles(collect(iterator)), indexes(10).map(square), "the first use is whole");
  });

  it("give entries, whose indexes are those of the items", async () => {
    const kept = await settles(collect(pool.filter(indexes(100), (x) => x % 30 === 5).entries()));
    assert.deepEqual(kept, [[5, 5], [35, 35], [65, 65], [95, 95]]);
    const flat = pool.map(["", "ab", "c"], function* (text: string) {
      yield* text;
    });
    assert.deepEqual(await settles(collect(flat.entries())), [[1, "a"], [1, "b"], [2, "c"]]);
    const unordered = await settles(collect(pool.map(50, square, { ordered: false }).entries()));
    assert.deepEqual(unordered.sort((a, b) => a[0] - b[0]), indexes(50).map((i) => [i, i * i]));
  });

  it("answer concurrent next() calls in their order, past the end and at a failure", async () => {
    const iterator = pool.map(5, square)[Symbol.asyncIterator]();
    const all = await settles(Promise.all(Array.from({ length: 8 }, () => iterator.next())));
    assert.deepEqual(all.map(({ done, value }) => done ? "end" : value), [0, 1, 4, 9, 16, "end", "end", "end"]);
    const fail = (x: number): number => {
      if (x === 2) throw new RangeError("no 2");
      return x;
    };
    const failing = pool.map(5, fail, { chunk: 1 })[Symbol.asyncIterator]();
    const outcomes = await settles(Promise.allSettled(Array.from({ length: 6 }, () => failing.next())));
    const rejected = outcomes.filter(({ status }) => status === "rejected");
    assert.equal(rejected.length, 1, "one hears of it");
    assert.equal((await settles(failing.next())).done, true);
    const left = pool.map(endless(), square)[Symbol.asyncIterator]();
    const waiting = [left.next(), left.next(), left.next()];
    await settles(left.return!());
    await settles(Promise.all(waiting));
    assert.equal((await settles(left.next())).done, true);
  });

  it("take their results in place", async () => {
    for (let call = 0; call < 3; call++) {
      const into = sharedArray(Float64Array, 1003);
      const results = await settles(pool.map(1000, square, { into }).then((all) => all));
      assert.deepEqual([...into], [...indexes(1000).map(square), 0, 0, 0]);
      assert.equal(results as unknown, into);
      const from = sharedArray(Int32Array, indexes(5000));
      const twice = sharedArray(Int32Array, 5000);
      await settles(pool.map(from, (x: number) => x * 2, { into: twice, chunk: 7, ordered: false }));
      assert.deepEqual([...twice], indexes(5000).map((i) => i * 2));
    }
  });

  it("tell how far they are", async () => {
    for (const ordered of [true, false]) {
      const seen: Progress[] = [];
      const fail = (x: number): number => {
        if (x % 10 === 0) throw new RangeError("no");
        return x;
      };
      await settles(
        pool.map(indexes(200), fail, { progress: (now) => void seen.push(now), errors: "settle", ordered }),
      );
      const last = seen.at(-1)!;
      assert.deepEqual([last.done, last.total, last.failed], [200, 200, 20]);
      assert.ok(seen.every((now, i) => i === 0 || now.done >= seen[i - 1]!.done));
    }
    const seen: Progress[] = [];
    await settles(
      pool.forEach(watched({ read: 0, isClosed: false }, indexes(50)), square, {
        progress: (now) => void seen.push(now),
      }),
    );
    assert.equal(seen.at(-1)!.done, 50);
  });

  it("come from the default pool, too", async () => {
    assert.deepEqual(await settles(map(5, square).then((all) => all)), [0, 1, 4, 9, 16]);
    assert.deepEqual(await settles(filter([1, 2, 3], (x) => x !== 2).then((all) => all)), [1, 3]);
  });

  it("have the types that the function implies", async () => {
    const numbers = pool.map(["a"], (text) => text.length);
    is<Same<typeof numbers, CollectionResults<number>>>();
    is<Same<typeof numbers.failure, CollectionFailure | undefined>>();
    const awaited = await numbers;
    is<Same<typeof awaited, number[]>>();
    const later = pool.map(new Set([1]), (x, i) => Promise.resolve(`${x}${i}`));
    is<Same<typeof later, CollectionResults<string>>>();
    const flat = pool.map(3, function* (i) {
      yield { i };
    });
    is<Same<typeof flat, CollectionResults<{ i: number }>>>();
    const flatLater = pool.map(Float64Array.of(1), async function* (x) {
      yield x > 1;
    });
    is<Same<typeof flatLater, CollectionResults<boolean>>>();
    const settled = pool.map([1], (x) => x, { errors: "settle" });
    is<Same<typeof settled, CollectionResults<SettledItem<number>>>>();
    const kept = pool.filter([{ a: 1 }], ({ a }) => a);
    is<Same<typeof kept, CollectionResults<{ a: number }>>>();
    const found = pool.find(["a"], (x) => x === "b");
    is<Same<typeof found, Promise<string | undefined>>>();
    const total = pool.reduce(["a"], {
      initial: () => 0,
      step: (n, text) => n + text.length,
      combine: (a, b) => a + b,
    });
    is<Same<typeof total, Promise<number>>>();
    const sorted = pool.sort(new Float64Array(2));
    is<Same<typeof sorted, Promise<Float64Array<ArrayBuffer>>>>();
    const stream = pool.stream(function* (n: number) {
      yield `${n}`;
    }, 3);
    is<Same<typeof stream, AsyncIterableIterator<string>>>();
    assert.equal(await settles(found), undefined);
    assert.deepEqual([await settles(total), await settles(sorted)], [1, new Float64Array(2)]);
    const misuse = (): void => {
      // @ts-expect-error items are strings
      pool.map(["a"], (x: number) => x);
      // @ts-expect-error lines are text
      pool.map(lines("x"), (x: number) => x);
      // @ts-expect-error no such option
      pool.map([1], square, { chunks: 1 });
      // @ts-expect-error no such way with errors
      pool.map([1], square, { errors: "ignore" });
      // @ts-expect-error an argument is missing
      pool.stream((n: number) => [n]);
    };
    assert.equal(typeof misuse, "function");
  });
});
