/** Parking and waking, both sides, step by step; the explorer goes through all the orders. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { firstCounts } from "../../src/transport/first_counts.ts";
import * as at from "../../src/transport/layout.ts";
import { CallerControl } from "../../src/transport/caller_control.ts";
import { Rig, scalarTask, until } from "./_rig.ts";

describe("park against push: WorkerLane.park()", () => {
  it("makes the next push wake it, and only that one", () => {
    const rig = new Rig();
    const { lane, worker } = rig;
    assert.ok(lane.isAwake);
    lane.push(scalarTask(1));
    assert.equal(worker.words[at.WAKE_SEQ], firstCounts.wakeSeq, "a worker that runs is not woken");
    const seq = worker.park();
    assert.ok(!lane.isAwake);
    lane.push(scalarTask(2));
    assert.equal(worker.words[at.WAKE_SEQ], seq + 1);
    assert.ok(lane.isAwake);
    lane.push(scalarTask(3));
    assert.equal(worker.words[at.WAKE_SEQ], seq + 1);
    worker.unpark();
    lane.push(scalarTask(4));
    assert.equal(worker.words[at.WAKE_SEQ], seq + 1);
    assert.equal(worker.park(), seq + 1);
    assert.ok(!lane.isAwake);
  });

  it("a push before it is seen by the look after it, so nothing need wake", () => {
    const { lane, worker } = new Rig();
    lane.push(scalarTask(1));
    worker.park();
    assert.ok(worker.hasEntry);
  });

  it("a notify before the wait is not lost: neither wait sleeps", async () => {
    const { lane, worker } = new Rig();
    const seq = worker.park();
    lane.push(scalarTask(1));
    worker.wait(seq, 1e9); // would hang
    let isWoken = false;
    worker.waitInEventLoop(seq, () => isWoken = true);
    await until(() => isWoken);
  });

  it("one notify ends the park in the event loop", async () => {
    const { lane, worker } = new Rig();
    let isWoken = false;
    worker.waitInEventLoop(worker.park(), () => isWoken = true);
    lane.push(scalarTask(1));
    await until(() => isWoken);
    assert.ok(worker.hasEntry);
  });

  it("stop and abort wake it too, and the stop is seen before anything else", async () => {
    for (const act of [at.STOP_DRAIN, at.STOP_NOW, "abort"] as const) {
      const { lane, worker } = new Rig();
      const slot = lane.push(scalarTask(1));
      const entry = worker.take()!;
      worker.claim(entry);
      let isWoken = false;
      worker.waitInEventLoop(worker.park(), () => isWoken = true);
      assert.ok(!worker.stopping && !worker.isAborted(entry));
      if (act === "abort") lane.abort(slot);
      else lane.stop(act);
      await until(() => isWoken);
      assert.deepEqual([worker.stopping, worker.isAborted(entry)], act === "abort" ? [false, true] : [true, false]);
      assert.equal(worker.stop, act === "abort" ? at.STOP_NONE : act);
    }
  });
});

describe("park against publish: CallerControl.park(), block() and WorkerLane.ring()", () => {
  it("does nothing for a caller that looks by itself", () => {
    const rig = new Rig();
    rig.lane.push(scalarTask(1));
    rig.work();
    assert.equal(rig.rings, 0);
  });

  for (const how of ["park", "block"] as const) {
    it(`rings once an epoch: ${how}()`, () => {
      const rig = new Rig();
      for (const id of [1, 2, 3, 4, 5]) rig.lane.push(scalarTask(id));
      const claimed = Array.from({ length: 5 }, () => rig.begin()!);
      assert.equal(rig.caller[how](), firstCounts.bell | 0);
      rig.end(claimed[0]!);
      rig.end(claimed[1]!);
      assert.equal(rig.rings, 1);
      rig.caller.wakeUp();
      rig.end(claimed[2]!);
      assert.equal(rig.rings, 1);
      assert.equal(rig.caller[how](), (firstCounts.bell + 1) | 0);
      rig.end(claimed[3]!);
      assert.equal(rig.rings, 2);
      rig.caller[how]();
      rig.end(claimed[4]!);
      assert.equal(rig.rings, 3, "each park is an epoch of its own");
    });
  }

  it("a ring before the wait is not lost: neither wait sleeps", async () => {
    const rig = new Rig();
    for (const id of [1, 2]) rig.lane.push(scalarTask(id));
    const claimed = [rig.begin()!, rig.begin()!];
    const bell = rig.caller.block();
    rig.end(claimed[0]!);
    rig.caller.wait(bell, 1e9); // would hang, were the bell not counted
    let rings = 0;
    rig.caller.onRing = () => rings++;
    const next = rig.caller.park();
    rig.end(claimed[1]!);
    rig.caller.listen(next);
    await until(() => rings === 1);
  });

  it("a ring calls onRing from the event loop, once however often the caller parked on that value", async () => {
    const rig = new Rig();
    let rings = 0;
    rig.caller.onRing = () => rings++;
    for (let parks = 0; parks < 10; parks++) {
      rig.caller.listen(rig.caller.park());
      rig.caller.wakeUp();
    }
    rig.worker.announce(at.LIFE_READY);
    assert.equal(rings, 0);
    await until(() => rings > 0);
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(rings, 1);
  });

  it("hears each value of the bell, which counts beyond the largest number of 32 bits", async () => {
    for (const bell of [2 ** 31 - 1, -(2 ** 31), -1, 0]) {
      const rig = new Rig();
      let rings = 0;
      rig.caller.onRing = () => rings++;
      rig.caller.words[at.BELL] = bell;
      rig.caller.listen(rig.caller.park());
      rig.worker.announce(at.LIFE_READY);
      for (let turns = 0; turns < 1000 && rings === 0; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
      assert.equal(rings, 1, `${bell}`);
    }
  });

  it("calls nobody after close()", async () => {
    const rig = new Rig();
    let rings = 0;
    rig.caller.onRing = () => rings++;
    rig.caller.listen(rig.caller.park());
    rig.caller.close();
    rig.worker.announce(at.LIFE_READY);
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(rings, 0);
  });

  it("does nothing for a result that was given up", () => {
    const rig = new Rig();
    const slot = rig.lane.push(scalarTask(1));
    const claimed = rig.begin()!;
    rig.lane.abandon(slot);
    rig.caller.park();
    rig.end(claimed);
    assert.equal(rig.rings, 0);
  });

  it("tells of a new life state, once that can be read, whatever the caller does", () => {
    const rig = new Rig();
    assert.equal(rig.lane.life, at.LIFE_STARTING);
    rig.worker.announce(at.LIFE_READY);
    assert.equal(rig.rings, 1);
    assert.equal(rig.lane.life, at.LIFE_READY);
  });

  it("what was published before the park is seen by the drain after it", () => {
    const rig = new Rig();
    rig.lane.push(scalarTask(1));
    rig.work();
    rig.caller.park();
    assert.equal(rig.lane.drain(), 1);
  });
});

describe("activity words", () => {
  it("are used again once freed, and run out without harm", () => {
    const caller = new CallerControl(4);
    const words = Array.from({ length: at.ACTIVE_WORDS }, () => caller.takeActiveWord());
    assert.deepEqual(words, Array.from({ length: at.ACTIVE_WORDS }, (_, i) => i));
    assert.equal(caller.takeActiveWord(), -1);
    caller.freeActiveWord(-1);
    caller.words[at.ACTIVE + 17] = 1;
    caller.freeActiveWord(17);
    assert.equal(caller.words[at.ACTIVE + 17], 0);
    assert.equal(caller.takeActiveWord(), 17);
    assert.equal(caller.takeActiveWord(), -1);
  });

  it("let a worker spin only while fewer threads run than there are cores", () => {
    const rig = new Rig(); // two cores: the caller and one more
    const other = rig.caller.takeActiveWord();
    rig.worker.unpark();
    assert.ok(rig.worker.maySpin);
    rig.caller.words[at.ACTIVE + other] = 1;
    assert.ok(!rig.worker.maySpin);
    rig.worker.park();
    assert.ok(rig.worker.maySpin, "one that parks leaves its core to the other");
  });
});
