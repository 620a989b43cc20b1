/** Arguments: where they stand, what travels on the port, and what a revoke takes back. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LARGEST_BLOCK } from "../../src/transport/arena.ts";
import * as at from "../../src/transport/layout.ts";
import type { PayloadMessage } from "../../src/transport/messages.ts";
import { portable } from "../../adapters/runtime/_portable.ts";
import { openPayload } from "../../src/transport/messages.ts";
import {
  ARENA,
  ATTACHED,
  formatBits,
  formatOf,
  INLINE,
  ON_PORT,
  placeOf,
  SCALARS,
  TRANSFER_BIT,
} from "../../src/transport/payload_descriptor.ts";
import { baseOf, bytesTask, Rig, scalarTask } from "./_rig.ts";

/** What the worker reads of the arguments in a slot. */
function placed(rig: Rig, slot: number): { place: number; flags: number; offset: number; length: number } {
  const words = rig.worker.words.subarray(baseOf(slot));
  const word = words[at.ARGS]!;
  const flags = word & (ATTACHED | TRANSFER_BIT);
  return { place: placeOf(word), flags, offset: words[at.ARGS_OFFSET]!, length: words[at.ARGS_LENGTH]! };
}

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

describe("placeArguments()", () => {
  it("puts up to 128 bytes into the slot, up to 256 KiB into the arena, more into memory of their own", () => {
    const rig = new Rig();
    const sizes = [
      ...[0, 1, at.PAYLOAD_BYTES].map((size) => [size, INLINE] as const),
      ...[at.PAYLOAD_BYTES + 1, LARGEST_BLOCK].map((size) => [size, ARENA] as const),
      [LARGEST_BLOCK + 1, ON_PORT] as const,
    ];
    for (const [size, place] of sizes) {
      const task = bytesTask(5, size);
      task.argsWord = formatBits(3);
      const slot = rig.lane.push(task);
      const found = placed(rig, slot);
      assert.deepEqual([found.place, found.flags, found.length], [place, 0, size], `${size} bytes`);
      assert.equal(formatOf(rig.worker.words[baseOf(slot) + at.ARGS]!), 3);
      assert.equal(task.bytes, null, "the borrowed bytes are let go");
      let bytes: Uint8Array;
      if (place === ON_PORT) {
        const message = rig.ports[1].inbox.shift() as PayloadMessage;
        assert.equal(message.head, task.ownMemory);
        bytes = openPayload(message, portable).head!.subarray(0, found.length);
      } else if (place === ARENA) bytes = rig.args.bytes.slice(found.offset, found.offset + size);
      else bytes = rig.worker.bytes.slice((baseOf(slot) + at.PAYLOAD) * 4).subarray(0, size);
      assert.deepEqual(bytes, filled(size, 5));
      assert.equal(rig.ports[1].inbox.length, 0);
    }
  });

  it("takes memory of its own where the arena may not grow", () => {
    const rig = new Rig();
    while (rig.args.allocate(LARGEST_BLOCK) >= 0);
    while (rig.args.allocate(1) >= 0);
    const slot = rig.lane.push(bytesTask(1, 200));
    assert.equal(placed(rig, slot).place, ON_PORT);
    assert.equal(rig.ports[1].inbox.length, 1);
  });

  it("posts before it publishes: no entry is there yet when the message is", () => {
    const rig = new Rig();
    const port = rig.ports[0];
    const post = port.postMessage.bind(port);
    const seen: boolean[] = [];
    port.postMessage = (...args) => {
      seen.push(rig.worker.hasEntry);
      post(...args);
    };
    rig.lane.push(bytesTask(1, LARGEST_BLOCK + 1));
    assert.deepEqual(seen, [false]);
    assert.ok(rig.worker.hasEntry);
  });

  it("posts attachments beside the bytes, wherever those stand", () => {
    const rig = new Rig();
    const shared = new SharedArrayBuffer(4);
    new Uint8Array(shared).fill(8);
    for (const [size, place] of [[10, INLINE], [200, ARENA], [LARGEST_BLOCK + 1, ON_PORT]] as const) {
      const parcel = { attachments: [shared, shared], copies: [{ position: 1, length: 4 }], transfer: [] };
      const slot = rig.lane.push(bytesTask(2, size, parcel));
      assert.deepEqual([placed(rig, slot).place, placed(rig, slot).flags], [place, ATTACHED]);
      const message = rig.ports[1].inbox.shift() as PayloadMessage;
      assert.equal(message.entry, at.ringEntry(slot, 1));
      assert.equal(message.head === null, place !== ON_PORT);
      const { attachments } = openPayload(message, portable);
      assert.equal(attachments[0], shared, "by reference");
      assert.deepEqual(attachments[1], filled(4, 8).buffer, "copied out");
    }
    assert.deepEqual(rig.ports[0].transferred, []);
  });

  it("says so where something moves", () => {
    const rig = new Rig();
    const moved = new ArrayBuffer(8);
    const slot = rig.lane.push(bytesTask(1, 10, { attachments: [moved], copies: [], transfer: [moved] }));
    assert.equal(placed(rig, slot).flags, ATTACHED | TRANSFER_BIT);
    assert.deepEqual(rig.ports[0].transferred, [moved]);
  });

  it("leaves the task in no slot where posting throws", () => {
    const rig = new Rig();
    const port = rig.ports[0];
    const post = port.postMessage.bind(port);
    port.postMessage = () => {
      throw new Error("cannot be cloned");
    };
    assert.throws(() => rig.lane.push(bytesTask(1, LARGEST_BLOCK + 1)), /cannot be cloned/);
    assert.deepEqual([rig.lane.inFlight, [...rig.lane.occupied()], rig.worker.hasEntry], [0, [], false]);
    port.postMessage = post;
    let count = 0;
    for (; rig.lane.hasCapacity; count++) rig.lane.push(scalarTask(count));
    assert.equal(count, at.SLOTS);
    assert.equal(rig.work(), at.SLOTS);
    assert.equal(rig.lane.drain(), at.SLOTS);
  });

  it("keeps the result's format and the scalars' tags as they are", () => {
    const rig = new Rig();
    const task = scalarTask(1);
    const slot = rig.lane.push(task);
    assert.equal(rig.worker.words[baseOf(slot) + at.ARGS], task.argsWord);
    assert.equal(placed(rig, slot).place, SCALARS);
  });
});

describe("retrieveArguments()", () => {
  it("gives inline bytes back, although the slot is used again", () => {
    const rig = new Rig();
    const task = bytesTask(1, 100);
    const slot = rig.lane.push(task);
    rig.lane.revoke(slot);
    assert.equal(rig.lane.push(bytesTask(2, 128)), slot);
    assert.deepEqual(task.bytes, filled(100, 1));
    const again = rig.lane.push(task);
    assert.deepEqual(rig.worker.bytes.slice((baseOf(again) + at.PAYLOAD) * 4).subarray(0, 100), filled(100, 1));
  });

  it("moves a descriptor, not bytes: of an arena block and of memory of its own", () => {
    const [one, two] = [new Rig(), new Rig()];
    for (const size of [200, LARGEST_BLOCK + 1]) {
      const task = bytesTask(1, size);
      const slot = one.lane.push(task);
      const { offset, place } = placed(one, slot);
      const { arenaOffset, ownMemory } = task;
      one.lane.revoke(slot);
      assert.deepEqual([task.arenaOffset, task.ownMemory, task.bytes], [arenaOffset, ownMemory, null]);
      const moved = placed(two, two.lane.push(task));
      assert.deepEqual([moved.offset, moved.place], [offset, place]);
    }
    assert.equal(two.args.used, 0);
  });

  it("tells the worker to drop what stands on the port, after it was posted", () => {
    const rig = new Rig();
    const parcel = { attachments: [], copies: [], transfer: [] };
    const kinds = (task = bytesTask(1, 1)): string[] => {
      const slot = rig.lane.push(task);
      const entry = rig.worker.take()!;
      rig.lane.revoke(slot);
      const messages = rig.ports[1].inbox.splice(0) as { kind: string; entry: number }[];
      assert.ok(messages.every((message) => message.entry === entry));
      return messages.map(({ kind }) => kind);
    };
    assert.deepEqual(kinds(scalarTask(1)), []);
    assert.deepEqual(kinds(bytesTask(1, 100)), []);
    assert.deepEqual(kinds(bytesTask(1, 1000)), []);
    assert.deepEqual(kinds(bytesTask(1, LARGEST_BLOCK + 1)), ["payload", "drop"]);
    assert.deepEqual(kinds(bytesTask(1, 100, parcel)), ["payload", "drop"]);
    assert.deepEqual(kinds(bytesTask(1, 1000, parcel)), ["payload", "drop"]);
  });
});

describe("releaseArguments()", () => {
  it("lets go of all that a settled task held", () => {
    const rig = new Rig();
    const parcel = { attachments: [], copies: [], transfer: [] };
    const tasks = [200, LARGEST_BLOCK + 1].map((size) => bytesTask(1, size, parcel));
    for (const task of tasks) rig.lane.push(task);
    rig.work();
    rig.lane.drain();
    for (const { bytes, arenaOffset, ownMemory, parcel } of tasks) {
      assert.deepEqual([bytes, arenaOffset, ownMemory, parcel], [null, -1, null, null]);
    }
    assert.equal(rig.args.used, 0);
  });
});
