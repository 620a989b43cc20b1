/** What a `timeoutRunner` says about the end of a function, on a clock and with a watchdog of the test's own. */
import assert from "node:assert/strict";
import process from "node:process";
import { afterEach, beforeEach, describe, it } from "node:test";
import { clock } from "../../adapters/runtime/_clock.ts";
import { timeoutRunner } from "../../adapters/runtime/_timeout.ts";

/** What the watchdog throws at what it stops. */
const STOPPED = Object.assign(new Error("stopped"), { code: "ERR_SCRIPT_EXECUTION_TIMEOUT" });
const HOOK = Symbol.for("multicore.run_with_timeout");

const real = { now: clock.now, getBuiltinModule: process.getBuiltinModule };

/** The time, in ms. */
let time = 0;
/** How often the clock was read. */
let reads = 0;
/** When the watchdog stops what reads the clock: only one that is patient waits for it by that. */
let stopsAt = Infinity;
/** Whether the function is stopped before it comes to its end. */
let stopsFunction = false;
/** The timeouts that scripts were given. */
let timeouts: number[] = [];

class Script {
  runInThisContext({ timeout }: { timeout: number }): void {
    timeouts.push(timeout);
    if (stopsFunction) throw STOPPED;
    (globalThis as unknown as Record<symbol, () => void>)[HOOK]!();
  }
}

/** What came of a function that takes so many ms. */
function run(isLoose: boolean, timeout: number, length: number, thrown?: Error): unknown[] {
  let unsafe = 0;
  const fn = (): string => {
    time += length;
    if (thrown !== undefined) throw thrown;
    return "done";
  };
  try {
    const outcome = timeoutRunner(isLoose)(fn, timeout, () => unsafe++);
    return [outcome.timedOut ? "timed out" : outcome.value, unsafe];
  } catch (error) {
    return [error, unsafe];
  }
}

describe("timeoutRunner(), where the watchdog may come late", () => {
  beforeEach(() => {
    [time, reads, stopsAt, stopsFunction, timeouts] = [5000, 0, Infinity, false, []];
    clock.now = () => {
      reads++;
      if (time >= stopsAt) throw STOPPED;
      return time++;
    };
    process.getBuiltinModule = ((name: string) => {
      return name === "node:vm" ? { Script } : real.getBuiltinModule(name);
    }) as typeof process.getBuiltinModule;
  });
  afterEach(() => {
    clock.now = real.now;
    process.getBuiltinModule = real.getBuiltinModule;
  });

  it("is safe long before the deadline", () => {
    assert.deepEqual(run(true, 1000, 900), ["done", 0]);
    assert.deepEqual(run(true, 1000, 0, STOPPED), [STOPPED, 0], "the function's own errors are its own");
  });

  it("is safe where the function was stopped", () => {
    stopsFunction = true;
    assert.deepEqual(run(true, 1000, 0), ["timed out", 0]);
  });

  for (const length of [985, 999, 1000, 1001, 1500]) {
    it(`waits to be stopped after ${length} of 1000 ms, which is safe, and keeps the result`, () => {
      stopsAt = 5000 + length + 50;
      const before = timeoutsSeen(() => assert.deepEqual(run(true, 1000, length), ["done", 0]));
      assert.deepEqual(before, [1000]);
    });

    it(`is unsafe after ${length} of 1000 ms where the watchdog does not come`, () => {
      assert.deepEqual(run(true, 1000, length), ["done", 1]);
      assert.ok(time > 5000 + 2000, "it was waited for");
      const error = new RangeError("own");
      assert.deepEqual(run(true, 1000, length, error), [error, 1]);
    });
  }

  it("waits half of a short timeout at most", () => {
    assert.deepEqual(run(true, 8, 2), ["done", 0]);
    assert.ok(reads < 10, `${reads} looks at the clock`);
    assert.deepEqual(run(true, 8, 6), ["done", 1]);
  });

  it("has a deadline that is not before the watchdog's", () => {
    // 10.2 ms are 11 for the script: a function of 10.5 ms ends before both.
    assert.deepEqual(run(true, 10.2, 1), ["done", 0]);
    assert.deepEqual(timeouts, [11]);
  });

  it("never is unsafe, and waits for nothing, where the watchdog is waited for by the runtime", () => {
    assert.deepEqual(run(false, 1000, 1500), ["done", 0]);
    assert.equal(reads, 1);
  });
});

/** The timeouts of the scripts that ran meanwhile. */
function timeoutsSeen(act: () => void): number[] {
  timeouts = [];
  act();
  return timeouts;
}
