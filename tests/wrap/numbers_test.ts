/** Numbers in shared memory that come round, or that are larger than a signed word. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Adapter } from "../../src/adapter.ts";
import type { Codec } from "../../src/codec/types.ts";
import { FunctionResolutionError } from "../../src/errors.ts";
import type { FunctionResolver } from "../../src/functions/function_resolver.ts";
import { ArenaWriter, LARGEST_BLOCK } from "../../src/transport/arena.ts";
import { firstCounts } from "../../src/transport/first_counts.ts";
import * as at from "../../src/transport/layout.ts";
import { type LaneMessage, openPayload, type ShareMessage } from "../../src/transport/messages.ts";
import { ARENA, formatBits, ON_PORT, placeOf } from "../../src/transport/payload_descriptor.ts";
import { SharedNumbers, SharedObjects } from "../../src/transport/shared_buffers.ts";
import { WorkerLane } from "../../src/transport/worker_lane.ts";
import { ArgumentReader } from "../../src/worker/argument_reader.ts";
import { WorkerLoop } from "../../src/worker/loop.ts";
import { ResultWriter } from "../../src/worker/result_writer.ts";
import { rigAtGeneration } from "../transport/_generations.ts";
import { baseOf, bytesTask, Rig, scalarTask, type TestTask } from "../transport/_rig.ts";

const LARGEST_SIGNED = 2 ** 31 - 1;

/** A codec whose values are the first and last byte of an encoding, and its length. */
const codec = {
  decode: (bytes) => [bytes[0], bytes.at(-1), bytes.length],
  encode: (value) => ({ bytes: value, length: (value as Uint8Array).length, attachments: null, callbacks: null }),
} as Partial<Codec> as Codec;

/** A worker's loop on a rig, with a clock that only the test moves. */
class LoopRig extends Rig {
  time = 1;
  readonly reader: ArgumentReader;
  readonly loop: WorkerLoop;
  constructor(resolve: () => unknown, fastReceive = true) {
    super({ fastReceive });
    // Without an activity word it does not spin.
    const lane = new WorkerLane(this.lane.buffer, this.caller.buffer, -1);
    const adapter = { ...this.adapter, now: () => this.time, scheduleRarely() {} } as unknown as Adapter;
    const resolver = { resolve, formatName: () => "auto" } as unknown as FunctionResolver;
    const port = this.direct[1] ?? this.ports[1];
    this.reader = new ArgumentReader(adapter, lane, this.args.buffer, port, codec, resolver);
    this.adapter.listen(this.ports[1], (message) => this.reader.receive(message as LaneMessage), () => {});
    const error = { encodeThrown: () => ({ bytes: new Uint8Array(1), length: 1, attachments: null, callbacks: null }) };
    const writer = new ResultWriter(lane, this.results, port, null, { ...codec, ...error } as Codec, resolver);
    this.loop = new WorkerLoop({
      adapter,
      lane,
      reader: this.reader,
      writer,
      resolver,
      tasksPerWorker: 1,
      watchHeap: false,
      finish() {},
    });
  }
}

/** Moves an arena's first free byte above the largest signed number, without touching the memory below. */
function fill(arena: ArenaWriter): void {
  for (let offset = 0; offset <= LARGEST_SIGNED;) {
    offset = arena.allocate(LARGEST_BLOCK);
    assert.ok(offset >= 0, "the arena is full");
  }
}

describe("a slot whose generation has come round", () => {
  it("has no start time of its older task", () => {
    const { lane, worker, begin } = rigOf(at.GENERATIONS - 3);
    const task = { ...scalarTask(1), timeout: 50 };
    const slot = lane.push(task);
    const base = baseOf(slot);
    begin();
    worker.numbers[(base + at.STARTED) >> 1] = 123;
    Atomics.store(worker.words, base + at.STARTED_GENERATION, at.GENERATIONS - 2);
    assert.equal(lane.startedAt(slot), 123);
    worker.publish(at.ringEntry(slot, at.GENERATIONS - 2));
    lane.drain();
    // What 4 million tasks without a timeout would leave: the next one's number.
    Atomics.store(worker.words, base + at.STARTED_GENERATION, at.GENERATIONS - 1);
    assert.equal(lane.push(task), slot);
    begin();
    assert.equal(lane.startedAt(slot), undefined);
  });

  it("does not wait for callbacks of its older task", () => {
    const { rig, lane, worker, begin } = rigOf(at.GENERATIONS - 3);
    let asked = 0;
    const callbacks = { end: () => (asked++, false) };
    const slot = lane.push(scalarTask(1));
    rig.work();
    lane.drain();
    worker.words[baseOf(slot) + at.CALLBACKS_ENDED] = at.GENERATIONS - 1;
    assert.equal(lane.push({ ...scalarTask(2), callbacks } as TestTask), slot);
    // Its arguments were never decoded, so nobody says that the callbacks have ended.
    rig.end(begin());
    assert.equal(lane.drain(), 1);
    assert.equal(asked, 0);
  });

  it("does not take its revoked task's result for one that was read", () => {
    const { lane, worker } = rigOf(at.GENERATIONS - 3);
    const slot = lane.push(scalarTask(1));
    worker.words[baseOf(slot) + at.ACKNOWLEDGED] = 5;
    lane.revoke(slot);
    assert.equal(worker.words[baseOf(slot) + at.ACKNOWLEDGED], at.GENERATIONS - 2);
  });

  it("does not name shared memory by the place that it had for its older task", () => {
    const objects = new SharedObjects();
    const buffer = new SharedArrayBuffer(1);
    objects.add({ kind: "share", number: 4, buffer, yours: -1 } as ShareMessage);
    const entry = at.ringEntry(3, 1);
    objects.all(entry, [4], () => false);
    assert.deepEqual(objects.positions(entry, [buffer]), [0]);
    const rig = new Rig();
    const writer = new ResultWriter(
      rig.worker,
      rig.results,
      rig.ports[1],
      null,
      codec,
      {} as FunctionResolver,
      objects,
    );
    writer.reused(3); // what the loop does as the slot's next task begins
    assert.equal(objects.positions(entry, [buffer]), null);
  });

  for (const fastReceive of [true, false]) {
    const where = fastReceive ? "the port" : "the port that nobody listens on";
    it(`finds no payload of an older task whose function was not found, on ${where}`, () => {
      const rig = new LoopRig(() => {
        throw new FunctionResolutionError("no such function");
      }, fastReceive);
      const task = bytesTask(1, LARGEST_BLOCK + 1);
      const slot = rig.lane.push({ ...task, argsWord: formatBits(1) });
      const entry = rig.lane.words[at.SUBMISSION_RING + (firstCounts.entries & (at.SUBMISSIONS - 1))]!;
      rig.loop.turn();
      assert.equal(rig.lane.drain(), 1);
      rig.ports[1].deliver();
      assert.throws(() => rig.reader.read(entry, baseOf(slot)), /on the port/);
    });
  }

  function rigOf(generation: number) {
    const rig = rigAtGeneration(generation);
    return { rig, lane: rig.lane, worker: rig.worker, begin: () => rig.begin()! };
  }
});

describe("an epoch of the caller that has come round", () => {
  for (const [what, ms, rings] of [["is rung in again", 1500, 2], ["that is the same still is not", 500, 1]] as const) {
    it(`${what}, ${ms} ms after the last ring`, () => {
      const rig = new LoopRig(() => ({ call: () => 1, compiled: false, name: "fn" }));
      rig.caller.park();
      rig.lane.push(scalarTask(1));
      rig.loop.turn();
      assert.equal(rig.rings, 1);
      // 2^28 parks later CALLER would read as it does now.
      rig.time += ms;
      rig.lane.push(scalarTask(2));
      rig.loop.turn();
      assert.equal(rig.rings, rings);
      assert.equal(rig.lane.drain(), 2);
    });
  }
});

describe("names of shared memory", () => {
  it("pass over those of objects that live when they come round", () => {
    const numbers = new SharedNumbers(() => {}, 3, 0);
    const buffers = Array.from({ length: 4 }, () => new SharedArrayBuffer(1));
    assert.deepEqual(buffers.slice(0, 3).map((buffer) => numbers.of(buffer)), [0, 1, 2]);
    numbers.collected(1);
    assert.equal(numbers.of(buffers[3]!), 1);
  });

  it("come round after 32 bits", () => {
    const before = firstCounts.sharedNumber;
    firstCounts.sharedNumber = 2 ** 32 - 1;
    try {
      const numbers = new SharedNumbers(() => {});
      const buffers = Array.from({ length: 3 }, () => new SharedArrayBuffer(1));
      assert.deepEqual(buffers.map((buffer) => numbers.of(buffer)), [2 ** 32 - 1, 0, 1]);
    } finally {
      firstCounts.sharedNumber = before;
    }
  });
});

describe("an arena of more than 2 GiB", () => {
  it("gives arguments beyond the largest signed number as they were", () => {
    const rig = new Rig({ maxBytes: 2 ** 32 });
    fill(rig.args);
    const resolver = { formatName: () => "auto" } as unknown as FunctionResolver;
    const reader = new ArgumentReader(rig.adapter, rig.worker, rig.args.buffer, rig.ports[1], codec, resolver);
    const task = { ...bytesTask(7, 1000), argsWord: formatBits(1) };
    rig.lane.push(task);
    assert.ok(task.arenaOffset > LARGEST_SIGNED);
    const { entry, base } = rig.begin()!;
    assert.deepEqual(reader.read(entry, base), [7, 7, 1000]);
  });

  it("gives results beyond the largest signed number as they were, and takes their memory back", () => {
    const rig = new Rig({ maxBytes: 2 ** 32 });
    const resolver = { formatName: () => "auto" } as unknown as FunctionResolver;
    const writer = new ResultWriter(rig.worker, rig.results, rig.ports[1], null, codec, resolver);
    const { allocate } = ArenaWriter.prototype;
    let arena: ArenaWriter | undefined;
    let used = 0;
    ArenaWriter.prototype.allocate = function (length) {
      ArenaWriter.prototype.allocate = allocate;
      fill(this);
      [arena, used] = [this, this.used];
      return this.allocate(length);
    };
    let read: Uint8Array | undefined;
    rig.onDone = (_, slot) => read = rig.lane.resultBytes(slot, rig.lane.resultWord(slot), null);
    rig.lane.push(scalarTask(1));
    const { entry, base } = rig.begin()!;
    writer.value(entry, base, new Uint8Array(1000).fill(9));
    assert.equal(placeOf(rig.worker.words[base + at.RESULT]!), ARENA);
    assert.equal(rig.lane.drain(), 1);
    assert.deepEqual([read!.length, read![0], read![999]], [1000, 9, 9]);
    writer.reclaim();
    assert.equal(arena!.used, used);
    assert.ok(rig.worker.words[base + at.RESULT_OFFSET]! < 0, "beyond the largest signed number");
  });
});

describe("an encoding of more than 2 GiB", () => {
  const length = 2 ** 31 + 8;

  it("reaches the worker whole, in memory that is longer", () => {
    const rig = new Rig();
    const ownMemory = new SharedArrayBuffer(length + 4096);
    new Uint8Array(ownMemory)[length - 1] = 5;
    const resolver = { formatName: () => "auto" } as unknown as FunctionResolver;
    const reader = new ArgumentReader(rig.adapter, rig.worker, rig.args.buffer, rig.ports[1], codec, resolver);
    const task = { ...scalarTask(1), scalars: null, argsWord: formatBits(1), length, ownMemory };
    rig.lane.push(task);
    const { entry, base } = rig.begin()!;
    assert.deepEqual(reader.read(entry, base), [0, 5, length]);
  });

  it("reaches the caller whole", () => {
    const rig = new Rig();
    rig.lane.push(scalarTask(1));
    const { entry, base } = rig.begin()!;
    const head = new SharedArrayBuffer(length + 4096);
    new Uint8Array(head)[length - 1] = 6;
    rig.ports[1].postMessage({ kind: "payload", entry, head, headLength: length, attachments: [], copies: [] });
    rig.worker.words[base + at.RESULT] = ON_PORT;
    rig.worker.publish(entry);
    let bytes: Uint8Array | undefined;
    rig.onDone = (_, slot) => {
      bytes = rig.lane.resultBytes(slot, rig.lane.resultWord(slot), rig.done.at(-1)!.received);
    };
    assert.equal(rig.lane.drain(), 1);
    assert.deepEqual([bytes!.length, bytes!.at(-1)], [length, 6]);
  });

  it("is read as long as its message says", () => {
    const head = new ArrayBuffer(16);
    const allocate = (length: number) => new ArrayBuffer(length);
    assert.equal(openPayload({ head, headLength: 3, attachments: [], copies: [] }, { allocate }).head!.length, 3);
  });
});
