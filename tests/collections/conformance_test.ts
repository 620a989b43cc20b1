/** How collections read, run and end: what is easily got wrong. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, type Pool } from "../../mod.ts";
import * as collected from "../fixtures/collected.ts";
import { fixture, flags, raise, settles, until } from "../pool/_support.ts";
import { barrier, endless, endlessJobs, indexes, jobs, steady, type Watch, watched, watchedLater } from "./_support.ts";

const square = (x: number): number => x * x;
const timeout = 120_000;

let pool: Pool;
before(() => void (pool = createPool({ workers: 2, modules: [fixture("collected"), fixture("latch")] })));
after(() => pool.close());

describe("concurrency", { timeout }, () => {
  for (const concurrency of [1, 2, 3]) {
    it(`${concurrency} is never exceeded, whatever the source, in order or not`, { timeout }, async () => {
      for (const fn of [collected.tickLater, collected.tickSlowly]) {
        for (const ordered of [true, false]) {
          for (const chunk of [undefined, 1, 4]) {
            for (const isAsync of [false, true]) {
              const mine = flags();
              const items = jobs(mine, 40);
              const source = isAsync ? watchedLater({ read: 0, isClosed: false }, items) : items;
              const options = { concurrency, ordered, ...(chunk === undefined ? {} : { chunk }) };
              const results = await settles(pool.map(source, fn as (job: collected.Job) => Promise<number>, options));
              assert.equal(results.length, 40);
              assert.equal(mine[3], 40);
              assert.ok(mine[1]! <= concurrency, `${mine[1]} at once, ${JSON.stringify({ ordered, chunk, isAsync })}`);
            }
          }
        }
      }
    });
  }
});

describe("a source", { timeout }, () => {
  it("is read while items are mapped, and results come before it gives more", { timeout }, async () => {
    for (const ordered of [true, false]) {
      let seen = 0;
      const source = async function* () {
        for (let i = 0; i < 20; i++) {
          yield i;
          await until(() => seen > i, `result ${i} has come`);
        }
      };
      for await (const x of pool.map(source(), square, { ordered })) {
        assert.equal(x, seen ** 2);
        seen++;
      }
      assert.equal(seen, 20);
    }
  });

  it("is read no further ahead than `buffer` from the last item that was consumed", { timeout }, async () => {
    for (const buffer of [1, 3, 10, 100]) {
      for (const ordered of [true, false]) {
        for (const open of [watched, watchedLater]) {
          const watch: Watch = { read: 0, isClosed: false };
          let taken = 0;
          for await (const _ of pool.map(open(watch, endless()), square, { buffer, ordered })) {
            taken++;
            assert.ok(watch.read <= taken + buffer, `${watch.read} read, ${taken} taken, buffer ${buffer}`);
            if (taken === 5 || taken === 40) {
              await steady(pool, () => watch.read);
              assert.ok(watch.read <= taken + buffer, `${watch.read} read, ${taken} taken, buffer ${buffer}, at rest`);
            }
            if (taken === 60) break;
          }
          assert.ok(open === watchedLater || watch.isClosed);
        }
      }
    }
  });

  it("is read on where nothing is kept or yielded, however small the buffer", { timeout }, async () => {
    for (let call = 0; call < 3; call++) {
      const seen: number[] = [];
      const large = pool.filter(watched({ read: 0, isClosed: false }, indexes(500)), (x) => x === 499, { buffer: 2 });
      for await (const x of large) seen.push(x);
      const none = function* (x: number): Generator<number> {
        if (x === 499) yield x;
      };
      for await (const x of pool.map(indexes(500).values(), none, { buffer: 2 })) seen.push(x);
      assert.deepEqual(seen, [499, 499]);
    }
  });

  it("with a buffer of 1 comes to its end with every verb", { timeout }, async () => {
    const options = { buffer: 1 };
    const source = (): Generator<number> => watched({ read: 0, isClosed: false }, indexes(300));
    for (let call = 0; call < 2; call++) {
      assert.deepEqual(await settles(pool.map(source(), square, options)), indexes(300).map(square));
      assert.deepEqual(
        (await pool.filter(source(), (x) => x % 2 === 0, options)).length,
        150,
      );
      await settles(pool.forEach(source(), square, options));
      assert.equal(await settles(pool.reduce(source(), (a: number, b: number) => a + b, 0, options)), 44850);
      assert.equal(await settles(pool.find(source(), (x) => x === 299, options)), 299);
      assert.equal(await settles(pool.some(source(), (x) => x === 300, options)), false);
      assert.equal(await settles(pool.every(source(), (x) => x < 300, options)), true);
    }
  });

  it("is read by a bounded number of items where the consumer stops reading", { timeout }, async () => {
    for (const isAsync of [false, true]) {
      const watch: Watch = { read: 0, isClosed: false };
      const source = isAsync ? watchedLater(watch, endless()) : watched(watch, endless());
      const iterator = pool.map(source, square)[Symbol.asyncIterator]();
      for (let i = 0; i < 3; i++) assert.equal((await settles(iterator.next())).value, i * i);
      const read = await settles(steady(pool, () => watch.read), "the source");
      assert.ok(read < 2_000_000, `${read} items were read`);
      await settles(iterator.return!());
      await until(() => watch.isClosed, "the source has ended");
    }
  });

  it("of many items goes through a small buffer", { timeout }, async () => {
    let [sum, count] = [0, 0];
    const many = function* () {
      for (let i = 0; i < 200_000; i++) yield i;
    };
    for await (const x of pool.map(many(), (x) => x + 1, { buffer: 1000 })) {
      sum += x;
      count++;
    }
    assert.deepEqual([count, sum], [200_000, (200_000 * 200_001) / 2]);
  });

  it("may be infinite where the consumer or the verb ends it", { timeout }, async () => {
    const seen: number[] = [];
    for await (const x of pool.map(endless(), square)) if (seen.push(x) === 100) break;
    assert.deepEqual(seen, indexes(100).map(square));
    const watch: Watch = { read: 0, isClosed: false };
    assert.equal(await settles(pool.find(watched(watch, endless()), (x) => x > 4321)), 4322);
    assert.ok(watch.isClosed);
    assert.equal(await settles(pool.some(watchedLater(watch, endless()), (x) => x > 43)), true);
    assert.equal(await settles(pool.every(watched(watch, endless()), (x) => x < 4321)), false);
  });

  it("may be a ReadableStream, which is cancelled at a break", { timeout }, async () => {
    let cancelled: unknown = "never";
    let next = 0;
    const stream = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(next++),
      cancel: (reason) => void (cancelled = reason),
    });
    for await (const x of pool.map(stream, square)) if (x > 50) break;
    assert.notEqual(cancelled, "never");
    const short = new ReadableStream<number>({
      start(controller) {
        for (let i = 0; i < 5; i++) controller.enqueue(i);
        controller.close();
      },
    });
    assert.deepEqual(await settles(pool.map(short, square)), [0, 1, 4, 9, 16]);
  });
});

describe("break", { timeout }, () => {
  it("ends the source, awaits its return(), and nothing begins after", { timeout }, async () => {
    for (const ordered of [true, false]) {
      for (const chunk of [undefined, 1, 7]) {
        const mine = flags();
        const watch: Watch = { read: 0, isClosed: false };
        const source = watched(watch, endlessJobs(mine));
        const options = { ordered, ...(chunk === undefined ? {} : { chunk }) };
        let taken = 0;
        for await (const _ of pool.map(source, collected.tick, options)) if (++taken === 10) break;
        assert.ok(watch.isClosed, "return() was awaited");
        const { read } = watch;
        await barrier(pool);
        const begun = mine[2];
        await barrier(pool);
        assert.deepEqual([watch.read, mine[2]], [read, begun]);
      }
    }
  });

  it("ends running chunks at their next item, and drops those that wait", { timeout }, async () => {
    const mine = flags();
    mine[6] = 500; // from there on items wait
    const iterator = pool.map(jobs(mine, 20_000), collected.holdFrom, { chunk: 500 })[Symbol.asyncIterator]();
    assert.equal((await settles(iterator.next())).value, 0);
    await until(() => mine[0]! > 0 && mine[2]! > 500, "a chunk holds");
    const ended = iterator.return!();
    raise(mine, 4);
    await settles(ended, "return()");
    await barrier(pool);
    assert.ok(mine[2]! <= 500 + 4, `${mine[2]} items began`);
    assert.equal(mine[0], 0);
  });

  it("does not wait for a source whose next() never settles", { timeout }, async () => {
    let returns = 0;
    let given = 0;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => given < 3 ? Promise.resolve({ done: false, value: given++ }) : new Promise(() => {}),
        return: () => Promise.resolve({ done: true, value: void returns++ }),
      }),
    };
    const run = async (): Promise<number> => {
      let taken = 0;
      for await (const _ of pool.map(source, square)) if (++taken === 3) break;
      return taken;
    };
    assert.equal(await settles(run(), "the loop"), 3);
    assert.equal(returns, 1);
  });
});
