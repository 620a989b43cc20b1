import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClock } from "../../adapters/runtime/_clock.ts";

const HOUR = 3_600_000;

/** A thread's clock whose zero is `start`, in real ms; the wall clock shows `step` ms more. */
function thread(real: { ms: number; step: number }, start: number) {
  return createClock(() => real.ms - start, () => 1e12 + real.ms + real.step, false);
}

describe("the clocks of two threads", () => {
  for (const step of [HOUR, -HOUR]) {
    it(`agree though the wall clock was put ${step > 0 ? "forward" : "back"} an hour before the second one started`, () => {
      const real = { ms: 500, step: 0 };
      const caller = thread(real, 0);
      real.ms = 1000;
      real.step = step;
      const sample = caller.sampleClock();
      real.ms = 1040;
      const worker = thread(real, 1030);
      worker.followClock(sample);
      assert.equal(worker.now(), caller.now());
      real.ms = 90_000;
      real.step = 0;
      assert.equal(worker.now(), caller.now());
    });
  }

  it("never put a thread before its own start, though the wall clock was put back meanwhile", () => {
    const real = { ms: 1000, step: 0 };
    const sample = thread(real, 0).sampleClock();
    real.ms = 1040;
    real.step = -HOUR;
    const worker = thread(real, 1030);
    worker.followClock(sample);
    assert.equal(worker.now(), sample.now);
  });
});
