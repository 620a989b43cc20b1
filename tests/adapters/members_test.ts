/** The members of the contract that need no pool: the same for every runtime. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { bunAdapter } from "../../adapters/runtime/bun.ts";
import { denoAdapter } from "../../adapters/runtime/deno.ts";
import { adapter, pickAdapter } from "../../adapters/runtime/mod.ts";
import { nodeAdapter } from "../../adapters/runtime/node.ts";
import type { BrandChecks } from "../../src/adapter.ts";
import { fixture, runProgram, until, withWorker } from "./_lab.ts";

const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
const isLinux = process.platform === "linux";

describe("pickAdapter()", () => {
  it("picks by the runtime's own global, though every adapter can be imported", () => {
    assert.equal(pickAdapter(), adapter);
    assert.equal(adapter.name, runtime);
    assert.deepEqual([nodeAdapter.name, denoAdapter.name, bunAdapter.name], ["node", "deno", "bun"]);
    assert.match(adapter.version, /^\d+\.\d+\.\d+/);
  });
});

/** The checks of values. */
type Check = Exclude<keyof BrandChecks, "isPlatformClass">;

describe("Adapter.types", () => {
  function* generator(): Generator<number> {
    yield 1;
  }
  const examples: Record<Check, unknown> = {
    isProxy: new Proxy({}, {}),
    isDate: new Date(0),
    isRegExp: /x/,
    isMap: new Map(),
    isSet: new Set(),
    isNativeError: new RangeError("x"),
    isBoxedPrimitive: Object("text"),
    isArrayBuffer: new ArrayBuffer(1),
    isSharedArrayBuffer: new SharedArrayBuffer(1),
    isArgumentsObject: (function (..._: unknown[]): unknown {
      return arguments;
    })(1),
    isPromise: Promise.resolve(),
    isWeakMap: new WeakMap(),
    isWeakSet: new WeakSet(),
    isGeneratorObject: generator(),
    isModuleNamespaceObject: undefined,
  };
  for (const name of Object.keys(examples) as Check[]) {
    it(`${name} tells its kind from all others, and from a fake`, async () => {
      const own = name === "isModuleNamespaceObject" ? await import("../../adapters/runtime/mod.ts") : examples[name];
      assert.equal(adapter.types[name](own), true);
      const others = Object.entries(examples).filter(([other]) => other !== name).map(([, value]) => value);
      for (const other of others) assert.equal(adapter.types[name](other), false);
      const fake = Object.create(Object.getPrototypeOf(own), { [Symbol.toStringTag]: { value: name.slice(2) } });
      if (name !== "isProxy") assert.equal(adapter.types[name](fake), false);
    });
  }
});

describe("Adapter.schedule()", () => {
  for (const method of ["schedule", "scheduleRarely"] as const) {
    it(`lets timers and promises run in between: ${method}()`, async () => {
      let timers = 0;
      let turns = 0;
      const timer = setInterval(() => timers++, 1);
      await new Promise<void>((resolve) => {
        const turn = (): void => {
          turns++;
          if (timers >= 3 && turns > 20) return resolve();
          const end = performance.now() + 1;
          while (performance.now() < end);
          adapter[method](turn);
        };
        adapter[method](turn);
      });
      clearInterval(timer);
      assert.ok(turns > 20);
    });
  }

  it("calls later, in order", async () => {
    const calls: number[] = [];
    adapter.schedule(() => calls.push(1));
    adapter.schedule(() => calls.push(2));
    assert.deepEqual(calls, []);
    await until(() => calls.length === 2);
    assert.deepEqual(calls, [1, 2]);
  });
});

describe("Adapter.delay()", () => {
  it("calls once, unless it is cancelled", async () => {
    let kept = 0;
    let cancelled = 0;
    const cancel = adapter.delay(() => cancelled++, 1);
    cancel();
    adapter.delay(() => kept++, 2);
    await until(() => kept > 0);
    assert.deepEqual([kept, cancelled], [1, 0]);
    cancel();
  });

  it("does not fire at once for a delay longer than timers take", async () => {
    let fired = false;
    const cancels = [2 ** 31, 1e15, Infinity].map((ms) => adapter.delay(() => (fired = true), ms));
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (const cancel of cancels) cancel();
    assert.equal(fired, false);
  });
});

describe("Adapter.threadId()", () => {
  it(
    "is this thread's, and tells when a thread is gone",
    { skip: !isLinux },
    () =>
      withWorker("threadId", async (subject) => {
        const own = adapter.threadId();
        assert.ok(own !== undefined);
        assert.ok(readdirSync("/proc/self/task").includes(String(own)));
        const { id } = await subject.message() as { id: number };
        assert.notEqual(id, own);
        assert.equal(adapter.threadAlive(own), true);
        assert.equal(adapter.threadAlive(id), true);
        subject.handle.terminate();
        await until(() => adapter.threadAlive(id) === false);
      }),
  );
});

describe("Adapter.heapBytes()", () => {
  it("grows with what the thread itself holds", () =>
    withWorker("heap", async (subject) => {
      const own = adapter.heapBytes();
      const { before, after } = await subject.message() as { before: number; after: number };
      assert.ok(before > 0 && own > 0);
      assert.ok(after - before > 1_000_000, `${before} -> ${after}`);
    }));
});

describe("Adapter.allocate()", () => {
  it("gives an ordinary ArrayBuffer of that very length, which can be written, moved and collected", () => {
    for (const length of [0, 1, 100, 4096, 65_537, 1 << 22]) {
      const buffer = adapter.allocate(length);
      assert.equal(Object.prototype.toString.call(buffer), "[object ArrayBuffer]");
      assert.equal(buffer.byteLength, length);
      assert.equal((buffer as { resizable?: boolean }).resizable ?? false, false);
      new Uint8Array(buffer).fill(7);
      const moved = structuredClone(buffer, { transfer: [buffer] });
      assert.deepEqual([buffer.byteLength, moved.byteLength], [0, length]);
      assert.ok(new Uint8Array(moved).every((byte) => byte === 7));
    }
  });
});

describe("Adapter.warn()", () => {
  it("prints the message once, on stderr", async () => {
    const { code, stdout, stderr } = await runProgram(fixture("warn.ts"));
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
    assert.equal(stderr.split("a warning for the test").length, 2, stderr);
  });
});

describe("Adapter.load()", () => {
  it("gives the load average for each of the machine's cores", { skip: process.platform === "win32" }, () => {
    const { average, cores } = adapter.load();
    assert.ok(Number.isInteger(cores) && cores >= 1);
    assert.ok(average >= 0 && Number.isFinite(average));
    if (!isLinux) return;
    const online = readFileSync("/proc/cpuinfo", "utf8").match(/^processor\s*:/gm)?.length;
    if (online !== undefined) assert.equal(cores, online);
  });
});

describe("Adapter.availableParallelism()", () => {
  it("is a whole number of at least one", () => {
    const cores = adapter.availableParallelism();
    assert.ok(Number.isInteger(cores) && cores >= 1);
  });

  const hasTaskset = isLinux && spawnSync("taskset", ["-c", "0", "true"]).status === 0;
  const skip = hasTaskset ? false : "no taskset here, or no core 0";
  it("sees the affinity mask", { skip }, async () => {
    const { code, stdout, stderr } = await runProgram(fixture("cores.ts"), [], undefined, ["taskset", "-c", "0"]);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "1\n", stderr: "" });
  });

  it("sees the affinity mask without any permission", { skip: runtime !== "deno" ? "Deno only" : skip }, async () => {
    const ended = await runProgram(fixture("cores.ts"), [], [], ["taskset", "-c", "0"]);
    assert.deepEqual(ended, { code: 0, stdout: "1\n", stderr: "" });
  });
});
