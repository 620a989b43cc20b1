import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { proxy, sharedArray, transfer } from "../../src/codec/mod.ts";
import { codec, crossWithCallbacks, refuses } from "./_support.ts";

type Remote = (...args: unknown[]) => Promise<unknown>;

/** Sends a callback and runs `use` with what arrives. */
async function withCallback(
  callback: (...args: never[]) => unknown,
  use: (remote: Remote) => Promise<void>,
): Promise<void> {
  const { value, release } = crossWithCallbacks([proxy(callback)]);
  try {
    await use((value as [Remote])[0]);
  } finally {
    release();
  }
}

describe("proxy()", () => {
  // Ports do not keep the program alive.
  let hold: ReturnType<typeof setInterval>;
  before(() => {
    hold = setInterval(() => {}, 1000);
  });
  after(() => clearInterval(hold));

  it("crosses as a function that calls back", async () => {
    await withCallback((a: number, b: number) => a + b, async (remote) => {
      assert.notEqual(remote, undefined);
      assert.equal(await remote(1, 2), 3);
      assert.deepEqual(await Promise.all([remote(1, 1), remote("a", "b")]), [2, "ab"]);
    });
  });

  it("carries arguments and results as auto does", async () => {
    await withCallback((value: unknown) => value, async (remote) => {
      const buffer = new ArrayBuffer(100_000);
      for (const value of [undefined, -0, 5n, new Map([[1, new Date(0)]]), new Uint8Array(100_000), "\ud800"]) {
        assert.deepEqual(await remote(value), value);
      }
      const shared = sharedArray(Int32Array, 2);
      await remote(shared);
      assert.equal(
        (await remote(transfer({ buffer }, [buffer])) as { buffer: ArrayBuffer }).buffer.byteLength,
        100_000,
      );
      assert.equal(buffer.byteLength, 0);
    });
  });

  it("carries whole errors both ways", async () => {
    await withCallback(() => {
      throw Object.assign(new RangeError("no", { cause: "why" }), { code: "E_NO" });
    }, async (remote) => {
      await assert.rejects(remote(), (error) => {
        assert(error instanceof RangeError);
        assert.deepEqual([error.message, error.cause, (error as { code?: string }).code], ["no", "why", "E_NO"]);
        return true;
      });
    });
    await withCallback(() => () => {}, async (remote) => {
      await assert.rejects(remote(), { name: "SerializationError", path: "result" });
      await assert.rejects(remote(() => {}), { name: "SerializationError", path: "arguments[0]" });
    });
  });

  it("nests in values, and in calls of callbacks", async () => {
    const value = { on: { progress: proxy((n: number) => n * 2) } };
    const { value: back, release } = crossWithCallbacks([value]);
    assert.equal(await (back as [{ on: { progress: Remote } }])[0].on.progress(4), 8);
    release();
    await withCallback(async (inner: Remote) => `outer ${await inner("x")}`, async (remote) => {
      assert.equal(await remote(proxy((text: string) => `inner ${text}`)), "outer inner x");
    });
  });

  it("rejects calls after its task is done, and those under way", async () => {
    let later: Remote | undefined;
    let pending: Promise<unknown> | undefined;
    await withCallback(() => new Promise(() => {}), (remote) => {
      later = remote;
      pending = remote();
      return Promise.resolve();
    });
    await assert.rejects(pending!, { name: "MulticoreError", message: /the task that got this callback is done/ });
    await assert.rejects(later!(), /the task that got this callback is done/);
  });

  it("is needed to send a function, and opens nothing when a message is refused", () => {
    const callback = proxy(() => {});
    refuses([callback, () => {}], "result[1]", /function/);
    assert.throws(() => proxy({} as never), { name: "TypeError", code: "ERR_MULTICORE_INVALID_PROXY" });
    const encoded = codec.encode([callback], "auto", "arguments");
    assert.deepEqual(encoded.attachments!.map(({ kind }) => kind), ["port"]);
    encoded.callbacks!.release();
    assert.equal(codec.encode([{}], "auto", "arguments").callbacks, null, "those of another message are not in it");
  });
});
