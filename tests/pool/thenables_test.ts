/** What a task returns is awaited as `await` would, and a task has no `this`: in a worker, in the caller, by each way. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type CallOptions, createPool, MulticoreError, type Pool } from "../../mod.ts";
import * as tasks from "../fixtures/thenables.ts";
import { withLoad } from "./_load.ts";
import { failure, fixture, flags, settles, thrown } from "./_support.ts";

const url = fixture("thenables");
const results = {
  later: "row",
  atOnce: "at once",
  twice: "first",
  onceReadable: "read 1",
  nested: "inner",
  lazy: "started",
  callable: "callable",
} as const;
const failures = {
  refused: "refused",
  throwing: "thrown in then",
  unreadable: "thrown by the getter",
} as const;
type Name = keyof typeof results | keyof typeof failures;

/** The ways to call a task. */
type Call = (name: Name | "plain" | "whatIsThis" | "whatIsThisLater") => Promise<unknown>;

function describeWay(way: string, call: Call): void {
  describe(`what a task gives ${way}`, () => {
    for (const [name, value] of Object.entries(results)) {
      it(`is awaited once as by 'await': ${name}`, async () => {
        assert.equal(await settles(call(name as Name)), value);
      });
    }
    for (const [name, message] of Object.entries(failures)) {
      it(`rejects as 'await' would: ${name}`, async () => {
        const error = await failure(call(name as Name));
        assert.equal(error.name, "RangeError");
        assert.equal(error.message, message);
      });
    }
    it("is a value if its 'then' is no function", async () => {
      assert.deepEqual(await settles(call("plain")), { then: 5 });
    });
    it("comes from a function without 'this'", async () => {
      assert.equal(await settles(call("whatIsThis")), "undefined");
      assert.equal(await settles(call("whatIsThisLater")), "undefined");
      assert.equal(await settles(call("whatIsThis")), "undefined", "and so the next time");
    });
  });
}

let bare: Pool;
let loaded: Pool;
const start = (): void => {
  bare = createPool({ workers: 1 });
  loaded = createPool({ workers: 1, modules: [url] });
};
const stop = async (): Promise<void> => {
  await bare.close();
  await loaded.close();
};

describe("thenables and 'this'", () => {
  before(start);
  after(stop);
  describeWay("by source", (name) => bare.run(tasks[name] as () => unknown));
  describeWay("by source, with a timeout", (name) => bare.with({ timeout: 30_000 }).run(tasks[name] as () => unknown));
  describeWay("by reference", (name) => loaded.run(tasks[name] as () => unknown));
  describeWay("by module()", (name) => bare.module<typeof tasks>(url)[name]() as Promise<unknown>);
  describeWay("by broadcast", async (name) => (await bare.broadcast(tasks[name] as () => unknown))[0]);
  describeWay("on a busy machine", (name) => inCaller(name, {}));
  describeWay("on a busy machine, with a timeout", (name) => inCaller(name, { timeout: 30_000 }));

  it("an arrow function sent by its source has no 'this'", async () => {
    // Typed code has no such functions; others have.
    const arrow = (0, eval)("() => typeof this") as () => string;
    assert.equal(await settles(bare.run(arrow)), "undefined");
    const twoLines = (0, eval)("async (x) => {\n  await null; // this\n  return [x, typeof this];\n}");
    assert.deepEqual(await settles(bare.run(twoLines, 1)), [1, "undefined"]);
  });

  it("what a task writes to 'this' reaches no later call", async () => {
    const write = (0, eval)("(function () { 'x'; this.call = () => 'hijacked'; })") as () => void;
    const error = await failure(bare.run(write));
    assert.equal(error.name, "TypeError");
    assert.equal((await failure(bare.run(write))).name, "TypeError");
  });
});

/** Runs a task in the caller. */
async function inCaller(name: keyof typeof tasks, options: CallOptions): Promise<unknown> {
  let result: unknown;
  await withLoad(2, async (pool) => {
    result = await pool.with({ maxLoadAverage: 1, ...options }).run(tasks[name] as () => unknown);
  });
  return result;
}

describe("a blocking call that runs a function in the caller", () => {
  it("refuses a thenable in words, and gives no 'this'", async () => {
    await withLoad(2, (pool) => {
      const runner = pool.with({ maxLoadAverage: 1 });
      for (const name of ["later", "lazy", "refused"] as const) {
        const error = thrown(() => runner.runSync(tasks[name] as () => unknown));
        assert.ok(error instanceof MulticoreError, `got ${error}`);
        assert.match(error.message, /returned a promise/);
      }
      assert.equal(runner.runSync(tasks.whatIsThis as () => string), "undefined");
      return Promise.resolve();
    });
  });

  it("does so where it helps a worker that is busy", async () => {
    const pool = createPool({ workers: 1, modules: [fixture("latch")] });
    const gate = flags();
    try {
      await settles(pool.ready);
      const wait = (gate: Int32Array) => void Atomics.wait(gate, 0, 0);
      const held = pool.run(wait, gate);
      for (const name of ["atOnce", "throwing", "twice"] as const) {
        const error = thrown(() => pool.runSync(tasks[name] as () => unknown));
        assert.ok(error instanceof MulticoreError, `got ${error}`);
        assert.match(error.message, /returned a promise/);
      }
      assert.equal(pool.runSync(tasks.whatIsThis as () => string), "undefined");
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      await settles(held);
    } finally {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      await pool.close();
    }
  });
});

describe("setup and teardown", () => {
  it("have no 'this', and setup may give a thenable", async () => {
    const done = flags();
    const pool = createPool({ workers: 1, modules: [url], setup: tasks.thenableSetup, teardown: tasks.teardown });
    try {
      assert.equal(await settles(pool.run(tasks.setupsThis)), "undefined");
      assert.equal(await settles(pool.run(stateOf)), "row");
      await settles(pool.run(tasks.keepFlags, done));
    } finally {
      await settles(pool.close());
    }
    assert.equal(Atomics.load(done, 0), 1);
  });
});

/** Reads the state as the library keeps it on the global object, since it is sent by its source. */
function stateOf(): unknown {
  return (globalThis as unknown as Record<symbol, { state: unknown }>)[Symbol.for("multicore.worker")]!.state;
}
