import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpinBudget, WARM_MS } from "../../src/transport/spin_budget.ts";

const FIRST_MS = 0.05;

/** A sleep that spinning might have saved, and one that it could not. */
const [SHORT, LONG] = [0.02, 50];

/** Sleeps shortly until the next try; gives its length and how much time was slept. */
function nextTry(spins: SpinBudget): { ms: number; slept: number } {
  for (let slept = 0;; slept += SHORT) {
    const ms = spins.begin();
    if (ms > 0) return { ms, slept };
    spins.slept(SHORT);
    assert.ok(slept < 1e6, "never tries again");
  }
}

describe("SpinBudget", () => {
  it("begins with a short try", () => {
    assert.equal(new SpinBudget().begin(), FIRST_MS);
  });

  it("looks longer the more often that has helped in a row, up to a limit", () => {
    const spins = new SpinBudget();
    const lengths = Array.from({ length: 8 }, () => {
      const ms = spins.begin();
      spins.found();
      return ms;
    });
    assert.deepEqual(lengths, [FIRST_MS, 0.1, WARM_MS, WARM_MS, WARM_MS, WARM_MS, WARM_MS, WARM_MS]);
  });

  it("begins anew after a sleep, and where the other thread surely sleeps", () => {
    const spins = new SpinBudget();
    for (let i = 0; i < 10; i++) {
      spins.begin();
      spins.found();
    }
    assert.equal(spins.begin(true), FIRST_MS);
    spins.found();
    spins.begin();
    spins.slept(LONG);
    assert.equal(spins.begin(), FIRST_MS);
  });

  it("does not count a try against which nothing came for long", () => {
    const spins = new SpinBudget();
    for (let i = 0; i < 100; i++) {
      assert.equal(spins.begin(), FIRST_MS);
      spins.slept(LONG);
    }
  });

  it("never spends more than half of the time lost in sleeps on tries that fail, and tries less and less often", () => {
    const spins = new SpinBudget();
    let [tried, slept, last] = [0, 0, 0];
    for (let i = 0; i < 16; i++) {
      const attempt = nextTry(spins);
      if (i > 0) {
        assert.ok(attempt.slept >= last, `slept ${attempt.slept} ms, before that ${last}`);
        assert.ok(attempt.ms <= attempt.slept / 2 + FIRST_MS, `${attempt.ms} ms after ${attempt.slept}`);
      }
      assert.ok(attempt.ms <= 6.4);
      last = attempt.slept;
      tried += attempt.ms;
      slept += attempt.slept;
      spins.slept(SHORT); // in vain
    }
    assert.ok(tried <= slept, `${tried} of ${slept}`);
    assert.ok(last > 100, `still tries after ${last} ms`);
  });

  it("forgets failures once tries have helped many times in a row", () => {
    const spins = new SpinBudget();
    for (let i = 0; i < 12; i++) {
      nextTry(spins);
      spins.slept(SHORT);
    }
    nextTry(spins);
    for (let i = 0; i < 64; i++) {
      spins.found();
      spins.begin();
    }
    spins.slept(LONG);
    assert.equal(spins.begin(), FIRST_MS);
  });

  it("takes no credit for what came without a try", () => {
    const spins = new SpinBudget();
    spins.begin();
    spins.slept(SHORT / 2);
    assert.equal(spins.begin(), 0);
    spins.found();
    assert.equal(spins.begin(), 0);
  });
});
