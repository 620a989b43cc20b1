/** Adapter.runWithTimeout() stops synchronous code. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { withWorker } from "./_lab.ts";

const LONG = 60_000;

function forever(): never {
  for (;;);
}

describe("Adapter.runWithTimeout()", () => {
  it("gives the result of a function that ends in time", () => {
    const value = {};
    assert.deepEqual(adapter.runWithTimeout(() => 5, LONG), { timedOut: false, value: 5 });
    const outcome = adapter.runWithTimeout(() => value, Infinity);
    assert.ok(!outcome.timedOut && outcome.value === value);
    assert.deepEqual(adapter.runWithTimeout(() => undefined, 2 ** 40), { timedOut: false, value: undefined });
  });

  it("stops an endless loop, and again", () => {
    assert.deepEqual(adapter.runWithTimeout(forever, 5), { timedOut: true });
    assert.deepEqual(adapter.runWithTimeout(forever, 0.5), { timedOut: true });
    assert.deepEqual(adapter.runWithTimeout(() => 1, LONG), { timedOut: false, value: 1 });
  });

  it("stops a loop that catches everything", () => {
    const stubborn = (): never => {
      for (;;) {
        try {
          forever();
        } catch {
          continue;
        } finally {
          forever();
        }
      }
    };
    assert.deepEqual(adapter.runWithTimeout(stubborn, 5), { timedOut: true });
  });

  it("stops Atomics.wait", () => {
    const wait = (): string => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    assert.deepEqual(adapter.runWithTimeout(wait, 5), { timedOut: true });
  });

  it("stops a loop in a worker, which lives on", () =>
    withWorker("timeout", async (subject) => {
      assert.deepEqual(await subject.message(0), { timedOut: true });
      subject.port.postMessage("still there?");
      assert.equal(await subject.message(1), "alive");
    }));

  it("throws what the function throws, even an error that looks like a timeout", () => {
    const error = Object.assign(new Error("mine"), { code: "ERR_SCRIPT_EXECUTION_TIMEOUT" });
    for (const thrown of [error, undefined, "text"]) {
      let caught: unknown = "nothing";
      try {
        adapter.runWithTimeout(() => {
          throw thrown;
        }, LONG);
      } catch (reason) {
        caught = reason;
      }
      assert.equal(caught, thrown);
    }
  });

  it("nests: the inner timeout stops the inner function", () => {
    const outcome = adapter.runWithTimeout(() => {
      const inner = adapter.runWithTimeout(forever, 5);
      return [inner, adapter.runWithTimeout(() => 2, LONG)];
    }, LONG);
    assert.deepEqual(outcome, { timedOut: false, value: [{ timedOut: true }, { timedOut: false, value: 2 }] });
  });

  it("nests: the outer timeout stops both", () => {
    const outcome = adapter.runWithTimeout(() => adapter.runWithTimeout(forever, LONG), 10);
    assert.deepEqual(outcome, { timedOut: true });
    assert.deepEqual(adapter.runWithTimeout(() => 1, LONG), { timedOut: false, value: 1 });
  });

  it("harms no other code when the function ends at its deadline", () => {
    // Deno's watchdog may fire just after the function has ended: what runs next must not be hit.
    let outcomes = 0;
    for (let round = 0; round < 300; round++) {
      const end = performance.now() + 1.8 + (round % 30) / 100;
      adapter.runWithTimeout(() => {
        while (performance.now() < end);
      }, 2);
      outcomes++;
    }
    assert.equal(outcomes, 300);
  });
});
