/** Spawning, ports and the end of programs, with real threads; the same for every runtime. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { Words } from "./fixtures/protocol.ts";
import { fixture, launch, runProgram, until, withWorker } from "./_lab.ts";

const { name } = adapter;

describe("Adapter.spawn()", () => {
  it("hands over init with its ports, and carries messages both ways", () =>
    withWorker("echo", async (subject) => {
      assert.equal(await subject.message(0), "ready");
      const memory = new SharedArrayBuffer(8);
      subject.port.postMessage({ memory, map: new Map([[1, 2]]) });
      const { echo } = await subject.message(1) as { echo: { memory: SharedArrayBuffer; map: Map<number, number> } };
      assert.deepEqual(echo.map, new Map([[1, 2]]));
      Atomics.store(new Int32Array(memory), 1, 42);
      assert.equal(new Int32Array(echo.memory)[1], 42);
      assert.deepEqual(subject.errors, []);
    }));

  it("keeps messages that were posted before the worker listened", () =>
    withWorker("echo", async (subject) => {
      subject.port.postMessage(1);
      subject.port.postMessage(2);
      assert.deepEqual(await subject.message(2), { echo: 2 });
      assert.deepEqual(subject.messages, ["ready", { echo: 1 }, { echo: 2 }]);
    }));

  it("moves a transferred ArrayBuffer", () =>
    withWorker("echo", async (subject) => {
      const buffer = new Uint8Array([1, 2, 3]).buffer;
      subject.port.postMessage(buffer, [buffer]);
      assert.equal(buffer.byteLength, 0);
      const { echo } = await subject.message(1) as { echo: ArrayBuffer };
      assert.deepEqual([...new Uint8Array(echo)], [1, 2, 3]);
    }));

  it("gives the worker an environment of its own", () =>
    withWorker("environment", async (subject) => {
      assert.deepEqual(await subject.message(), { variable: "given", path: undefined });
    }, { env: { MULTICORE_TEST: "given" } }));

  it("says once that a terminated worker is gone", async () => {
    const subject = launch("echo");
    const alive = adapter.keepAlive();
    alive.ref();
    await subject.message();
    subject.handle.terminate();
    subject.handle.terminate();
    await subject.closed();
    if (name !== "deno") await until(() => subject.exits.length > 0);
    alive.close();
    assert.equal(subject.closes, 1);
    assert.ok(subject.exits.length <= 1);
    assert.equal(subject.words.announcements, 0);
  });

  it(
    "interrupts a busy worker where the runtime says that it can",
    { skip: !adapter.supports.interrupt },
    () =>
      withWorker("loop", async (subject) => {
        await subject.message();
        subject.handle.terminate();
        await subject.closed();
      }),
  );

  it("says that the worker is gone only when its last write is done", () =>
    withWorker("boundedLoop", async (subject) => {
      await subject.message();
      await until(() => Atomics.load(subject.words.int32, Words.PROGRESS) > 0);
      subject.handle.terminate();
      if (!adapter.supports.interrupt) {
        Atomics.store(subject.words.int32, Words.GO, 1);
        await until(() => Atomics.load(subject.words.int32, Words.LAST) === 1);
        assert.equal(subject.closes, 0);
        Atomics.store(subject.words.int32, Words.GO, 2);
      }
      await subject.closed();
      const last = Atomics.load(subject.words.int32, Words.LAST);
      const progress = Atomics.load(subject.words.int32, Words.PROGRESS);
      if (!adapter.supports.interrupt) assert.equal(last, 2);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(Atomics.load(subject.words.int32, Words.PROGRESS), progress);
    }));

  for (const env of name === "deno" ? [undefined, {}] : [undefined]) {
    const kind = env === undefined ? "" : ", in an environment of its own";
    it(`reports an entry that does not exist, and the exit${kind}`, async () => {
      const alive = adapter.keepAlive();
      alive.ref();
      const subject = launch("echo", { entry: new URL("./fixtures/missing.ts", import.meta.url), env });
      await until(() => subject.errors.length > 0 && subject.exits.length > 0);
      // Deno and Bun do not always close a port that the worker had not taken.
      if (name === "node") await subject.closed();
      subject.port.close();
      alive.close();
      assert.match(String((subject.errors[0] as Error).message), /missing\.ts/);
      assert.deepEqual(subject.exits, [1]);
    });
  }

  it("takes an entry whose path has a space, a percent sign and other letters", async () => {
    const alive = adapter.keepAlive();
    alive.ref();
    const entry = new URL(`./fixtures/${encodeURIComponent("odd name 100% é.ts")}`, import.meta.url);
    const subject = launch("echo", { entry });
    assert.equal(await subject.message(), "odd");
    subject.handle.terminate();
    await subject.closed();
    alive.close();
  });

  it("throws what cannot be cloned at once", () => {
    assert.throws(() => launch("echo", { init: { fn: () => {} }, transfer: [] }), { name: "DataCloneError" });
  });

  it(
    "limits the heap of a worker",
    { skip: !adapter.supports.resourceLimits },
    () =>
      withWorker("heap", async (subject) => {
        await until(() => subject.errors.length > 0);
        assert.equal((subject.errors[0] as { code: string }).code, "ERR_WORKER_OUT_OF_MEMORY");
        await subject.closed();
      }, { resourceLimits: { maxOldGenerationSizeMb: 8 } }),
  );
});

describe("A program", () => {
  for (const what of ["nothing", "terminate", "delay"]) {
    it(`ends by itself with a worker and ${what}`, async () => {
      assert.deepEqual(await runProgram(fixture("program.ts"), [what]), { code: 0, stdout: "", stderr: "" });
    });
  }

  it("waits for a timer of keepAlive() that was ref'd, until it is unref'd", async () => {
    const ended = await runProgram(fixture("program.ts"), ["keepAlive"]);
    assert.deepEqual(ended, { code: 0, stdout: "ready\n", stderr: "" });
  });
});

describe("Adapter ports", () => {
  it("carry every message, in order", () =>
    withWorker("countUp", async (subject) => {
      await subject.message(199);
      assert.deepEqual(subject.messages, Array.from({ length: 200 }, (_, index) => index + 1));
    }));

  it("are read by a blocked worker", () =>
    withWorker("receive", async (subject) => {
      for (const message of [1, { two: 2 }, new SharedArrayBuffer(3)]) subject.port.postMessage(message);
      const [one, two, three] = await subject.message() as [number, unknown, SharedArrayBuffer];
      assert.equal(one, 1);
      assert.deepEqual(two, { two: 2 });
      assert.equal(three.byteLength, 3);
    }));

  it("are read by a blocked caller, each message before the word stored after it", async () => {
    const alive = adapter.keepAlive();
    alive.ref();
    const [port, far] = adapter.channel();
    const memory = new SharedArrayBuffer(Words.BYTES);
    const { int32 } = new Words(memory);
    const subject = launch("echo", { init: { act: "countUp", port: far, memory }, transfer: [far] });
    for (let number = 1; number <= 200; number++) {
      for (let seen = 0; seen < number; seen = Atomics.load(int32, Words.PROGRESS)) {
        Atomics.wait(int32, Words.PROGRESS, seen, 1);
      }
      assert.deepEqual(adapter.receiveMessage(port), { message: number });
    }
    assert.equal(adapter.receiveMessage(port), undefined);
    let closed = false;
    adapter.listen(port, () => {}, () => (closed = true));
    subject.handle.terminate();
    await until(() => closed);
    subject.port.close();
    alive.close();
  });

  it("say close once, to both ends, and then give nothing", async () => {
    const [near, far] = adapter.channel();
    const closes = [0, 0];
    adapter.listen(near, () => {}, () => closes[0]!++);
    adapter.listen(far, () => {}, () => closes[1]!++);
    near.close();
    await until(() => closes[1] === 1);
    far.close();
    near.close();
    assert.equal(adapter.receiveMessage(far), undefined);
    assert.equal(closes[1], 1);
  });

  it("tell an unref'd caller that the worker is gone", () =>
    withWorker("exit", async (subject) => {
      await subject.closed();
      assert.deepEqual(subject.messages, ["ready"]);
    }));
});

describe("A parked worker", () => {
  it("runs its timers, and wakes by notify", () =>
    withWorker("park", async (subject) => {
      await subject.message();
      await until(() => Atomics.load(subject.words.int32, Words.PROGRESS) >= 3);
      Atomics.store(subject.words.int32, Words.GO, 1);
      Atomics.notify(subject.words.int32, Words.GO);
      assert.equal(await subject.message(1), "ok");
    }));
});
