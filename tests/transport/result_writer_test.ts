/** The worker's writer of results: where they stand, and when their memory is used again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { portable } from "../../adapters/runtime/_portable.ts";
import { createCodec } from "../../src/codec/mod.ts";
import type { Attachment, Codec, Encoded } from "../../src/codec/types.ts";
import type { FunctionResolver } from "../../src/functions/function_resolver.ts";
import { ArenaReader, LARGEST_BLOCK } from "../../src/transport/arena.ts";
import * as at from "../../src/transport/layout.ts";
import { openPayload, type PayloadMessage } from "../../src/transport/messages.ts";
import {
  ARENA,
  ATTACHED,
  ERROR_BIT,
  INLINE,
  ON_PORT,
  placeOf,
  SCALARS,
} from "../../src/transport/payload_descriptor.ts";
import { ResultWriter } from "../../src/worker/result_writer.ts";
import { type Claimed, Rig, scalarTask } from "./_rig.ts";

/** A result whose encoding is as long as it says, and what goes with it. */
class Sized {
  readonly length: number;
  readonly attachments: readonly Attachment[] | null;

  constructor(length: number, attachments: readonly Attachment[] | null = null) {
    this.length = length;
    this.attachments = attachments;
  }
}

const real = createCodec(portable.types, {});
const codec: Codec = Object.assign(Object.create(real) as Codec, {
  encode(value: unknown): Encoded {
    if (!(value instanceof Sized)) throw new TypeError("cannot cross");
    const { length, attachments } = value;
    return { bytes: new Uint8Array(length + 5).fill(length), length, attachments, callbacks: null };
  },
  encodeThrown: (value: unknown): Encoded => real.encodeThrown(value),
});
const resolver = { formatName: () => "auto" } as Partial<FunctionResolver> as FunctionResolver;

class OutcomeRig extends Rig {
  readonly outcome: ResultWriter;
  readonly reader: ArenaReader;
  /** Where each drained result stood. */
  readonly placed: { place: number; flags: number; offset: number; length: number }[] = [];

  constructor(options?: { fastReceive: boolean }) {
    super(options);
    this.outcome = new ResultWriter(this.worker, this.results, this.ports[1], this.direct[1], codec, resolver);
    this.reader = new ArenaReader(this.results);
    this.onDone = (_, slot) => {
      const words = this.lane.words.subarray(at.SLOT_BASE + slot * at.SLOT_WORDS);
      const word = words[at.RESULT]!;
      const [offset, length] = [words[at.RESULT_OFFSET]!, words[at.RESULT_LENGTH]!];
      this.placed.push({ place: placeOf(word), flags: word & (ATTACHED | ERROR_BIT), offset, length });
    };
  }

  start(): Claimed {
    this.lane.push(scalarTask(1));
    const claimed = this.begin()!;
    this.outcome.reused(at.entrySlot(claimed.entry));
    return claimed;
  }

  finish(value: unknown, { entry, base } = this.start()): OutcomeRig["placed"][number] {
    this.outcome.value(entry, base, value);
    assert.equal(this.lane.drain(), 1);
    return this.placed.at(-1)!;
  }
}

describe("ResultWriter", () => {
  it("puts scalars and small results into the slot, larger into the arena, the largest on the port", () => {
    const rig = new OutcomeRig();
    for (const value of [1, undefined, null, true]) assert.equal(rig.finish(value).place, SCALARS);
    for (const [length, place] of [[0, INLINE], [at.PAYLOAD_BYTES, INLINE], [129, ARENA], [LARGEST_BLOCK, ARENA]]) {
      const found = rig.finish(new Sized(length!));
      assert.deepEqual([found.place, found.flags, found.length], [place, 0, length]);
      if (place === ARENA) assert.ok(rig.reader.view(found.offset, length!).every((byte) => byte === (length! & 255)));
    }
    assert.equal(rig.finish(new Sized(LARGEST_BLOCK + 1)).place, ON_PORT);
    const head = rig.done.at(-1)!.received!.head!;
    assert.deepEqual([head.length >= LARGEST_BLOCK + 1, head[0], head[LARGEST_BLOCK]], [true, 1, 1]);
    assert.deepEqual(rig.ports[1].transferred, [head.buffer], "one plain copy that moves");
  });

  it("posts attachments before it publishes; ports and buffers move, shared memory does not", () => {
    const rig = new OutcomeRig();
    const [buffer, port, memory] = [new ArrayBuffer(2), {}, new SharedArrayBuffer(2)];
    const found = rig.finish(
      new Sized(3, [
        { kind: "transfer", buffer },
        { kind: "port", port },
        { kind: "shared", buffer: memory },
        { kind: "copy", bytes: new Uint8Array([1, 2]) },
      ]),
    );
    assert.deepEqual([found.place, found.flags], [INLINE, ATTACHED]);
    const { attachments } = rig.done[0]!.received!;
    assert.ok(attachments[0] === buffer && attachments[1] === port && attachments[2] === memory);
    assert.deepEqual(attachments[3], new Uint8Array([1, 2]).buffer);
    assert.deepEqual(rig.ports[1].transferred, [buffer, port, attachments[3]]);
  });

  it("moves nothing but ports where receiving is slow, and all goes by the port that a blocked caller reads", () => {
    const rig = new OutcomeRig({ fastReceive: false });
    const [buffer, port] = [new Uint8Array([4]).buffer, {}];
    const { entry, base } = rig.start();
    const attachments: Attachment[] = [
      { kind: "copy", bytes: new Uint8Array([3]) },
      { kind: "transfer", buffer },
      { kind: "port", port },
    ];
    rig.outcome.value(entry, base, new Sized(LARGEST_BLOCK + 1, attachments));
    assert.deepEqual([rig.ports[0].inbox.length, rig.direct[0]!.inbox.length], [0, 1]);
    const message = rig.direct[0]!.inbox[0] as PayloadMessage;
    assert.ok(message.head instanceof SharedArrayBuffer);
    assert.deepEqual([message.copies, rig.direct[1]!.transferred], [
      [0, 1].map((position) => ({ position, length: 1 })),
      [port],
    ]);
    assert.deepEqual(openPayload(message, portable).attachments, [new Uint8Array([3]).buffer, buffer, port]);
  });

  it("publishes an error for a result that cannot cross, and for what was thrown", () => {
    const rig = new OutcomeRig();
    assert.equal(rig.finish({}).flags, ERROR_BIT);
    const { entry, base } = rig.start();
    rig.outcome.error(entry, base, new RangeError("thrown"));
    rig.lane.drain();
    const { flags, offset, length, place } = rig.placed[1]!;
    assert.deepEqual([place, flags], [ARENA, ERROR_BIT]);
    const thrown = real.decode(rig.reader.view(offset, length), "auto", []) as Error;
    assert.ok(thrown instanceof RangeError && thrown.message === "thrown");
  });
});

describe("result memory", () => {
  it("is used again only once the caller has acknowledged the result", () => {
    const rig = new OutcomeRig();
    const [one, two] = [rig.start(), rig.start()];
    rig.outcome.value(one.entry, one.base, new Sized(1000));
    rig.outcome.reclaim();
    rig.outcome.value(two.entry, two.base, new Sized(1000));
    rig.lane.drain();
    assert.deepEqual(rig.placed.map(({ offset }) => offset), [0, 1024]);
    rig.outcome.reclaim();
    assert.equal(rig.finish(new Sized(4096)).offset, 0, "all was free, so the arena starts over");
  });

  it("is used again by the slot's next task", () => {
    const rig = new OutcomeRig();
    for (let round = 0; round < 10; round++) assert.equal(rig.finish(new Sized(1000)).offset, 0);
    assert.equal(rig.results.byteLength, 4096);
  });

  it("is reclaimed before the arena is called full, and what it refuses goes on the port", () => {
    const rig = new OutcomeRig();
    const tasks = Array.from({ length: 5 }, () => rig.start());
    for (const { entry, base } of tasks.slice(0, 4)) rig.outcome.value(entry, base, new Sized(LARGEST_BLOCK));
    rig.outcome.value(tasks[4]!.entry, tasks[4]!.base, new Sized(200));
    assert.equal(rig.lane.drain(), 5);
    assert.deepEqual(rig.placed.map(({ place }) => place), [ARENA, ARENA, ARENA, ARENA, ON_PORT]);
    // All are read by now, though none of those slots is in use again.
    assert.equal(rig.finish(new Sized(LARGEST_BLOCK)).place, ARENA);
  });

  it("is reclaimed where the slot's next task was revoked", () => {
    const rig = new OutcomeRig();
    const claimed = rig.start();
    rig.outcome.value(claimed.entry, claimed.base, new Sized(4096));
    const other = rig.start();
    rig.lane.drain();
    rig.lane.revoke(rig.lane.push(scalarTask(2)));
    rig.outcome.reclaim();
    assert.equal(rig.finish(new Sized(4096), other).offset, 0);
  });

  it("is shared, where receiving is slow, and used again by the slot's next task", () => {
    const rig = new OutcomeRig({ fastReceive: false });
    const port = rig.direct[1]!;
    const post = port.postMessage.bind(port);
    const posted: PayloadMessage[] = [];
    port.postMessage = (message, transfer) => {
      posted.push(message as PayloadMessage);
      post(message, transfer);
    };
    for (let i = 0; i < 2; i++) {
      rig.finish(new Sized(LARGEST_BLOCK + 1, [{ kind: "copy", bytes: new Uint8Array(2 ** 20) }]));
    }
    const [first, second] = posted as [PayloadMessage, PayloadMessage];
    assert.ok(first.head instanceof SharedArrayBuffer && first.attachments[0] instanceof SharedArrayBuffer);
    assert.deepEqual([second.head === first.head, second.attachments[0] === first.attachments[0]], [true, true]);
  });

  it("is not lost where posting throws and an error is published instead", () => {
    const rig = new OutcomeRig();
    const { entry, base } = rig.start();
    rig.ports[1].postMessage = () => {
      throw new Error("out of memory");
    };
    const value = new Sized(200, [{ kind: "shared", buffer: new SharedArrayBuffer(1) }]);
    assert.throws(() => rig.outcome.value(entry, base, value), /out of memory/);
    rig.outcome.error(entry, base, new Error("of a block's size".repeat(20)));
    rig.lane.drain();
    rig.outcome.reclaim();
    assert.equal(rig.finish(new Sized(4096)).offset, 0);
  });

  it("of a late result is not freed while the lane lives", () => {
    const rig = new OutcomeRig();
    const [late, other] = [rig.start(), rig.start()];
    rig.lane.abandon(at.entrySlot(late.entry));
    rig.outcome.value(late.entry, late.base, new Sized(1000));
    rig.outcome.reclaim();
    assert.notEqual(rig.finish(new Sized(1000), other).offset, 0);
    assert.equal(rig.done.length, 1);
  });
});
