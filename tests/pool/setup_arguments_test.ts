/** `setup: [fn, ...args]`: what each worker's `setup` is called with. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createPool,
  initialize,
  type Pool,
  proxy,
  SerializationError,
  sharedArray,
  shutdown,
  transfer,
} from "../../mod.ts";
import { Point, pointOf } from "../fixtures/setup_values.ts";
import { countShared, open, readOpened } from "../fixtures/state.ts";
import { failure, fixture, settles, type Thrown, thrown, withPool } from "./_support.ts";

const modules = ["state", "setup_values"].map(fixture);

/** What a call throws that must not give a pool. */
function refused(create: () => Pool): Thrown {
  let pool: Pool | undefined;
  try {
    return thrown(() => pool = create());
  } finally {
    void pool?.terminate().catch(() => {});
  }
}

describe("the arguments of setup", () => {
  it("are copies in each worker, as they were when the pool was created", async () => {
    const list: unknown[] = [1];
    const date = new Date(5);
    const large = new Uint8Array(200_000).fill(3);
    await withPool({ workers: 2, modules, setup: [open, "users.db", list, date, large, null] }, async (pool) => {
      list.push(2);
      large.fill(4);
      const expected = { path: "users.db", rest: [[1], new Date(5), new Uint8Array(200_000).fill(3), null] };
      assert.deepEqual(await settles(pool.broadcast(readOpened)), [expected, expected]);
      pool.resize(3);
      await settles(pool.ready());
      const [first, , third] = await settles(pool.broadcast(readOpened)) as { rest: unknown[] }[];
      assert.deepEqual([first!.rest[0], third!.rest[0]], [[1, "seen"], [1]], "a later worker gets its own");
    });
  });

  it("may be shared memory, an instance of a registered class, and none", async () => {
    const counter = sharedArray(Int32Array, 1);
    await withPool({ workers: 2, modules, setup: [open, "", counter] }, async (pool) => {
      assert.deepEqual((await settles(pool.broadcast(countShared))).sort(), [1, 2]);
      assert.equal(counter[0], 2);
    });
    await withPool({ workers: 1, modules, setup: [pointOf, new Point(3, 4)] }, async (pool) => {
      assert.equal(await settles(pool.module<typeof import("../fixtures/setup_values.ts")>(modules[1]!).length()), 5);
    });
    const noArguments = (...args: unknown[]): number => args.length;
    await withPool({ workers: 1, modules, setup: [noArguments] }, async (pool) => {
      assert.equal(await settles(pool.module<typeof import("../fixtures/setup_values.ts")>(modules[1]!).state()), 0);
    });
  });

  it("may come with a function of module()", () =>
    withPool({ workers: 1 }, async (first) => {
      const state = first.module<typeof import("../fixtures/state.ts")>(modules[0]!);
      await withPool({ workers: 1, modules, setup: [state.open, "a", 1] }, async (pool) => {
        assert.deepEqual(await settles(pool.run(readOpened)), { path: "a", rest: [1] });
      });
    }));

  it("cannot be functions, symbols, callbacks or what moves: the error names which", async () => {
    for (const [value, path] of [[() => {}, "setup[2]"], [{ deep: Symbol("s") }, "setup[2].deep"]] as const) {
      const error = refused(() => createPool({ workers: 1, setup: [open, "a", value] }));
      assert.ok(error instanceof SerializationError, `got ${error}`);
      assert.equal(error.path, path);
    }
    const callback = proxy(() => {});
    for (const value of [callback, { deep: [callback] }]) {
      const error = refused(() => createPool({ workers: 1, setup: [open, "a", value] }));
      assert.ok(error instanceof TypeError, `got ${error}`);
      assert.match(error.message, /^Option 'setup\[2\]' must be without a proxy\(\).*received/);
    }
    const buffer = new ArrayBuffer(8);
    const error = refused(() => createPool({ workers: 1, setup: [open, "a", 1, transfer(buffer, [buffer])] }));
    assert.match(error.message, /^Option 'setup\[3\]' must be copied to each worker.*transfer\(\): received/);
    assert.equal(buffer.byteLength, 8, "nothing moved");
    await withPool({ workers: 1, modules, setup: [open, "a", buffer] }, async (pool) => {
      assert.equal(((await settles(pool.run(readOpened))).rest[0] as ArrayBuffer).byteLength, 8, "the mark is gone");
    });
  });

  it("are part of what initialize() compares", async () => {
    const counter = sharedArray(Int32Array, 1);
    const options = { workers: 1, modules };
    try {
      const list = [1];
      const pool = await settles(initialize({ ...options, setup: [open, "a", list, counter] }));
      assert.equal(await settles(initialize({ ...options, setup: [open, "a", [1], counter] })), pool);
      const others: Thrown[] = [
        [open, "b", [1], counter],
        [open, "a", [2], counter],
        [open, "a", [1], sharedArray(Int32Array, 1)],
        [open, "a", [1]],
        [open],
        [pointOf, "a", [1], counter],
        open,
        undefined,
      ];
      for (const setup of others) {
        assert.match((await failure(initialize({ ...options, setup }))).message, /^Cannot initialize again/);
      }
      list.push(2); // what counts is what the workers got
      assert.equal(await settles(initialize({ ...options, setup: [open, "a", [1], counter] })), pool);
    } finally {
      await settles(shutdown());
    }
  });

  it("have the types of the function's parameters", () => {
    const connect = (host: string, port = 80): string => host + port;
    const unused = (): void => {
      createPool({ setup: [connect, "a"] });
      createPool({ setup: [connect, "a", 1] });
      createPool({ setup: [async (list: readonly number[]) => await list.length, [1]] });
      createPool({ setup: connect });
      createPool({ setup: [() => {}] });
      void initialize({ setup: [connect, "a", 1], workers: 1 });
      // @ts-expect-error the host is a string
      createPool({ setup: [connect, 1] });
      // @ts-expect-error the port is a number
      createPool({ setup: [connect, "a", "b"] });
      // @ts-expect-error one argument too many
      createPool({ setup: [connect, "a", 1, 2] });
      // @ts-expect-error an argument is missing
      createPool({ setup: [connect] });
      // @ts-expect-error no function
      createPool({ setup: ["a"] });
      // @ts-expect-error the host is a string
      void initialize({ setup: [connect, 1] });
    };
    assert.equal(typeof unused, "function");
  });
});
