/** Every order of the two sides' exchanges, and entries and results that come too late. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { firstCounts } from "../../src/transport/first_counts.ts";
import * as at from "../../src/transport/layout.ts";
import { baseOf, bytesTask, Rig, scalarTask } from "./_rig.ts";

describe("revoke against claim", () => {
  it("revoke first: the caller has the task back, the worker passes over the entry", () => {
    const rig = new Rig();
    const task = scalarTask(1);
    const slot = rig.lane.push(task);
    const entry = rig.worker.take()!;
    assert.equal(rig.lane.revoke(slot), task);
    assert.equal(rig.lane.inFlight, 0);
    assert.equal(rig.lane.taskOf(slot), null);
    assert.equal(rig.worker.claim(entry), -1);
    assert.equal(rig.lane.revoke(slot), null);
    rig.worker.publish(entry);
    assert.equal(rig.lane.drain(), 0);
    assert.deepEqual(rig.done, []);
  });

  it("claim first: the worker runs it, the caller is told no, before its end and after", () => {
    const rig = new Rig();
    const slot = rig.lane.push(scalarTask(1));
    const claimed = rig.begin()!;
    assert.equal(rig.lane.revoke(slot), null);
    assert.equal(rig.lane.stateOf(slot), at.RUNNING);
    rig.end(claimed);
    assert.equal(rig.lane.revoke(slot), null);
    assert.equal(rig.lane.drain(), 1);
    assert.equal(rig.lane.revoke(slot), null);
    assert.deepEqual(rig.doneIds, [1]);
  });

  it("a task is claimed once, whatever the entry says", () => {
    const rig = new Rig();
    rig.lane.push(scalarTask(1));
    const entry = rig.worker.take()!;
    assert.ok(rig.worker.claim(entry) >= 0);
    assert.equal(rig.worker.claim(entry), -1);
  });

  it("a revoked task runs on another lane, with its arguments", () => {
    const [one, two] = [new Rig(), new Rig()];
    for (const length of [1, at.PAYLOAD_BYTES]) {
      const task = one.lane.revoke(one.lane.push(bytesTask(9, length)))!;
      const slot = two.lane.push(task);
      const from = (baseOf(slot) + at.PAYLOAD) * 4;
      assert.deepEqual(two.worker.bytes.slice(from, from + length), new Uint8Array(length).fill(9));
    }
    assert.equal(one.work(), 0);
    assert.equal(two.work(), 2);
  });
});

describe("refill against a stale submission entry", () => {
  it("the stale entry never claims the slot's next task, in any of its states", () => {
    const rig = new Rig();
    const slot = rig.lane.push(scalarTask(1));
    rig.lane.revoke(slot);
    assert.equal(rig.lane.push(scalarTask(2)), slot);
    const [stale, entry] = [rig.worker.take()!, rig.worker.take()!];
    assert.notEqual(stale, entry);
    assert.equal(rig.worker.claim(stale), -1);
    assert.equal(rig.lane.stateOf(slot), at.QUEUED);
    const base = rig.worker.claim(entry);
    assert.equal(base, baseOf(slot));
    assert.equal(rig.worker.claim(stale), -1);
    rig.worker.publish(stale);
    assert.equal(rig.lane.stateOf(slot), at.RUNNING);
    rig.end({ entry, base });
    assert.equal(rig.worker.claim(stale), -1);
    rig.lane.drain();
    assert.deepEqual(rig.doneIds, [2]);
  });

  it("holds where one slot left many stale entries", () => {
    const rig = new Rig();
    for (let id = 0; id < 100; id++) rig.lane.revoke(rig.lane.push(scalarTask(id)));
    rig.lane.push(scalarTask(100));
    assert.equal(rig.work(), 1);
    rig.lane.drain();
    assert.deepEqual(rig.done.map(({ id, value }) => [id, value]), [[100, 1000]]);
  });
});

describe("abandon against publish", () => {
  it("abandon first: the task is the caller's, the late result goes nowhere", () => {
    const rig = new Rig();
    const task = scalarTask(1);
    const slot = rig.lane.push(task);
    const claimed = rig.begin()!;
    assert.equal(rig.lane.abandon(slot), task);
    assert.equal(rig.lane.inFlight, 0);
    rig.end(claimed);
    assert.equal(rig.worker.words[at.COMPLETED], firstCounts.entries | 0);
    assert.equal(rig.lane.drain(), 0);
    rig.lane.drainSlots();
    assert.deepEqual(rig.done, []);
    assert.equal(rig.lane.abandon(slot), null);
  });

  it("publish first: abandon is told no, and drain finds the result", () => {
    const rig = new Rig();
    const slot = rig.lane.push(scalarTask(1));
    rig.end(rig.begin()!);
    assert.equal(rig.lane.abandon(slot), null);
    assert.equal(rig.lane.drain(), 1);
    assert.deepEqual(rig.doneIds, [1]);
    assert.equal(rig.lane.abandon(slot), null);
  });

  it("a task that never began cannot be abandoned, only revoked", () => {
    const rig = new Rig();
    const slot = rig.lane.push(scalarTask(1));
    assert.equal(rig.lane.abandon(slot), null);
    assert.equal(rig.lane.stateOf(slot), at.QUEUED);
    assert.equal(rig.lane.revoke(slot)!.id, 1);
    assert.equal(rig.lane.abandon(slot), null);
  });

  it("an abandoned task's slot is not used again, the others are", () => {
    const rig = new Rig();
    const slot = rig.lane.push(scalarTask(0));
    const claimed = rig.begin()!;
    rig.lane.abandon(slot);
    const slots = new Set<number>();
    for (let id = 1; rig.lane.hasCapacity; id++) slots.add(rig.lane.push(scalarTask(id)));
    assert.equal(slots.size, at.SLOTS - 1);
    assert.ok(!slots.has(slot));
    rig.end(claimed);
    assert.equal(rig.work(), at.SLOTS - 1);
    assert.equal(rig.lane.drain(), at.SLOTS - 1);
    assert.ok(!rig.doneIds.includes(0));
  });
});

describe("stale completion entries", () => {
  it("of a task that drainSlots settled are passed over", () => {
    const rig = new Rig();
    rig.lane.push(scalarTask(1));
    rig.end(rig.begin()!);
    rig.lane.push(scalarTask(2));
    rig.lane.drainSlots();
    assert.deepEqual(rig.doneIds, [1]);
    assert.equal(rig.lane.drain(), 0);
  });

  it("do not finish the slot's next task: the generation is not its own", () => {
    const rig = new Rig();
    const slot = rig.lane.push(scalarTask(1));
    const first = rig.begin()!;
    rig.end(first);
    rig.lane.drain();
    assert.equal(rig.lane.push(scalarTask(2)), slot);
    // The old entry once more on the ring, by hand, while the next task is queued, running and done.
    const repeat = (): number => {
      const count = rig.worker.words[at.COMPLETED]!;
      rig.worker.words[at.COMPLETION_RING + (count & (at.SLOTS - 1))] = first.entry;
      Atomics.store(rig.worker.words, at.COMPLETED, count + 1);
      return rig.lane.drain();
    };
    assert.equal(repeat(), 0);
    const second = rig.begin()!;
    assert.equal(repeat(), 0);
    rig.write(second);
    const words = rig.worker.words;
    words[second.base + at.STATE] = at.stateWord(at.entryGeneration(second.entry), at.DONE);
    assert.equal(repeat(), 0);
    rig.lane.drainSlots();
    assert.deepEqual(rig.doneIds, [1, 2]);
  });
});
