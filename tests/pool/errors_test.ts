import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, type Pool, Task, type TaskBatch } from "../../mod.ts";
import { hold } from "../fixtures/latch.ts";
import * as values from "../fixtures/values.ts";
import { failure, fixture, flags, settles, type Thrown, thrown } from "./_support.ts";

const modules = [fixture("latch"), fixture("values")];

describe("an error thrown by a task", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 1, modules });
  });
  after(() => pool.close());

  it("keeps a built-in class and its message", async () => {
    const kinds = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];
    for (const kind of kinds) {
      const error = await failure(pool.run(values.throwValue, new kind(`a ${kind.name}`)));
      assert.equal(error.constructor, kind);
      assert.equal(error.name, kind.name);
      assert.equal(error.message, `a ${kind.name}`);
    }
  });

  it("keeps its own properties", async () => {
    const error = await failure(pool.run(values.throwError, "properties"));
    assert.ok(error instanceof SyntaxError);
    assert.equal((error as Thrown).code, "E_OWN");
    assert.deepEqual((error as Thrown).details, { list: [1, new Map([[1, 2]])] });
  });

  it("has a stack that does not carry the worker's own source", async () => {
    const error = await failure(pool.run(() => {
      throw new Error("outer", { cause: new Error("inner") });
    }));
    assert.match(error.stack ?? "", /multicore-function\.js/);
    const lengths = [error, error.cause as Error].map(({ stack = "" }) => stack.length);
    assert.ok(lengths.every((length) => length < 4000), `${lengths} characters`);
  });

  it("keeps its chain of causes", async () => {
    const error = await failure(pool.run(values.throwError, "cause"));
    assert.ok(error instanceof TypeError);
    assert.ok(error.cause instanceof RangeError);
    assert.equal(error.cause.message, "inner");
    assert.equal(error.cause.cause, "innermost");
  });

  it("keeps the errors of an AggregateError", async () => {
    const error = await failure(pool.run(values.throwError, "aggregate"));
    assert.ok(error instanceof AggregateError);
    assert.equal(error.message, "both");
    assert.ok(error.errors[0] instanceof TypeError);
    assert.deepEqual(error.errors.map((each) => each.message), ["one", "two"]);
  });

  it("keeps a registered class", async () => {
    const error = await failure(pool.run(values.throwError, "registered"));
    assert.ok(error instanceof values.ShopError);
    assert.deepEqual([error.name, error.message, error.item], ["ShopError", "sold out", "bread"]);
  });

  it("of a class that the caller does not know is of the nearest built-in one, with its name", async () => {
    const error = await failure(pool.run(values.throwError, "local"));
    assert.equal(Object.getPrototypeOf(error), RangeError.prototype);
    assert.deepEqual([error.name, error.message, error.code], ["LocalError", "only here", "E_LOCAL"]);
  });

  it("may be a DOMException", async () => {
    const error = await failure(pool.run(values.throwError, "dom"));
    assert.ok(error instanceof DOMException);
    assert.deepEqual([error.name, error.message, error.code], ["InvalidStateError", "not now", 11]);
  });

  it("may be no error at all", async () => {
    for (const value of ["text", 0, null, undefined, false, { a: [1] }, 5n, NaN]) {
      assert.deepEqual(await failure(pool.run(values.throwValue, value)), value);
    }
  });

  it("may be an object with a stack, which stays as it is", async () => {
    const value = { stack: "mine", k: 1 };
    async function caller(): Promise<void> {
      await pool.run(values.throwValue, value);
    }
    assert.deepEqual(await failure(caller()), value);
    assert.deepEqual(thrown(() => pool.runSync(values.throwValue, value)), value);
  });

  it("gets the caller's frames whatever its class, a DOMException too", async () => {
    async function callerOfDOM(): Promise<void> {
      await pool.run(values.throwError, "dom");
    }
    const { stack } = await failure(callerOfDOM());
    if (stack !== undefined) assert.match(stack, /callerOfDOM/); // Bun's have none
  });

  it("that is frozen arrives whole", async () => {
    const error = await failure(pool.run(() => {
      throw Object.freeze(Object.assign(new RangeError("frozen", { cause: 5 }), { code: "ICE" }));
    }));
    assert.ok(error instanceof RangeError);
    assert.deepEqual([error.message, error.cause, (error as Thrown).code], ["frozen", 5, "ICE"]);
    const sync = thrown(() =>
      pool.runSync(() => {
        throw Object.freeze(new TypeError("frozen"));
      })
    );
    assert.ok(sync instanceof TypeError);
    assert.equal(sync.message, "frozen");
  });

  it("that cannot cross still rejects, and the pool works on", async () => {
    const error = await failure(pool.run(() => {
      throw () => 1;
    }));
    assert.ok(error instanceof Error);
    const odd = await failure(pool.run(() => {
      throw Object.assign(new RangeError("with a function"), { callback: () => 1 });
    }));
    assert.ok(odd instanceof Error);
    assert.match(String(odd.message) + String((odd.cause as Error | undefined)?.message), /with a function|callback/);
    assert.equal(await settles(pool.run(values.lengthOf, "abc")), 3);
  });

  it("is the same from an async function", async () => {
    const error = await failure(pool.run(async () => {
      await null;
      throw Object.assign(new TypeError("later"), { code: 5 });
    }));
    assert.ok(error instanceof TypeError);
    assert.deepEqual([error.message, (error as Thrown).code], ["later", 5]);
  });
});

describe("the stack of an error from a task", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 1, modules });
  });
  after(() => pool.close());

  /** The worker's frames stand first, then those of the caller, each once. */
  function assertStack(error: Error, caller: string): void {
    const stack = String(error.stack);
    const places = ["innerThrower", "outerThrower", caller].map((name) => stack.indexOf(name));
    assert.ok(places.every((place) => place >= 0), `a frame is missing in: ${stack}`);
    assert.deepEqual(places, [...places].sort((a, b) => a - b), stack);
    assert.match(stack, /values\.ts/);
    assert.match(stack, /errors_test\.ts/);
    assert.match(stack, /deep down/);
  }

  it("has the worker's frames, then the caller's: await run()", async () => {
    async function callerOfRun(): Promise<void> {
      await pool.run(values.outerThrower);
    }
    assertStack(await failure(callerOfRun()), "callerOfRun");
  });

  it("has the worker's frames, then the caller's: await Task.get()", async () => {
    async function callerOfGet(): Promise<void> {
      await new Task<void>({ pool }).run(values.outerThrower).get();
    }
    assertStack(await failure(callerOfGet()), "callerOfGet");
  });

  it("has the worker's frames, then the caller's: each reason of Task.settled()", async () => {
    async function callerOfSettled(): Promise<PromiseSettledResult<void>[]> {
      await null;
      const task = new Task<void>({ pool }).run(values.outerThrower).run(() => {}).run(values.outerThrower);
      return await task.settled();
    }
    async function awaitsIt(): Promise<PromiseSettledResult<void>[]> {
      return await callerOfSettled();
    }
    const outcomes = await settles(awaitsIt());
    assert.deepEqual(outcomes.map(({ status }) => status), ["rejected", "fulfilled", "rejected"]);
    for (const i of [0, 2]) {
      const { reason } = outcomes[i] as PromiseRejectedResult;
      assertStack(reason, "callerOfSettled");
      assertStack(reason, "awaitsIt");
    }
  });

  // They return arrays as a tail call leaves no frame on JavaScriptCore.
  it("has the caller's frames where no async function awaits: get(), settled(), next()", async () => {
    const start = (): TaskBatch<void> => pool.task<void>().run(values.outerThrower);
    function plainGet(): [Promise<unknown>] {
      return [start().get()];
    }
    assertStack(await failure(plainGet()[0]), "plainGet");
    function plainSettled(): [Promise<PromiseSettledResult<void>[]>] {
      return [start().settled()];
    }
    const [outcome] = await settles(plainSettled()[0]);
    assertStack((outcome as PromiseRejectedResult).reason, "plainSettled");
    function plainNext(): [Promise<unknown>] {
      return [start()[Symbol.asyncIterator]().next()];
    }
    assertStack(await failure(plainNext()[0]), "plainNext");
  });

  it("has the caller's frames: the timeout of get()", async () => {
    const shared = flags();
    function callerOfTimeout(): [Promise<unknown>] {
      return [pool.task<unknown>().run(hold, shared, 0, 1, "never").get({ timeout: 10 })];
    }
    assert.match(String((await failure(callerOfTimeout()[0])).stack), /callerOfTimeout/);
  });

  it("has the worker's frames, then the caller's: for await", async () => {
    async function callerOfIterator(): Promise<void> {
      for await (const each of new Task<void>({ pool }).run(values.outerThrower)) assert.fail(String(each));
    }
    assertStack(await failure(callerOfIterator()), "callerOfIterator");
  });

  it("has the worker's frames, then the caller's: broadcast() and module()", async () => {
    async function callerOfBroadcast(): Promise<void> {
      await pool.broadcast(values.outerThrower);
    }
    assertStack(await failure(callerOfBroadcast()), "callerOfBroadcast");
    async function callerOfModule(): Promise<void> {
      await pool.module<typeof values>(fixture("values")).outerThrower();
    }
    assertStack(await failure(callerOfModule()), "callerOfModule");
  });

  it("has the thrower's frames, then the caller's: runSync() and getSync()", () => {
    function callerOfRunSync(): void {
      pool.runSync(values.outerThrower);
    }
    assertStack(thrown(callerOfRunSync), "callerOfRunSync");
    function callerOfGetSync(): void {
      pool.task<void>().run(values.outerThrower).getSync();
    }
    assertStack(thrown(callerOfGetSync), "callerOfGetSync");
  });
});
