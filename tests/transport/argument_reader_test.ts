/** The worker's reader of arguments: from the slot, the arena and the port, in any order of messages. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Codec } from "../../src/codec/types.ts";
import type { FunctionResolver } from "../../src/functions/function_resolver.ts";
import { LARGEST_BLOCK } from "../../src/transport/arena.ts";
import * as at from "../../src/transport/layout.ts";
import type { LaneMessage } from "../../src/transport/messages.ts";
import { formatBits, scalarWord } from "../../src/transport/payload_descriptor.ts";
import { ArgumentReader } from "../../src/worker/argument_reader.ts";
import { bytesTask, Rig, scalarTask, type TestTask } from "./_rig.ts";

/** Arguments as the stub of a codec gives them. */
type Read = [bytes: Uint8Array, format: string, attachments: readonly object[]];

const codec = {
  decode: (bytes, format, attachments) => [bytes.slice(), format, attachments],
} as Partial<Codec> as Codec;
const resolver = { formatName: (number: number) => `format ${number}` } as Partial<
  FunctionResolver
> as FunctionResolver;

class InboxRig extends Rig {
  readonly inbox: ArgumentReader;

  constructor(options?: { fastReceive: boolean }) {
    super(options);
    this.inbox = new ArgumentReader(
      this.adapter,
      this.worker,
      this.args.buffer,
      this.direct[1] ?? this.ports[1],
      codec,
      resolver,
    );
    this.adapter.listen(this.ports[1], (message) => this.inbox.receive(message as LaneMessage), () => {});
  }

  /** Claims the next task and reads its arguments. */
  read(): Read | Promise<Read> {
    const { entry, base } = this.begin()!;
    return this.inbox.read(entry, base) as Read | Promise<Read>;
  }

  expect(read: Read | Promise<Read>, { id, length }: TestTask, attachments: readonly object[] = []): void {
    assert.deepEqual(read, [new Uint8Array(length).fill(id), "format 2", attachments]);
  }

  pushBytes(id: number, length: number, parcel: TestTask["parcel"] = null): TestTask {
    const task = { ...bytesTask(id, length, parcel), argsWord: formatBits(2) };
    this.lane.push(task);
    return task;
  }
}

describe("ArgumentReader.read()", () => {
  it("gives scalars as they were", () => {
    const rig = new InboxRig();
    for (const scalars of [[], [1], [-0, NaN, undefined, null], [true, false, 1.5, Infinity]]) {
      rig.lane.push({ ...scalarTask(1), scalars, argsWord: scalarWord(scalars) });
      assert.deepEqual(rig.read(), scalars);
    }
  });

  it("reads bytes in the slot, in the arena, and on the port", () => {
    const rig = new InboxRig();
    for (const length of [0, 1, at.PAYLOAD_BYTES, 129, 60_000, LARGEST_BLOCK, LARGEST_BLOCK + 1, 1_000_000]) {
      rig.expect(rig.pushBytes(7, length) && rig.read(), bytesTask(7, length));
    }
  });

  it("reads an arena that grew after the worker began", () => {
    const rig = new InboxRig();
    const before = rig.args.buffer.byteLength;
    const tasks = [1, 2, 3, 4].map((id) => rig.pushBytes(id, 100_000));
    assert.ok(rig.args.buffer.byteLength > before);
    for (const task of tasks) rig.expect(rig.read(), task);
  });

  it("finds a payload behind others on the port, and those after it", () => {
    const rig = new InboxRig();
    const tasks = [1, 2, 3].map((id) => rig.pushBytes(id, LARGEST_BLOCK + id));
    const [one, two, three] = [rig.begin()!, rig.begin()!, rig.begin()!];
    rig.expect(rig.inbox.read(three.entry, three.base) as Read, tasks[2]!);
    assert.equal(rig.ports[1].inbox.length, 0);
    rig.expect(rig.inbox.read(one.entry, one.base) as Read, tasks[0]!);
    rig.expect(rig.inbox.read(two.entry, two.base) as Read, tasks[1]!);
  });

  it("finds a payload that an event brought before the task was claimed", () => {
    const rig = new InboxRig();
    const task = rig.pushBytes(1, LARGEST_BLOCK + 1);
    rig.ports[1].deliver();
    rig.expect(rig.read(), task);
  });

  it("passes over the payload of a revoked task, dropped by event or on the way to another", () => {
    for (const byEvent of [true, false]) {
      const rig = new InboxRig();
      const revoked = rig.lane.push(bytesTask(1, LARGEST_BLOCK + 1));
      if (byEvent) rig.ports[1].deliver();
      const entry = at.ringEntry(revoked, 1);
      rig.lane.revoke(revoked);
      if (byEvent) rig.ports[1].deliver();
      const task = rig.pushBytes(2, LARGEST_BLOCK + 2);
      rig.expect(rig.read(), task);
      // The dropped one is not kept: nothing is left to be read.
      assert.throws(() => rig.inbox.read(entry, at.SLOT_BASE + revoked * at.SLOT_WORDS), /on the port/);
    }
  });

  it("gives attachments, those to be copied as memory of their own", () => {
    const rig = new InboxRig();
    const shared = new SharedArrayBuffer(3);
    new Uint8Array(shared).fill(6);
    for (const length of [10, 1000, LARGEST_BLOCK + 1]) {
      const task = rig.pushBytes(4, length, {
        attachments: [shared, shared],
        copies: [{ position: 0, length: 3 }],
        transfer: [],
      });
      const read = rig.read() as Read;
      rig.expect(read, task, [new Uint8Array([6, 6, 6]).buffer, shared]);
      assert.equal(read[2][1], shared);
    }
  });

  it("awaits what moves where reading the port is slow, unless it is here", async () => {
    const moved = new ArrayBuffer(8);
    const parcel = { attachments: [moved], copies: [], transfer: [moved] };
    const slow = new InboxRig({ fastReceive: false });
    const task = slow.pushBytes(1, 10, parcel);
    const read = slow.read();
    assert.ok(read instanceof Promise);
    slow.ports[1].deliver();
    slow.expect(await read, task, [moved]);
    const second = slow.pushBytes(2, 10, parcel);
    slow.ports[1].deliver();
    slow.expect(slow.read(), second, [moved]);
    const fast = new InboxRig({ fastReceive: true });
    fast.expect(fast.pushBytes(1, 10, parcel) && fast.read(), task, [moved]);
  });

  it("reads what does not move by the direct port, where there is one", () => {
    const rig = new InboxRig({ fastReceive: false });
    const task = rig.pushBytes(1, LARGEST_BLOCK + 1);
    assert.equal(rig.ports[1].inbox.length, 0);
    rig.expect(rig.read(), task);
  });

  it("says so where the payload is missing, and reads the next", () => {
    const rig = new InboxRig();
    rig.pushBytes(1, LARGEST_BLOCK + 1);
    rig.ports[1].inbox.length = 0;
    assert.throws(() => rig.read(), /Cannot find the arguments/);
    rig.expect(rig.pushBytes(2, 10) && rig.read(), bytesTask(2, 10));
  });
});
