/** Payloads on the port that come before their result is drained, after it, or never. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as at from "../../src/transport/layout.ts";
import { ATTACHED, INLINE, ON_PORT } from "../../src/transport/payload_descriptor.ts";
import { type Claimed, Rig, scalarTask } from "./_rig.ts";

/** Posts the payload of a claimed task. */
function post(rig: Rig, { entry }: Claimed, head: ArrayBuffer | null = new Uint8Array([entry & 0xff]).buffer): void {
  rig.ports[1].postMessage({ kind: "payload", entry, head, attachments: [], copies: [] });
}

function publish(rig: Rig, { entry, base }: Claimed, word: number = ON_PORT): void {
  rig.worker.words[base + at.RESULT] = word;
  rig.worker.publish(entry);
}

function start(rig: Rig, id = 1): Claimed {
  rig.lane.push(scalarTask(id));
  return rig.begin()!;
}

describe("CallerPort", () => {
  it("reads the port on demand where that is fast", () => {
    const rig = new Rig();
    const claimed = start(rig);
    post(rig, claimed);
    publish(rig, claimed);
    assert.equal(rig.lane.drain(), 1);
    assert.deepEqual(rig.done[0]!.received!.head, new Uint8Array([claimed.entry & 0xff]));
    assert.equal(rig.looks, 0);
  });

  it("reads the direct port on demand, where there is one", () => {
    const rig = new Rig({ fastReceive: false });
    const claimed = start(rig);
    const head = new SharedArrayBuffer(1);
    rig.direct[1]!.postMessage({ kind: "payload", entry: claimed.entry, head, attachments: [], copies: [] });
    publish(rig, claimed);
    assert.equal(rig.lane.drain(), 1);
    assert.equal(rig.done[0]!.received!.head!.buffer, head);
    rig.lane.close();
    assert.ok(rig.direct[1]!.isClosed);
  });

  it("keeps a payload that an event brought before its result was drained", () => {
    for (const fastReceive of [true, false]) {
      const rig = new Rig({ fastReceive });
      const claimed = start(rig);
      post(rig, claimed);
      rig.ports[0].deliver();
      assert.equal(rig.done.length, 0);
      publish(rig, claimed);
      assert.equal(rig.lane.drain(), 1);
      assert.notEqual(rig.done[0]!.received, null);
    }
  });

  it("finishes a drained task when its payload comes, and has the owner look", () => {
    const rig = new Rig({ fastReceive: false });
    const [late, other] = [start(rig, 1), start(rig, 2)];
    post(rig, late);
    publish(rig, late);
    rig.end(other);
    assert.equal(rig.lane.drain(), 1);
    assert.deepEqual(rig.doneIds, [2], "the one that waits holds up no other");
    assert.equal(rig.lane.inFlight, 1);
    rig.ports[0].deliver();
    assert.deepEqual(rig.doneIds, [2, 1]);
    assert.equal(rig.looks, 1);
    assert.equal(rig.lane.inFlight, 0);
  });

  it("pulls what is awaited for a caller that gets no events, and nothing else", () => {
    const rig = new Rig({ fastReceive: false });
    const [first, second] = [start(rig, 1), start(rig, 2)];
    post(rig, first);
    rig.lane.callerPort.pullAwaited();
    assert.equal(rig.ports[0].inbox.length, 1, "nobody waits yet");
    publish(rig, first);
    rig.lane.drain();
    post(rig, second);
    rig.lane.callerPort.pullAwaited();
    assert.deepEqual(rig.doneIds, [1]);
    publish(rig, second);
    assert.equal(rig.lane.drain(), 1);
  });

  it("brings attachments of a result whose bytes stand in the slot", () => {
    const rig = new Rig();
    const claimed = start(rig);
    post(rig, claimed, null);
    publish(rig, claimed, INLINE | ATTACHED);
    assert.equal(rig.lane.drain(), 1);
    assert.equal(rig.done[0]!.received!.head, null);
  });

  it("never gives a late payload to the slot's next task", () => {
    const rig = new Rig();
    const claimed = start(rig, 1);
    post(rig, { ...claimed, entry: at.ringEntry(at.entrySlot(claimed.entry), 0) });
    publish(rig, claimed);
    assert.equal(rig.lane.drain(), 0);
    post(rig, claimed);
    rig.ports[0].deliver();
    assert.deepEqual(rig.doneIds, [1]);
  });

  it("a payload of a task that was given up finishes nothing", () => {
    const rig = new Rig();
    const claimed = start(rig);
    assert.equal(rig.lane.abandon(at.entrySlot(claimed.entry))!.id, 1);
    post(rig, claimed);
    publish(rig, claimed);
    rig.lane.drainSlots();
    rig.ports[0].deliver();
    assert.equal(rig.done.length, 0);
  });

  it("reads a closed port no more, whichever side closed it", () => {
    for (const side of [0, 1] as const) {
      const rig = new Rig();
      const claimed = start(rig);
      publish(rig, claimed);
      if (side === 0) rig.lane.close();
      else rig.ports[1].close();
      assert.equal(rig.gone, side);
      assert.equal(rig.lane.drain(), 0);
      rig.lane.callerPort.pull();
      rig.lane.callerPort.pullAwaited();
      assert.equal(rig.done.length, 0);
    }
  });
});
