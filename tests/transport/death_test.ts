/** A worker killed between any two of its stores, done here by hand: what the caller finds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LARGEST_BLOCK } from "../../src/transport/arena.ts";
import * as at from "../../src/transport/layout.ts";
import { ON_PORT } from "../../src/transport/payload_descriptor.ts";
import { bytesTask, type Claimed, Rig, scalarTask, type TestTask } from "./_rig.ts";

/** What the caller does on death, in the order of the README; gives the numbers of the tasks by their outcome. */
function bury({ lane, done }: Rig): { again: number[]; done: number[]; failed: number[] } {
  const slots = [...lane.occupied()];
  const taken = (tasks: (TestTask | null)[]): number[] => tasks.flatMap((task) => task === null ? [] : [task.id]);
  const again = taken(slots.map((slot) => lane.revoke(slot)));
  lane.drainSlots();
  const failed = taken(slots.map((slot) => lane.abandon(slot)));
  return { again, done: done.map(({ id }) => id), failed };
}

/** The stores of `publish`, one by one. */
const stores = {
  done(rig: Rig, { entry, base }: Claimed): void {
    const generation = at.entryGeneration(entry);
    const running = at.stateWord(generation, at.RUNNING);
    const before = Atomics.compareExchange(rig.worker.words, base, running, at.stateWord(generation, at.DONE));
    assert.equal(before, running);
  },
  ring(rig: Rig, { entry }: Claimed): void {
    rig.worker.words[at.COMPLETION_RING + (rig.worker.words[at.COMPLETED]! & (at.SLOTS - 1))] = entry;
  },
  completed(rig: Rig): void {
    Atomics.add(rig.worker.words, at.COMPLETED, 1);
  },
};

describe("a worker killed", () => {
  it("before it took the entry, or before the claim: the task runs elsewhere", () => {
    const rig = new Rig();
    rig.lane.push(scalarTask(1));
    rig.lane.push(scalarTask(2));
    rig.worker.take();
    assert.deepEqual(bury(rig), { again: [1, 2], done: [], failed: [] });
    assert.equal(rig.lane.inFlight, 0);
  });

  for (const stage of ["between claim and decode", "between payload write and DONE"]) {
    it(`${stage}: the task fails, those behind it run elsewhere`, () => {
      const rig = new Rig();
      for (const id of [1, 2]) rig.lane.push(scalarTask(id));
      const claimed = rig.begin()!;
      if (stage === "between payload write and DONE") rig.write(claimed);
      assert.deepEqual(bury(rig), { again: [2], done: [], failed: [1] });
      assert.equal(rig.lane.inFlight, 0);
    });
  }

  for (const stage of ["between DONE and ring", "between ring and COMPLETED", "between COMPLETED and wake"]) {
    it(`${stage}: the result is found, once`, () => {
      const rig = new Rig();
      rig.lane.push(scalarTask(1));
      rig.lane.push(scalarTask(2));
      rig.end(rig.begin()!);
      const claimed = rig.begin()!;
      rig.write(claimed);
      stores.done(rig, claimed);
      if (stage !== "between DONE and ring") stores.ring(rig, claimed);
      if (stage === "between COMPLETED and wake") stores.completed(rig);
      rig.lane.push(scalarTask(3));
      assert.deepEqual(bury(rig), { again: [3], done: [1, 2], failed: [] });
      assert.deepEqual(rig.done.map(({ value }) => value), [10, 20]);
      assert.equal(rig.lane.drain(), 0);
      assert.equal(rig.lane.inFlight, 0);
    });
  }

  it("with stale entries on its ring: what was revoked before stays away", () => {
    const rig = new Rig();
    rig.lane.revoke(rig.lane.push(scalarTask(1)));
    rig.lane.push(scalarTask(2));
    rig.worker.take();
    assert.deepEqual(bury(rig), { again: [2], done: [], failed: [] });
  });

  it("after it posted a payload that no event has brought yet: drainSlots reads the port", () => {
    for (const fastReceive of [true, false]) {
      const rig = new Rig({ fastReceive });
      rig.lane.push(scalarTask(1));
      const claimed = rig.begin()!;
      rig.worker.words[claimed.base + at.RESULT] = ON_PORT;
      const head = new Uint8Array([1, 2, 3]).buffer;
      rig.ports[1].postMessage({ kind: "payload", entry: claimed.entry, head, attachments: [], copies: [] });
      stores.done(rig, claimed);
      assert.deepEqual(bury(rig), { again: [], done: [1], failed: [] });
      assert.deepEqual(rig.done[0]!.received!.head, new Uint8Array([1, 2, 3]));
    }
  });

  it("before its payload arrived: the task can be forfeited once the thread is gone", () => {
    const rig = new Rig();
    const task = bytesTask(1, 1000);
    const slot = rig.lane.push(task);
    const claimed = rig.begin()!;
    rig.worker.words[claimed.base + at.RESULT] = ON_PORT;
    stores.done(rig, claimed);
    rig.ports[1].close();
    assert.deepEqual(bury(rig), { again: [], done: [], failed: [] });
    assert.deepEqual([...rig.lane.occupied()], [slot]);
    assert.equal(rig.lane.forfeit(slot), task);
    assert.equal(rig.lane.forfeit(slot), null);
    assert.equal(rig.lane.inFlight, 0);
    assert.ok(task.arenaOffset >= 0, "its arguments are its own, to be freed when it is settled");
    rig.lane.close();
    assert.equal(rig.args.used, 1024);
  });

  it("tells the owner once its port is closed, and reads that port no more", () => {
    const rig = new Rig();
    rig.lane.push(scalarTask(1));
    rig.end(rig.begin()!);
    rig.ports[1].close();
    assert.equal(rig.gone, 1);
    assert.deepEqual(bury(rig), { again: [], done: [1], failed: [] });
  });
});

describe("argument memory", () => {
  const length = 1000;

  it("is freed with the result, and kept by a revoke", () => {
    const rig = new Rig();
    const task = bytesTask(1, length);
    const slot = rig.lane.push(task);
    assert.equal(rig.args.used, 1024);
    assert.equal(rig.lane.revoke(slot), task);
    assert.equal(rig.args.used, 1024);
    const again = rig.lane.push(task);
    assert.equal(rig.args.used, 1024, "a revoked task moves a descriptor");
    rig.end(rig.begin()!);
    assert.equal(rig.args.used, 1024);
    rig.lane.drain();
    assert.equal(rig.args.used, 0);
    assert.equal(again, slot);
    assert.equal(task.arenaOffset, -1);
  });

  it("of an abandoned task stays untouched until the lane is closed", () => {
    const rig = new Rig();
    const task = bytesTask(1, length);
    const slot = rig.lane.push(task);
    const claimed = rig.begin()!;
    const offset = rig.worker.words[claimed.base + at.ARGS_OFFSET]!;
    assert.equal(rig.lane.abandon(slot), task);
    assert.equal(task.arenaOffset, -1);
    assert.equal(rig.args.used, 1024);
    for (let id = 2; id < 6; id++) assert.notEqual(rig.args.allocate(length), offset);
    assert.ok(rig.args.bytes.subarray(offset, offset + length).every((byte) => byte === 1));
    const used = rig.args.used;
    rig.lane.close();
    assert.equal(rig.args.used, used - 1024);
    assert.equal(rig.args.allocate(length), offset);
    rig.lane.close();
    assert.equal(rig.args.used, used, "a second close frees nothing twice");
    assert.ok(rig.ports[1].isClosed);
  });

  it("of its own and of a slot need no freeing", () => {
    const rig = new Rig();
    for (const size of [at.PAYLOAD_BYTES, LARGEST_BLOCK + 1]) {
      const slot = rig.lane.push(bytesTask(1, size));
      rig.begin();
      assert.equal(rig.lane.abandon(slot)!.id, 1);
    }
    assert.equal(rig.args.used, 0);
    rig.lane.close();
    assert.equal(rig.args.used, 0);
  });
});
