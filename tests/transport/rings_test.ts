/** A lane's rings over many rounds, full of stale entries, and after the generations came round. */
// First, as it has to see how the modules under test are imported.
import { rigAtGeneration } from "./_generations.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as at from "../../src/transport/layout.ts";
import { baseOf, createRandom, Rig, scalarTask, type TestTask } from "./_rig.ts";

describe("CallerLane rings", () => {
  it("lose and double nothing over many rounds of random pushes, revokes and ends", () => {
    const random = createRandom(11);
    const rig = new Rig();
    const revoked: number[] = [];
    const running: { entry: number; base: number }[] = [];
    let id = 0;
    while (id < 20_000) {
      for (let count = random(40); count > 0 && rig.lane.hasCapacity; count--) {
        const slot = rig.lane.push(scalarTask(id++));
        if (random(3) === 0) revoked.push(rig.lane.revoke(slot)!.id);
      }
      for (let count = random(60); count > 0; count--) {
        const claimed = rig.begin();
        if (claimed !== undefined) running.push(claimed);
      }
      for (let count = random(60); count > 0 && running.length > 0; count--) {
        rig.end(running.splice(random(running.length), 1)[0]!);
      }
      if (random(2) === 0) rig.lane.drain();
    }
    for (const claimed of running) rig.end(claimed);
    rig.work();
    rig.lane.drain();
    assert.equal(rig.lane.inFlight, 0);
    assert.ok(rig.done.every(({ id, value }) => value === id * 10));
    assert.ok(revoked.length > 1000 && rig.done.length > 1000);
    const all = [...rig.doneIds, ...revoked].sort((a, b) => a - b);
    assert.deepEqual(all, Array.from({ length: id }, (_, id) => id));
  });

  it("have no room while stale entries fill the submission ring, though all slots are free", () => {
    const rig = new Rig();
    for (let id = 0; id < at.SUBMISSIONS; id++) {
      assert.ok(rig.lane.hasCapacity, `after ${id}`);
      rig.lane.revoke(rig.lane.push(scalarTask(id)));
    }
    assert.equal(rig.lane.inFlight, 0);
    assert.ok(!rig.lane.hasCapacity);
    assert.equal(rig.worker.claim(rig.worker.take()!), -1);
    assert.ok(rig.lane.hasCapacity);
    rig.lane.push(scalarTask(1000));
    assert.ok(!rig.lane.hasCapacity);
    assert.equal(rig.work(), 1);
    rig.lane.drain();
    assert.deepEqual(rig.doneIds, [1000]);
  });

  it("hold after the generations of a slot came round", () => {
    const rig = rigAtGeneration(at.GENERATIONS - 3);
    const seen: number[] = [];
    const stale: number[] = [];
    for (let id = 0; id < 8; id++) {
      const slot = rig.lane.push(scalarTask(id));
      seen.push(rig.lane.words[baseOf(slot) + at.STATE]! >>> 3);
      const entry = rig.worker.take()!;
      for (const old of stale) assert.equal(rig.worker.claim(old), -1);
      if (id % 2 === 0) {
        const task: TestTask = rig.lane.revoke(slot)!;
        assert.equal(task.id, id);
        assert.equal(rig.worker.claim(entry), -1);
      } else {
        const base = rig.worker.claim(entry);
        assert.equal(base, baseOf(slot));
        rig.end({ entry, base });
        assert.equal(rig.lane.drain(), 1);
      }
      stale.push(entry);
    }
    const { GENERATIONS } = at;
    assert.deepEqual(seen, [GENERATIONS - 2, GENERATIONS - 1, 0, 1, 2, 3, 4, 5]);
    assert.deepEqual(rig.doneIds, [1, 3, 5, 7]);
  });
});
