/** Large memory that is used again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LARGEST_BLOCK } from "../../src/transport/arena.ts";
import * as at from "../../src/transport/layout.ts";
import { BufferPool } from "../../src/transport/buffer_pool.ts";
import { bytesTask, Rig } from "./_rig.ts";

const MIB = 1024 * 1024;

describe("BufferPool", () => {
  it("gives memory that was kept to a payload of about its size", () => {
    const spare = new BufferPool();
    const memory = spare.take(MIB);
    assert.ok(memory.byteLength >= MIB && memory.byteLength <= MIB * 9 / 8);
    spare.give(memory);
    assert.notEqual(spare.take(2 * MIB), memory, "of another size");
    assert.equal(spare.take(MIB - 1000), memory);
    assert.notEqual(spare.take(MIB), memory, "it is in use");
  });

  it("takes enough for any length, and little more", () => {
    const spare = new BufferPool();
    for (let length = 1; length < 300 * MIB; length = Math.ceil(length * 1.37) + 1) {
      const { byteLength } = spare.take(length);
      assert.ok(byteLength >= length && byteLength <= Math.max(length * 9 / 8, length + 4096), `${length} bytes`);
      if (length > 64 * MIB) assert.equal(byteLength, length, "what is not kept is not rounded up");
    }
    assert.equal(spare.take(0).byteLength, 0);
  });

  it("copies over what stood there", () => {
    const spare = new BufferPool();
    spare.give(spare.copyOf(new Uint8Array(5000).fill(7)));
    const memory = spare.copyOf(new Uint8Array(4500).fill(1));
    assert.deepEqual(new Uint8Array(memory, 0, 4500), new Uint8Array(4500).fill(1));
  });

  it("keeps 64 MiB at most", () => {
    const spare = new BufferPool();
    const all = Array.from({ length: 10 }, () => spare.take(10 * MIB));
    for (const memory of all) spare.give(memory);
    const again = Array.from({ length: 10 }, () => spare.take(10 * MIB));
    assert.equal(again.filter((memory) => all.includes(memory)).length, 6);
  });
});

describe("memory of large arguments", () => {
  const length = LARGEST_BLOCK + 1;

  function push(rig: Rig): { slot: number; memory: SharedArrayBuffer[] } {
    const memory = [rig.args.spare.copyOf(new Uint8Array(4)), rig.args.spare.copyOf(new Uint8Array(MIB))];
    const copies = memory.map((buffer, position) => ({ position, length: buffer.byteLength }));
    const task = bytesTask(1, length, { attachments: memory, copies, transfer: [] });
    const slot = rig.lane.push(task);
    return { slot, memory: [...memory, task.ownMemory!] };
  }

  /** Whether the next to ask for such memory get it. */
  function isSpare(rig: Rig, memory: SharedArrayBuffer[]): boolean[] {
    return memory.map((buffer) => rig.args.spare.take(buffer.byteLength) === buffer);
  }

  it("is used again once the task is done", () => {
    const rig = new Rig();
    const { memory } = push(rig);
    assert.deepEqual(isSpare(rig, memory), [false, false, false]);
    rig.work();
    rig.lane.drain();
    assert.deepEqual(isSpare(rig, memory), [true, true, true]);
  });

  it("stays with a task that was taken back, and is used again when another worker has done it", () => {
    const rig = new Rig();
    const { slot, memory } = push(rig);
    const task = rig.lane.revoke(slot)!;
    assert.deepEqual(isSpare(rig, memory), [false, false, false]);
    rig.lane.push(task);
    rig.work();
    rig.lane.drain();
    assert.deepEqual(isSpare(rig, memory), [true, true, true]);
  });

  it("is never used again where a worker that was given up may read it", () => {
    const rig = new Rig();
    const { slot, memory } = push(rig);
    const claimed = rig.begin()!;
    assert.equal(at.entrySlot(claimed.entry), slot);
    assert.ok(rig.lane.abandon(slot));
    rig.lane.close();
    assert.deepEqual(isSpare(rig, memory), [false, false, false]);
  });
});
