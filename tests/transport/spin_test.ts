import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpinBudget } from "../../src/transport/spin.ts";

/** Jumps once at `now`; gives how long spinning is refused afterwards, in ms. */
function pauseAfterJump(spins: SpinBudget, now: number): number {
  spins.begin(now - 2);
  assert.equal(spins.goOn(now), false, "2 ms between two looks: the thread was put aside");
  let pause = 0;
  while (!spins.begin(now + pause)) pause++;
  return pause;
}

describe("SpinBudget", () => {
  it("lets a thread spin whose clock runs evenly", () => {
    const spins = new SpinBudget();
    assert.equal(spins.begin(1000), true);
    for (let now = 1000; now < 1001; now += 0.1) assert.equal(spins.goOn(now), true);
  });

  it("pauses for a moment after a jump of the clock, and no longer after one now and then", () => {
    const spins = new SpinBudget();
    for (let now = 1000; now < 3000; now += 100) assert.equal(pauseAfterJump(spins, now), 5);
  });

  it("pauses twice as long each time where the jumps go on, up to 200 ms, until they end", () => {
    const spins = new SpinBudget();
    const pauses: number[] = [];
    let now = 1000;
    for (let i = 0; i < 8; i++) {
      const pause = pauseAfterJump(spins, now);
      pauses.push(pause);
      now += pause + 3; // one jump 3 ms after each pause
    }
    assert.deepEqual(pauses, [5, 10, 20, 40, 80, 160, 200, 200]);
    assert.equal(pauseAfterJump(spins, now + 500), 5);
  });
});
