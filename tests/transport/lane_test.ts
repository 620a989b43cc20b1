/** A task's way there and back, and the lane's slots. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as at from "../../src/transport/layout.ts";
import { baseOf, Rig, scalarTask } from "./_rig.ts";

describe("CallerLane.push() and WorkerLane", () => {
  it("carry a task to the worker and its result back, once", () => {
    const rig = new Rig();
    const { lane, worker, done } = rig;
    assert.equal(worker.take(), undefined);
    const slot = lane.push(scalarTask(7));
    assert.equal(lane.inFlight, 1);
    assert.equal(lane.stateOf(slot), at.QUEUED);
    const entry = worker.take()!;
    assert.equal(at.entrySlot(entry), slot);
    const base = worker.claim(entry);
    assert.equal(base, baseOf(slot));
    assert.equal(lane.stateOf(slot), at.RUNNING);
    assert.equal(worker.words[base + at.FUNCTION], 7);
    assert.equal(lane.drain(), 0);
    rig.end({ entry, base });
    assert.equal(lane.stateOf(slot), at.DONE);
    assert.equal(lane.drain(), 1);
    assert.deepEqual(done, [{ id: 7, slot, value: 70, received: null }]);
    assert.equal(lane.drain(), 0);
    assert.equal(lane.inFlight, 0);
    assert.equal(worker.take(), undefined);
  });

  it("keep the order of pushes, and give results in the order of their ends", () => {
    const rig = new Rig();
    for (const id of [1, 2, 3]) rig.lane.push(scalarTask(id));
    const claimed = [rig.begin()!, rig.begin()!, rig.begin()!];
    assert.deepEqual(claimed.map(({ base }) => rig.worker.words[base + at.FUNCTION]), [1, 2, 3]);
    for (const i of [1, 2, 0]) rig.end(claimed[i]!);
    assert.equal(rig.lane.drain(), 3);
    assert.deepEqual(rig.doneIds, [2, 3, 1]);
  });

  it("clear what the slot's last task left: timeout and abort", () => {
    const rig = new Rig();
    const slot = rig.lane.push({ ...scalarTask(1), timeout: 50 });
    rig.lane.abort(slot);
    const first = rig.begin()!;
    assert.equal(rig.worker.words[first.base + at.TIMEOUT], 50);
    assert.ok(rig.worker.isAborted(first.entry));
    rig.end(first);
    rig.lane.drain();
    assert.equal(rig.lane.push(scalarTask(2)), slot);
    const second = rig.begin()!;
    assert.equal(rig.worker.words[second.base + at.TIMEOUT], 0);
    assert.ok(!rig.worker.isAborted(second.entry));
    rig.lane.abort(slot);
    assert.ok(rig.worker.isAborted(second.entry));
    assert.ok(!rig.worker.isAborted(first.entry), "the abort of the slot's next task is not its own");
  });
});

describe("CallerLane slots", () => {
  it("are all usable, and hasCapacity says when they are used up", () => {
    const rig = new Rig();
    const slots = Array.from({ length: at.SLOTS }, (_, id) => {
      assert.ok(rig.lane.hasCapacity);
      return rig.lane.push(scalarTask(id));
    });
    assert.equal(new Set(slots).size, at.SLOTS);
    assert.ok(!rig.lane.hasCapacity);
    assert.deepEqual([...rig.lane.occupied()], [...slots].sort((a, b) => a - b));
    assert.equal(rig.lane.countQueued(), at.SLOTS);
    assert.equal(rig.work(), at.SLOTS);
    assert.equal(rig.lane.countQueued(), 0);
    assert.ok(!rig.lane.hasCapacity, "results that were not drained keep their slots");
    assert.equal(rig.lane.drain(), at.SLOTS);
    assert.deepEqual(rig.doneIds, Array.from({ length: at.SLOTS }, (_, id) => id));
    assert.ok(rig.lane.hasCapacity);
    assert.deepEqual([...rig.lane.occupied()], []);
  });

  it("stay taken, and their result's memory the caller's, until the owner has read it", () => {
    const rig = new Rig();
    const slot = rig.lane.push(scalarTask(1));
    const generation = rig.lane.words[baseOf(slot) + at.STATE]! >>> 3;
    let next = -1;
    rig.onDone = (task) => {
      if (task.id !== 1) return;
      assert.equal(rig.lane.taskOf(slot), null);
      assert.notEqual(rig.lane.words[baseOf(slot) + at.ACKNOWLEDGED], generation);
      next = rig.lane.push(scalarTask(2));
    };
    rig.work();
    assert.equal(rig.lane.drain(), 1);
    assert.notEqual(next, slot);
    assert.equal(rig.lane.words[baseOf(slot) + at.ACKNOWLEDGED], generation);
    assert.equal(rig.lane.taskOf(next)!.id, 2);
  });

  it("are free again, and the next results come, where the owner throws", () => {
    const rig = new Rig();
    const slots = [1, 2].map((id) => rig.lane.push(scalarTask(id)));
    rig.work();
    rig.onDone = (task) => {
      if (task.id === 1) throw new Error("of the owner");
    };
    assert.throws(() => rig.lane.drain(), /of the owner/);
    assert.equal(rig.lane.inFlight, 1);
    assert.equal(rig.lane.drain(), 1);
    assert.deepEqual(rig.doneIds, [1, 2]);
    assert.deepEqual(new Set([3, 4].map((id) => rig.lane.push(scalarTask(id)))), new Set(slots));
  });
});

describe("CallerLane.drain()", () => {
  it("ends where the owner drains within it, and gives each result once", () => {
    const rig = new Rig();
    for (const id of [1, 2, 3]) rig.lane.push(scalarTask(id));
    rig.end(rig.begin()!);
    rig.onDone = (task) => {
      if (task.id !== 1) return;
      rig.work(); // published after the outer drain has looked
      assert.equal(rig.lane.drain(), 2);
    };
    assert.equal(rig.lane.drain(), 1);
    assert.deepEqual(rig.doneIds, [1, 2, 3]);
    rig.lane.push(scalarTask(4));
    rig.work();
    assert.equal(rig.lane.drain(), 1);
  });
});
