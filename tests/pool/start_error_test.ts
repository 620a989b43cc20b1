/** What tasks hear that no worker can run. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPool, MulticoreError, PoolStartError, Task } from "../../mod.ts";
import * as state from "../fixtures/state.ts";
import { runProgram } from "./_programs.ts";
import { failure, fixture, settles, type Thrown, thrown } from "./_support.ts";

/** A task of its own that fails with an error like that of the start. */
function failing(): never {
  throw new RangeError("no connection");
}

function assertStartError(error: Thrown, name: string): void {
  assert.ok(error instanceof PoolStartError && error instanceof MulticoreError, `got ${error}`);
  assert.deepEqual([error.name, error.code], ["PoolStartError", "ERR_MULTICORE_POOL_START"]);
  assert.match(error.message, new RegExp(`Cannot run '${name}' as no worker of the pool can start: .*no connection`));
  assert.ok(error.cause instanceof RangeError, `got ${error.cause}`);
  assert.deepEqual([error.cause.message, (error.cause as Thrown).code], ["no connection", "E_CONNECT"]);
}

describe("a pool whose workers cannot start", () => {
  const options = { modules: [fixture("state")], setup: state.failingSetup };

  it("rejects tasks with a PoolStartError of their own, whose cause is the first failure", async () => {
    const pool = createPool({ workers: 2, ...options });
    try {
      const waiting = [failure(pool.run(failing)), failure(pool.run(failing))];
      const errors: Thrown[] = await Promise.all(waiting);
      errors.push(await failure(pool.run(failing)), await failure(pool.broadcast(failing)));
      errors.push(thrown(() => new Task({ pool }).run(failing)), thrown(() => pool.runSync(failing)));
      for (const error of errors) assertStartError(error, "failing");
      assert.equal(new Set(errors).size, errors.length, "each call has an error of its own");
      assert.equal(new Set(errors.map(({ cause }) => cause)).size, 1, "the first failure");
    } finally {
      await settles(pool.close());
    }
  });

  it("rejects a module's functions so as well", async () => {
    const pool = createPool({ workers: 1, ...options });
    try {
      assertStartError(await failure(pool.module<{ anything(): void }>(fixture("basics")).anything()), "anything");
    } finally {
      await settles(pool.close());
    }
  });

  it("gives the failure itself to ready()", async () => {
    const pool = createPool({ workers: 1, ...options });
    try {
      assert.ok(await failure(pool.ready()) instanceof RangeError);
    } finally {
      await settles(pool.close());
    }
  });

  it("takes a reason that has no text", async () => {
    const setup = (): void => {
      throw Object.assign(Object.create(null), { code: 5 });
    };
    const pool = createPool({ workers: 1, setup });
    try {
      const error = await failure(pool.run(failing));
      assert.ok(error instanceof PoolStartError, `got ${error}`);
      assert.equal((error as Thrown).cause.code, 5);
    } finally {
      await settles(pool.close());
    }
  });

  it("warns of nothing before that", async () => {
    const { stdout, stderr } = await runProgram("failing_start");
    assert.deepEqual(stdout, ["PoolStartError by RangeError"]);
    assert.doesNotMatch(stderr, /is not replaced/);
  });

  it("a task's own error stays as it is", async () => {
    const pool = createPool({ workers: 1 });
    const error = await failure(pool.run(failing));
    assert.ok(error instanceof RangeError && !((error as Error) instanceof PoolStartError));
    await settles(pool.close());
  });
});
