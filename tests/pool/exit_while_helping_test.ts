/** A function that the calling thread runs for a blocking call ends as one in a worker does, and the program goes on. */
import assert from "node:assert/strict";
import { exit as takenExit } from "node:process";
import { describe, it } from "node:test";
import { type Pool, Task, WorkerExitError } from "../../mod.ts";
import { add } from "../fixtures/basics.ts";
import { hold } from "../fixtures/latch.ts";
import { withLoad } from "./_load.ts";
import { failure, fixture, flags, kind, raise, raised, settles, thrown, withPool } from "./_support.ts";

const modules = [fixture("basics"), fixture("latch")];

/** What a scope has that ends a thread. */
interface Scope {
  readonly Deno: { exit(code?: number): never };
  close(): void;
}

const scope = globalThis as unknown as Scope;
const { reallyExit } = process as unknown as { reallyExit?: (code: number) => never };

/** Runs `body` while the pool's only worker is busy, so that the calling thread runs what it waits for. */
async function whileBusy(body: (pool: Pool) => void): Promise<void> {
  await withPool({ workers: 1, modules }, async (pool) => {
    const shared = flags();
    const held = pool.run(hold, shared, 0, 1);
    await raised(shared, 0);
    try {
      body(pool);
    } finally {
      raise(shared, 1);
    }
    await settles(held);
    assert.equal(await settles(pool.run(add, 1, 2)), 3);
  });
}

function assertExit(error: unknown, code: number | undefined, what: string): void {
  assert.ok(error instanceof WorkerExitError, String(error));
  assert.deepEqual([error.exitCode, error.workerId], [code, -1]);
  assert.ok(error.message.includes(what), error.message);
}

const endings: [name: string, fn: () => void, code: number | undefined, what: string][] = [
  ["process.exit(7)", () => process.exit(7), 7, "process.exit()"],
  ["process.exit()", () => process.exit(), 0, "process.exit()"],
  ["process.abort()", () => process.abort(), undefined, "process.abort()"],
  ...(reallyExit === undefined ? [] : [
    [
      "process.reallyExit(4)",
      () => (process as unknown as { reallyExit: (code: number) => never }).reallyExit(4),
      4,
      "process.reallyExit()",
    ] as [string, () => void, number, string],
  ]),
  ...(kind === "bun" ? [] : [
    // Bun's leaves nothing between the call and the end.
    ["process.exit(5), taken before", () => takenExit(5), 5, "process.exit()"] as [string, () => void, number, string],
  ]),
  ...(kind !== "deno" ? [] : [
    ["Deno.exit(3)", () => scope.Deno.exit(3), 3, "Deno.exit()"] as [string, () => void, number, string],
    ["self.close()", () => scope.close(), 0, "self.close()"] as [string, () => void, number, string],
  ]),
];

describe("a function that ends its thread, run by the calling thread", () => {
  for (const [name, fn, code, what] of endings) {
    it(`rejects with WorkerExitError, and the program goes on: ${name}`, async () => {
      let exits = 0;
      const { exitCode } = process;
      const count = (): void => void exits++;
      process.on("exit", count);
      await whileBusy((pool) => {
        assertExit(thrown(() => pool.runSync(fn)), code, what);
        assertExit(thrown(() => new Task<void>({ pool }).run(fn).getSync()), code, what);
        assert.equal(pool.runSync(add, 2, 3), 5);
      });
      process.off("exit", count);
      assert.equal(exits, 0);
      assert.equal(process.exitCode, exitCode);
      assert.notEqual((process as unknown as { _exiting?: boolean })._exiting, true);
    });
  }

  it("does so although the function catches what the call throws, or returns a promise", async () => {
    await whileBusy((pool) => {
      const caught = (): string => {
        try {
          process.exit(7);
        } catch {
          return "went on";
        }
      };
      assertExit(thrown(() => pool.runSync(caught)), 7, "process.exit()");
      const later = (): Promise<void> => {
        return (async () => {
          await process.exit(8);
        })();
      };
      assertExit(thrown(() => pool.runSync(later)), 8, "process.exit()");
    });
  });

  it("ends what called it too, as the worker of both would be gone", async () => {
    await whileBusy((pool) => {
      const nested = (): unknown => {
        try {
          return pool.runSync(() => process.exit(9));
        } catch (error) {
          return (error as Error).name;
        }
      };
      assertExit(thrown(() => pool.runSync(nested)), 9, "process.exit()");
      assert.equal(pool.runSync(add, 1, 1), 2);
    });
  });

  it("puts everything back that it replaced, and leaves what the function has put there", async () => {
    const target = process as unknown as Record<string, unknown>;
    const names = ["exit", "reallyExit", "abort", "emit"];
    const before = names.map((name) => [target[name], Object.hasOwn(target, name)]);
    const stub = (): void => {};
    await whileBusy((pool) => {
      assert.equal(pool.runSync(add, 1, 1), 2);
      assertExit(thrown(() => pool.runSync(() => process.exit(1))), 1, "process.exit()");
      thrown(() =>
        pool.runSync(() => {
          throw new Error("other");
        })
      );
      assert.deepEqual(names.map((name) => [target[name], Object.hasOwn(target, name)]), before);
      pool.runSync(() => {
        target.abort = stub;
      });
      assert.equal(target.abort, stub);
      target.abort = before[2]![0];
    });
  });

  it("does so where the load guard runs calls in the calling thread", async () => {
    await withLoad(9, async (pool) => {
      const runner = pool.with({ maxLoadAverage: 0.5, whenBusy: "inline" });
      assertExit(await failure(runner.run(() => process.exit(7))), 7, "process.exit()");
      assertExit(thrown(() => runner.runSync(() => process.exit(7))), 7, "process.exit()");
      assertExit(
        await failure(runner.run(async () => {
          await process.exit(8);
        })),
        8,
        "process.exit()",
      );
      assert.equal(await settles(runner.run(add, 1, 1)), 2);
    });
  });
});
