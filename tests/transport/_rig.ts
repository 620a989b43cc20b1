/** Both ends of a lane on one thread, so that a test takes each step itself. */
import type { Adapter, Port } from "../../src/adapter.ts";
import { ArenaWriter, createArenaBuffer } from "../../src/transport/arena.ts";
import { CallerControl } from "../../src/transport/caller_control.ts";
import { CallerLane } from "../../src/transport/caller_lane.ts";
import type { LaneTask } from "../../src/transport/lane_task.ts";
import { firstCounts } from "../../src/transport/first_counts.ts";
import * as at from "../../src/transport/layout.ts";
import type { ReceivedPayload } from "../../src/transport/messages.ts";
import { type Parcel, releaseArguments } from "../../src/transport/arguments.ts";
import { scalarWord, TAG_NUMBER } from "../../src/transport/payload_descriptor.ts";
import { WorkerLane } from "../../src/transport/worker_lane.ts";

/** A task with a name of its own. */
export interface TestTask extends LaneTask {
  readonly id: number;
}

/** A task whose only argument is its own number. */
export function scalarTask(id: number): TestTask {
  const scalars = [id];
  return { ...emptyTask(id), scalars, argsWord: scalarWord(scalars) };
}

/** A task whose arguments are bytes, each of them the low byte of its number. */
export function bytesTask(id: number, length: number, parcel: Parcel | null = null): TestTask {
  return { ...emptyTask(id), bytes: new Uint8Array(length).fill(id), length, parcel };
}

function emptyTask(id: number): TestTask {
  const nothing = { scalars: null, bytes: null, length: 0, arenaOffset: -1, ownMemory: null, parcel: null };
  return { id, functionNumber: id, timeout: 0, argsWord: 0, ...nothing };
}

/** One end of a channel whose messages wait until a test delivers them. */
export class FakePort implements Port {
  peer!: FakePort;
  readonly inbox: unknown[] = [];
  readonly transferred: unknown[] = [];
  isClosed = false;
  onMessage: ((message: unknown) => void) | undefined;
  onClose: (() => void) | undefined;

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    this.transferred.push(...transfer);
    if (!this.isClosed) this.peer.inbox.push(message);
  }

  /** The event loop's turn: hands over what was posted. */
  deliver(): void {
    while (this.inbox.length > 0) this.onMessage!(this.inbox.shift());
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.peer.isClosed = true;
    this.peer.onClose?.();
  }
}

/** A connected pair. */
export function fakeChannel(): [FakePort, FakePort] {
  const pair: [FakePort, FakePort] = [new FakePort(), new FakePort()];
  pair[0].peer = pair[1];
  pair[1].peer = pair[0];
  return pair;
}

/** The part of an adapter that the transport uses. */
export function fakeAdapter(fastReceive = true): Adapter {
  const adapter = {
    supports: { fastReceive },
    now: () => performance.now(),
    listen(port: FakePort, onMessage: (message: unknown) => void, onClose: () => void) {
      Object.assign(port, { onMessage, onClose });
    },
    unrefPort() {},
    allocate: (length: number) => new ArrayBuffer(length),
    receiveMessage(port: FakePort) {
      if (port.isClosed) throw new Error("receiveMessage on a closed port crashes Node");
      return port.inbox.length > 0 ? { message: port.inbox.shift() } : undefined;
    },
  };
  return adapter as unknown as Adapter;
}

/** What a lane's owner was told of a task. */
export interface Done {
  readonly id: number;
  readonly slot: number;
  /** The result, where it is a number in the slot. */
  readonly value: number;
  readonly received: ReceivedPayload | null;
}

/** A claimed task, as the worker knows it. */
export interface Claimed {
  readonly entry: number;
  readonly base: number;
}

/** A lane with its two ends. */
export class Rig {
  readonly adapter: Adapter;
  readonly caller: CallerControl = new CallerControl(2);
  readonly args: ArenaWriter;
  readonly results: SharedArrayBuffer;
  /** The caller's end of the port, and the worker's. */
  readonly ports: [FakePort, FakePort] = fakeChannel();
  /** Those of the port that nobody listens on, where the other is slow to read. */
  readonly direct: [FakePort, FakePort] | [null, null];
  readonly lane: CallerLane<TestTask>;
  readonly worker: WorkerLane;
  readonly done: Done[] = [];
  /** How often the owner was asked to look, and told of a new life state and that the thread is gone. */
  looks = 0;
  lives = 0;
  gone = 0;
  /** Called in the middle of `onDone`. */
  onDone: ((task: TestTask, slot: number) => void) | undefined;

  constructor({ fastReceive = true, maxBytes = 1 << 20 }: { fastReceive?: boolean; maxBytes?: number } = {}) {
    this.args = new ArenaWriter(createArenaBuffer(4096, maxBytes));
    this.results = createArenaBuffer(4096, maxBytes);
    this.adapter = fakeAdapter(fastReceive);
    this.direct = fastReceive ? [null, null] : fakeChannel();
    const owner = {
      onDone: (task: TestTask, slot: number, received: ReceivedPayload | null) => {
        const value = this.lane.numbers[(baseOf(slot) + at.RESULT_SCALAR) >> 1]!;
        this.done.push({ id: task.id, slot, value, received });
        this.onDone?.(task, slot);
        releaseArguments(this.args, task);
      },
      onLook: () => void this.looks++,
      onLife: () => void this.lives++,
      onGone: () => void this.gone++,
    };
    this.lane = new CallerLane(this.adapter, owner, 0, this.args, this.results, this.ports[0], this.direct[0]);
    this.worker = new WorkerLane(this.lane.buffer, this.caller.buffer, this.caller.takeActiveWord());
  }

  /** Numbers of the tasks that are done, in the order in which the owner heard of them. */
  get doneIds(): number[] {
    return this.done.map(({ id }) => id);
  }

  /** Takes and claims the next entry that is not stale. */
  begin(): Claimed | undefined {
    for (let entry = this.worker.take(); entry !== undefined; entry = this.worker.take()) {
      const base = this.worker.claim(entry);
      if (base >= 0) return { entry, base };
    }
    return undefined;
  }

  /** Writes the result of a claimed task: ten times its argument. */
  write({ base }: Claimed): void {
    const argument = this.worker.numbers[(base + at.ARGS_SCALARS) >> 1]!;
    this.worker.words[base + at.RESULT] = TAG_NUMBER << 16;
    this.worker.numbers[(base + at.RESULT_SCALAR) >> 1] = argument * 10;
  }

  /** Ends a claimed task. */
  end(claimed: Claimed): void {
    this.write(claimed);
    this.worker.publish(claimed.entry);
  }

  /** Runs all that the worker finds; gives the number of tasks. */
  work(): number {
    let count = 0;
    for (let claimed = this.begin(); claimed !== undefined; claimed = this.begin(), count++) this.end(claimed);
    return count;
  }

  /** How often the bell was rung. */
  get rings(): number {
    return (this.control(at.BELL) - firstCounts.bell) | 0;
  }

  /** A control word. */
  control(word: number): number {
    return this.caller.words[word]!;
  }
}

/** First word of a slot. */
export function baseOf(slot: number): number {
  return at.SLOT_BASE + slot * at.SLOT_WORDS;
}

/** Random numbers from 0 to `below`, the same for the same seed. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Gives the event loop turns until a condition holds; a `waitAsync` by itself keeps no loop alive on Deno. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 0));
}
