import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, initialize, type Pool, registerClass, shutdown, Task } from "../../mod.ts";
import * as basics from "../fixtures/basics.ts";
import { failure, fixture, kind, settles, type Thrown, thrown } from "./_support.ts";

/** Checks class, code, and that the message names the option and what was received. */
function assertMisuse(
  error: Thrown,
  expected: typeof TypeError | typeof RangeError | null,
  name: string,
  value: string,
): void {
  if (expected === null) assert.ok(error instanceof TypeError || error instanceof RangeError, `got ${error}`);
  else assert.equal(error?.constructor, expected, `got ${error}`);
  assert.match(error.code, /^ERR_MULTICORE_[A-Z_]+$/);
  assert.ok(error.message.includes(name), `'${name}' is not named in: ${error.message}`);
  assert.ok(error.message.includes(value), `'${value}' is not shown in: ${error.message}`);
}

/** Option, value, class (null: either), the name in the message if it is another. */
type Case = [option: string, value: unknown, expected: typeof TypeError | typeof RangeError | null, name?: string];

function shown(value: unknown): string {
  return typeof value === "object" || typeof value === "function" ? "" : String(value);
}

const poolCases: Case[] = [
  ["workers", 0, RangeError],
  ["workers", -1, RangeError],
  ["workers", 1.5, RangeError],
  ["workers", NaN, RangeError],
  ["workers", Infinity, RangeError],
  ["workers", "4", TypeError],
  ["workers", null, TypeError],
  ["modules", "./tasks.ts", TypeError],
  ["modules", [42], TypeError],
  ["modules", ["./tasks.ts"], TypeError],
  ["setup", 42, TypeError],
  ["setup", [], TypeError],
  ["setup", ["open"], TypeError],
  ["teardown", "close", TypeError],
  ["tasksPerWorker", 0, RangeError],
  ["tasksPerWorker", 2.5, RangeError],
  ["tasksPerWorker", "1", TypeError],
  ["maxQueue", -1, RangeError],
  ["maxQueue", NaN, RangeError],
  ["maxQueue", "10", TypeError],
  ["maxTasksPerWorker", 0, RangeError],
  ["maxTasksPerWorker", "9", TypeError],
  ["maxWorkerBytes", -1, RangeError],
  ["maxWorkerBytes", "1 MB", TypeError],
  ["abortGrace", -1, RangeError],
  ["abortGrace", NaN, RangeError],
  ["abortGrace", "200", TypeError],
  ["memory", 65536, TypeError],
  ["memory", { initialBytes: -1 }, RangeError, "initialBytes"],
  ["memory", { maxBytes: "1" }, TypeError, "maxBytes"],
  ["memory", { size: 1 }, TypeError, "size"],
  ["memory", { initialBytes: 2 ** 20, maxBytes: 2 ** 16 }, RangeError, "Bytes"],
  ["worker", 5, TypeError],
  ["resourceLimits", 64, TypeError],
  ["env", "A=1", TypeError],
  ["env", { A: 1 }, TypeError],
  ["name", 5, TypeError],
  ["signal", {}, TypeError],
  ["wokers", 2, TypeError],
  ["timeout", 5, TypeError],
];

/** Heap limits with which V8 aborts the process, or which mean nothing. */
const fatalLimits = {
  maxOldGenerationSizeMb: [0, 1, 3.9, -1, NaN],
  maxYoungGenerationSizeMb: [0, -1],
  codeRangeSizeMb: [0, 2049, 1e9],
  stackSizeMb: [0, 0.2, 1025, 1e300],
};

const callCases: Case[] = [
  ["signal", {}, TypeError],
  ["timeout", -1, RangeError],
  ["timeout", NaN, RangeError],
  ["timeout", "5", TypeError],
  ["priority", "high", TypeError],
  ["priority", NaN, RangeError],
  ["serialization", "xml", null],
  ["serialization", { args: "xml" }, null],
  ["serialization", { arguments: "json" }, null],
  ["maxLoadAverage", -1, RangeError],
  ["maxLoadAverage", NaN, RangeError],
  ["maxLoadAverage", "1", TypeError],
  ["whenBusy", "later", null],
  ["whenBusy", 1, TypeError],
  ["retries", -1, RangeError],
  ["retries", { times: -1 }, RangeError],
  ["retries", { times: "1" }, TypeError],
  ["retries", { delay: 1 }, TypeError],
  ["retries", { times: 1, when: true }, TypeError],
  ["retries", { times: 1, delay: -1 }, RangeError],
  ["retries", { times: 1, delay: "1" }, TypeError],
  ["retries", { times: 1, delay: 2 ** 31 }, RangeError],
  ["retries", null, TypeError],
  ["retries", 1.5, RangeError],
  ["retries", "1", TypeError],
  ["time", 5, TypeError],
  ["workers", 2, TypeError],
];

function label([option, value]: Case): string {
  return `{ ${option}: ${typeof value === "number" ? value : JSON.stringify(value)} }`;
}

describe("createPool()", () => {
  for (const testCase of poolCases) {
    const [option, value, expected, name = option] = testCase;
    it(`refuses ${label(testCase)}`, async () => {
      let pool: Pool | undefined;
      try {
        const error = thrown(() => pool = createPool({ [option]: value }));
        assertMisuse(error, expected, name, shown(value));
      } finally {
        await pool?.terminate().catch(() => {});
      }
    });
  }

  for (const value of [null, 4, "workers"]) {
    it(`refuses ${JSON.stringify(value)} as options`, async () => {
      let pool: Pool | undefined;
      try {
        assertMisuse(thrown(() => pool = createPool(value as never)), TypeError, "ptions", String(value));
      } finally {
        await pool?.terminate().catch(() => {});
      }
    });
  }

  it("takes undefined for the default", async () => {
    const pool = createPool({ workers: 1, modules: undefined, maxQueue: undefined, setup: undefined, name: undefined });
    try {
      assert.equal(await settles(pool.run((x: number) => x + 1, 1)), 2);
    } finally {
      await pool.close();
    }
  });

  const onNode = { skip: kind !== "node" && "Node only" };
  for (const [name, values] of Object.entries(fatalLimits)) {
    for (const value of values) {
      it(`refuses { resourceLimits: { ${name}: ${value} } }, with which V8 aborts`, onNode, () => {
        const error = thrown(() => createPool({ workers: 1, resourceLimits: { [name]: value } }));
        assertMisuse(error, RangeError, `resourceLimits.${name}`, String(value));
      });
    }
  }

  it("takes the least and the largest resourceLimits without an abort of the process", onNode, async () => {
    const limits = [4, 2 ** 40].map((maxOldGenerationSizeMb) => ({ maxOldGenerationSizeMb }));
    const others = [{ maxYoungGenerationSizeMb: 0.001 }, { codeRangeSizeMb: 1 }, { codeRangeSizeMb: 2048 }];
    for (const resourceLimits of [...limits, ...others, { stackSizeMb: 0.5 }, { stackSizeMb: 1024 }]) {
      const pool = createPool({ workers: 1, resourceLimits });
      const outcome = await settles(pool.run((x: number) => x + 1, 1)).catch((error) => error);
      assert.ok(outcome === 2 || outcome instanceof Error, `${JSON.stringify(resourceLimits)} gave ${outcome}`);
      await settles(pool.terminate());
    }
  });

  it("refuses resourceLimits where the runtime has none, and names the runtime", { skip: kind === "node" }, () => {
    const error = thrown(() => createPool({ workers: 1, resourceLimits: { maxOldGenerationSizeMb: 64 } }));
    assertMisuse(error, TypeError, "resourceLimits", "");
    assert.match(error.message, kind === "deno" ? /deno/i : /bun/i);
  });
});

describe("a path in the place of a URL", () => {
  const paths = ["C:\\app\\tasks.js", "c:/app/tasks.js", "\\\\server\\tasks.js", "/app/tasks.js"];
  for (const path of paths) {
    it(`is refused with what to do: ${path}`, async () => {
      const pool = createPool({ workers: 1 });
      const errors = [
        thrown(() => createPool({ modules: [path] })),
        thrown(() => createPool({ worker: path })),
        thrown(() => pool.module(path)),
      ];
      await settles(pool.terminate());
      for (const error of errors) {
        assertMisuse(error, TypeError, "pathToFileURL(path)", JSON.stringify(path));
      }
    });
  }

  it("is not hinted at where there is none", () => {
    const error = thrown(() => createPool({ modules: ["tasks.js"] }));
    assertMisuse(error, TypeError, "modules[0]", "tasks.js");
    assert.doesNotMatch(error.message, /pathToFileURL/);
  });
});

describe("objects of another realm, as in jsdom", () => {
  it("may be URLs and signals", async () => {
    const href = fixture("basics").href;
    const signal = new EventTarget() as AbortSignal;
    Object.assign(signal, { aborted: false, reason: undefined, throwIfAborted: () => {} });
    const pool = createPool({ workers: 1, modules: [{ href, toString: () => href } as URL], signal });
    try {
      assert.equal(await settles(pool.with({ signal }).run(basics.plusOffset, 1)), 1001);
      assert.equal(await settles(pool.module<typeof basics>({ href } as URL).plusOffset(2)), 1002);
    } finally {
      await settles(pool.close());
    }
  });
});

describe("env", () => {
  it("sets nothing for undefined", async () => {
    const pool = createPool({ workers: 1, env: { GIVEN: "yes", LEFT_OUT: undefined } });
    try {
      const seen = await settles(pool.run(() => {
        const { env } = (globalThis as unknown as { process: { env: Record<string, string> } }).process;
        return [env.GIVEN, "LEFT_OUT" in env, env.LEFT_OUT];
      }));
      assert.deepEqual(seen, ["yes", false, undefined]);
    } finally {
      await settles(pool.close());
    }
  });
});

describe("initialize()", () => {
  it("rejects wrong options and can be called again", async () => {
    assertMisuse(await failure(initialize({ workers: 0 })), RangeError, "workers", "0");
    assertMisuse(await failure(initialize({ wokers: 1 } as never)), TypeError, "wokers", "");
    const pool = await settles(initialize({ workers: 1 }));
    await pool.close();
  });
});

describe("call options", () => {
  let pool: Pool;
  before(() => {
    pool = createPool({ workers: 1 });
  });
  after(() => pool.close());

  for (const testCase of callCases) {
    const [option, value, expected, name = option] = testCase;
    it(`pool.with(), pool.task() and new Task() refuse ${label(testCase)}`, () => {
      const options = { [option]: value };
      assertMisuse(thrown(() => pool.with(options)), expected, name, shown(value));
      assertMisuse(thrown(() => pool.task(options)), expected, name, shown(value));
      assertMisuse(thrown(() => new Task({ pool, ...options })), expected, name, shown(value));
      assertMisuse(thrown(() => Task.create({ pool, ...options })), expected, name, shown(value));
    });
  }

  it("new Task() refuses a pool that is none", () => {
    assertMisuse(thrown(() => new Task({ pool: {} as never })), TypeError, "pool", "");
  });

  it("resize(), close() and get() refuse wrong numbers", async () => {
    for (const [workers, expected] of [[0, RangeError], [1.5, RangeError], ["2", TypeError]] as const) {
      assertMisuse(thrown(() => pool.resize(workers as never)), expected, "workers", String(workers));
    }
    assertMisuse(await failure(pool.close({ timeout: -1 })), RangeError, "timeout", "-1");
    assertMisuse(await failure(pool.task().get({ timeout: -5 })), RangeError, "timeout", "-5");
    assertMisuse(thrown(() => pool.task().getSync({ timeout: "x" as never })), TypeError, "timeout", "x");
    assert.equal(await settles(pool.run((x: number) => x + 1, 1)), 2, "the pool works on");
  });

  it("close(), shutdown(), get() and getSync() refuse unknown options, and the pool works on", async () => {
    const options = { timout: 5 } as never;
    const task = pool.task<number>().run((x: number) => x + 1, 1);
    const errors = [
      await failure(pool.close(options)),
      await failure(shutdown(options)),
      await failure(task.get(options)),
      thrown(() => task.getSync(options)),
    ];
    for (const error of errors) {
      assertMisuse(error, TypeError, "timout", "5");
      assert.equal(error.code, "ERR_MULTICORE_UNKNOWN_OPTION");
    }
    for (const value of [null, 5]) {
      assertMisuse(await failure(pool.close(value as never)), TypeError, "Options must be an object", String(value));
    }
    assert.deepEqual(await settles(task.get({ timeout: 1e12 })), [2], "its results were not taken");
  });

  it("registerClass() refuses unknown options", () => {
    class Point {}
    const error = thrown(() => registerClass(Point, { nam: "Point" } as never));
    assertMisuse(error, TypeError, "nam", "");
    assert.equal(error.code, "ERR_MULTICORE_UNKNOWN_OPTION");
  });
});
