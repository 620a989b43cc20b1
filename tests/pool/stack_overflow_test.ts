/** Recursion over calls of a pool until the stack overflows; a program may catch that and go on. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallOptions, Pool } from "../../mod.ts";
import { add, echo } from "../fixtures/basics.ts";
import { fixture, settles, withPool } from "./_support.ts";

/** Stack sizes differ, and so does the place at which it overflows: a pad of frames moves it. */
const PADS = 12;

/** Ways to call the pool once, without waiting. */
const calls: Record<string, (pool: Pool) => unknown> = {
  "run() with numbers": (pool) => pool.run(add, 1, 2),
  "run() with an object": (pool) => pool.run(echo, { a: [1, 2, 3], text: "text" }),
  "run() with much data": (pool) => pool.run(echo, "x".repeat(1000)),
  "run() with a signal and a timeout": (pool) => pool.with(limits).run(add, 1, 2),
  "runSync() with numbers": (pool) => pool.runSync(add, 1, 2),
  "runSync() with an object": (pool) => pool.runSync(echo, { a: [1, 2, 3] }),
  "a batch": (pool) => pool.task<unknown>().run(add, 1, 2).run(echo, { a: 1 }).get(),
  "broadcast()": (pool) => pool.broadcast(echo, { a: 1 }),
};
const limits: CallOptions = { signal: new AbortController().signal, timeout: 3_600_000 };

/** Calls at depth, in the last frames before the overflow, and some before them; gives what is to settle. */
function recurse(pool: Pool, call: (pool: Pool) => unknown, pad: number): unknown[] {
  const made: unknown[] = [];
  let deepest = 0;
  const measure = (depth: number): void => {
    deepest = depth;
    measure(depth + 1);
  };
  attempt(() => measure(0));
  // The frames of `descend` are larger than those of `measure`, so it overflows before it comes so deep.
  const descend = (depth: number): void => {
    if (depth > deepest / 8 || depth % 64 === 0) made.push(quiet(call(pool)));
    descend(depth + 1);
  };
  const padded = (left: number): void => left === 0 ? descend(0) : padded(left - 1);
  attempt(() => padded(pad));
  return made;
}

function attempt(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    assert.ok(error instanceof Error, String(error)); // the engine's, or one whose cause that is
  }
}

/** Its outcome does not matter, and nobody else looks at it. */
function quiet(result: unknown): unknown {
  return result instanceof Promise ? result.catch(() => {}) : result;
}

describe("a pool whose calls the stack overflowed in", { timeout: 120_000 }, () => {
  for (const [title, call] of Object.entries(calls)) {
    it(`settles what it took, works on, and closes: ${title}`, () =>
      withPool({ workers: 1, modules: [fixture("basics")] }, async (pool) => {
        await settles(pool.ready());
        for (let pad = 0; pad < PADS; pad++) {
          const made = recurse(pool, call, pad);
          await settles(Promise.allSettled(made), `a call, pad ${pad}`);
          assert.equal(await settles(pool.run(add, 1, 2)), 3);
        }
        assert.equal(pool.runSync(add, 3, 4), 7);
        assert.deepEqual(await settles(pool.run(echo, { a: 1 })), { a: 1 });
      }));
  }
});
