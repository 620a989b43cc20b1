/** What a collection fails with: each failure is its own. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createPool, type Pool, TaskTimeoutError } from "../../mod.ts";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import * as collected from "../fixtures/collected.ts";
import { failure, fixture, flags, raise, settles, type Thrown, until } from "../pool/_support.ts";
import { barrier, endless, endlessJobs, indexes, jobs, type Watch, watched, watchedLater } from "./_support.ts";

const square = (x: number): number => x * x;
const timeout = 120_000;

let pool: Pool;
before(() => void (pool = createPool({ workers: 2, modules: [fixture("collected"), fixture("latch")] })));
after(() => pool.close());

/** What a loop over results fails with. */
function loopFailure(results: AsyncIterable<unknown>, seen: unknown[] = []): Promise<Thrown> {
  return failure((async () => {
    for await (const x of results) seen.push(x);
  })());
}

describe("the function's error", { timeout }, () => {
  it("comes with class, code, cause, stacks, index and item", { timeout }, async () => {
    for (const isIterated of [false, true]) {
      for (const source of [(f: Thrown) => jobs(f, 1000), (f: Thrown) => endlessJobs(f)]) {
        const mine = flags();
        const results = pool.map(source(mine), collected.failAt500);
        const error = await (isIterated ? loopFailure(results) : failure(results.then()));
        assert.ok(error instanceof RangeError);
        assert.deepEqual([error.message, (error as Thrown).code], ["no 500", "E_500"]);
        assert.ok(error.cause instanceof TypeError);
        assert.match(error.stack!, /collected\.ts/, "the function's frames");
        assert.match(error.stack!, /failures_test\.ts/, "the caller's frames");
        assert.equal(results.failure!.index, 500);
        assert.equal((results.failure!.item as collected.Job).id, 500);
        assert.equal(results.failure!.error, error);
      }
    }
  });

  it("ends reading, and the source's return() is awaited before it comes", { timeout }, async () => {
    const watch: Watch = { read: 0, isClosed: false };
    const mine = flags();
    const error = await failure(pool.map(watched(watch, endlessJobs(mine)), collected.failAt500).then());
    assert.equal(error.message, "no 500");
    assert.ok(watch.isClosed);
    const { read } = watch;
    await barrier(pool);
    const begun = mine[2];
    await barrier(pool);
    assert.deepEqual([watch.read, mine[2]], [read, begun]);
  });

  it("comes from every verb", { timeout }, async () => {
    const fail = (x: number): number => {
      if (x === 77) throw new RangeError("no 77");
      return 0;
    };
    const failElseTrue = (x: number): boolean => {
      if (x === 77) throw new RangeError("no 77");
      return true;
    };
    const one = {
      initial: () => 0,
      step: (_: number, x: number) => {
        if (x === 77) throw new RangeError("no 77");
        return 1;
      },
      combine: (a: number, b: number) => a + b,
    };
    for (let call = 0; call < 3; call++) {
      const all: (() => PromiseLike<unknown>)[] = [
        () => pool.map(200, fail),
        () => pool.filter(200, fail),
        () => pool.forEach(200, fail),
        () => pool.find(200, fail),
        () => pool.some(200, fail),
        () => pool.every(200, failElseTrue),
        () => pool.reduce(200, one),
      ];
      for (const each of all) {
        const error = await failure(Promise.resolve(each()));
        assert.ok(error instanceof RangeError);
        assert.equal(error.message, "no 77");
      }
    }
  });
});

describe("an error of the source", { timeout }, () => {
  it("at any item is what the results fail with", { timeout }, async () => {
    for (const n of [0, 1, 5, 100, 5000]) {
      const mine = new RangeError(`source broke at ${n}`);
      const sync = function* () {
        yield* indexes(n);
        throw mine;
      };
      const later = async function* () {
        yield* sync();
      };
      for (const source of [sync, later]) {
        const results = pool.map(source(), square);
        assert.equal(await failure(results.then()), mine);
        assert.equal(results.failure!.error, mine);
        assert.equal(results.failure!.index, undefined);
        const seen: number[] = [];
        assert.equal(await loopFailure(pool.map(source(), square), seen), mine);
        assert.deepEqual(seen, indexes(seen.length).map(square));
        assert.equal(await failure(pool.forEach(source(), square)), mine);
        assert.equal(await failure(pool.reduce(source(), (a, b) => a + b, 0)), mine);
        assert.equal(await failure(pool.find(source(), (x) => x < 0)), mine);
      }
    }
  });

  it("that yields promises is that of the promise, and what they resolve to are the items", { timeout }, async () => {
    const promises = function* (n: number) {
      for (let i = 0; i < n; i++) {
        yield i % 2 === 0 ? i : new Promise<number>((resolve) => setTimeout(() => resolve(i), 0));
      }
    };
    assert.deepEqual(await settles(pool.map(promises(50), square)), indexes(50).map(square));
    const mine = new RangeError("a promise of the source");
    const failing = function* () {
      yield 1;
      yield Promise.reject(mine);
      yield 2;
    };
    assert.equal(await failure(pool.map(failing(), square).then()), mine);
  });

  it("may come from its opening and from next() itself", { timeout }, async () => {
    const mine = new RangeError("cannot open");
    const throwing = (): never => {
      throw mine;
    };
    assert.equal(
      await failure((async () => await pool.map({ [Symbol.iterator]: throwing } as Iterable<number>, square))()),
      mine,
    );
    assert.equal(
      await failure(
        (async () => await pool.map({ [Symbol.asyncIterator]: throwing } as AsyncIterable<number>, square))(),
      ),
      mine,
    );
    const next = { [Symbol.asyncIterator]: () => ({ next: throwing }) } as AsyncIterable<number>;
    assert.equal(await failure((async () => await pool.map(next, square))()), mine);
  });

  it(
    "in its return() is what a break throws; the function's, or the consumer's, own error goes before",
    { timeout },
    async () => {
      const mine = new RangeError("return() broke");
      const source = function* () {
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
      const consumer = new TypeError("the consumer's");
      const thrown = async (): Promise<void> => {
        for await (const _ of pool.map(source(), square)) throw consumer;
      };
      assert.equal(await failure(thrown()), consumer);
      const failing = (x: number): number => {
        if (x === 50) throw new SyntaxError("the function's");
        return x;
      };
      assert.equal((await failure(pool.map(source(), failing).then())).message, "the function's");
    },
  );
});

describe("an abort", { timeout }, () => {
  it("is heeded while the last items run", { timeout }, async () => {
    for (const ordered of [true, false]) {
      const mine = flags();
      mine[6] = 3;
      const controller = new AbortController();
      const results = pool.map(jobs(mine, 4), collected.holdFrom, { signal: controller.signal, ordered, chunk: 1 });
      const failed = failure(results.then());
      await until(() => mine[2] === 4, "the last item runs");
      const reason = new TypeError("enough");
      controller.abort(reason);
      assert.equal(await failed, reason);
      raise(mine, 4);
      await barrier(pool);
    }
  });

  it("before the beginning leaves the source alone", { timeout }, async () => {
    const reason = new TypeError("too late");
    const signal = AbortSignal.abort(reason);
    for (const open of [watched, watchedLater]) {
      const watch: Watch = { read: 0, isClosed: false };
      assert.equal(await failure(pool.map(open(watch, endless()), square, { signal }).then()), reason);
      assert.equal(await failure(pool.forEach(open(watch, endless()), square, { signal })), reason);
      assert.equal(await loopFailure(pool.map(open(watch, endless()), square, { signal })), reason);
      assert.equal(watch.read, 0);
    }
    assert.equal(await failure(pool.map(10, square, { signal }).then()), reason);
  });

  it("goes before the error with which the source answers it", { timeout }, async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(new RangeError("source")))),
      }),
    };
    const failed = failure(pool.map(source, square, { signal }).then());
    const reason = new TypeError("enough");
    controller.abort(reason);
    assert.equal(await failed, reason);
  });
});

describe("a timeout", { timeout }, () => {
  it("holds in order and not", { timeout }, async () => {
    for (const ordered of [true, false]) {
      const options = { ordered, timeout: 100 };
      const error = await failure(pool.map(indexes(10), collected.neverAt3, options).then());
      assert.ok(error instanceof TaskTimeoutError, String(error));
      assert.ok(await loopFailure(pool.map(indexes(10), collected.neverAt3, options)) instanceof TaskTimeoutError);
    }
  });
});

describe("failures in a program", { timeout }, () => {
  it("leave no rejection that nobody handles", { timeout }, async () => {
    const [command, ...rest] = programCommand(thisRuntime(), fileURLToPath(fixture("programs/failing_collections")));
    const output = await new Promise<string>((resolve) => {
      const child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => text += part);
      child.on("close", (code) => resolve(`${text.trim()} ${code}`));
    });
    assert.equal(output, "all handled 0");
  });
});
