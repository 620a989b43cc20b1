/** Pools whose workers are on the test's own thread, so that a test takes each of their steps itself. */
import { adapter } from "../../adapters/runtime/mod.ts";
import type { Pool, PoolOptions } from "../../mod.ts";
import type { Adapter, SpawnOptions } from "../../src/adapter.ts";
import { createPoolOn } from "../../src/api/pool.ts";
import { Atomics as captured } from "../../src/captured.ts";
import * as at from "../../src/transport/layout.ts";
import type { WorkerInit } from "../../src/transport/messages.ts";
import { ON_PORT, TAG_NUMBER } from "../../src/transport/payload_descriptor.ts";
import { WorkerLane } from "../../src/transport/worker_lane.ts";
import { fakeAdapter, fakeChannel, type FakePort } from "../transport/_rig.ts";

/** A worker that does nothing by itself. */
export class FakeThread {
  readonly lane: WorkerLane;
  readonly #port: FakePort;
  /** The value of WAKE_SEQ that it sleeps on; `undefined` while it has not come up. */
  #sleepsOn: number | undefined;
  isGone = false;

  constructor({ lane, control, port, activeWord }: WorkerInit) {
    this.lane = new WorkerLane(lane, control, activeWord);
    this.#port = port as FakePort;
  }

  get isUp(): boolean {
    return this.#sleepsOn !== undefined;
  }

  /** Says that it is ready, and parks. */
  comeUp(): void {
    if (this.isGone || this.isUp) return;
    this.lane.unpark();
    this.lane.announce(at.LIFE_READY);
    this.#sleepsOn = -1;
    this.run();
  }

  /** Does what there is to do if it was woken; each task's result is ten times its argument. */
  run(): void {
    const { lane } = this;
    if (this.isGone || !this.isUp || Atomics.load(lane.words, at.WAKE_SEQ) === this.#sleepsOn) return;
    lane.unpark();
    for (;;) {
      for (let entry = lane.take(); entry !== undefined; entry = lane.take()) {
        const base = lane.claim(entry);
        if (base < 0) continue;
        lane.words[base + at.RESULT] = TAG_NUMBER << 16;
        lane.numbers[(base + at.RESULT_SCALAR) >> 1] = lane.numbers[(base + at.ARGS_SCALARS) >> 1]! * 10;
        lane.publish(entry);
      }
      if (lane.stopping) return this.#end(at.LIFE_STOPPED);
      this.#sleepsOn = lane.park();
      if (!lane.hasEntry && !lane.stopping) return;
      lane.unpark();
    }
  }

  /** Whether there is a task for it to claim. */
  get hasTask(): boolean {
    for (let slot = 0; slot < at.SLOTS; slot++) {
      if ((this.lane.words[at.SLOT_BASE + slot * at.SLOT_WORDS + at.STATE]! & 7) === at.QUEUED) return true;
    }
    return false;
  }

  /** Says that a task is done whose result it never sends. */
  breakOff(): void {
    const { lane } = this;
    const entry = lane.take()!;
    lane.words[lane.claim(entry) + at.RESULT] = ON_PORT;
    lane.publish(entry);
  }

  /** Dies; what it had claimed is lost. */
  die(): void {
    if (!this.isGone) this.#end(at.LIFE_DEAD);
  }

  #end(life: number): void {
    this.lane.words[at.EXIT_CODE] = life === at.LIFE_DEAD ? 1 : 0;
    this.lane.announce(life);
    this.kill();
  }

  /** Ends without a word. */
  kill(): void {
    if (this.isGone) return;
    this.isGone = true;
    // The event comes in a turn of its own, as it does from another thread.
    setTimeout(() => this.#port.close(), 0);
  }
}

/** A pool on such threads, and what can be seen of it. */
export interface FakePool {
  readonly pool: Pool;
  readonly threads: FakeThread[];
  /** Whether the caller has parked. */
  isParked(): boolean;
  /** Whether it keeps the program alive. */
  isHeld(): boolean;
}

/** Makes a pool on such threads. */
export function fakePool(options: PoolOptions): FakePool {
  const threads: FakeThread[] = [];
  let isHeld = false;
  const spawn = ({ init }: SpawnOptions) => {
    const thread = new FakeThread(init as WorkerInit);
    threads.push(thread);
    return { terminate: () => thread.kill() };
  };
  const fake: Adapter = {
    ...adapter,
    ...fakeAdapter(),
    supports: { ...adapter.supports, fastReceive: true },
    channel: fakeChannel,
    spawn,
    keepAlive() {
      const real = adapter.keepAlive();
      const ref = (value: boolean) => () => {
        isHeld = value;
        real[value ? "ref" : "unref"]();
      };
      return { ...real, ref: ref(true), unref: ref(false) };
    },
  };
  const pool = createPoolOn(fake, options);
  const isParked = (): boolean => (threads[0]!.lane.control[at.CALLER]! & 3) === at.CALLER_PARKED;
  return { pool, threads, isParked, isHeld: () => isHeld };
}

const names = ["load", "store", "add", "compareExchange", "notify"] as const;
type Operation = (array: Int32Array, index: number, ...rest: number[]) => number;
const real = Object.fromEntries(names.map((name) => [name, Atomics[name]])) as unknown as Record<string, Operation>;
/** What the code under test calls: the operations as it took them when it was imported. */
const patched = captured as unknown as Record<string, Operation>;

/** Calls `act` while `after` hears of each of its Atomics operations but those in `after` itself. */
export async function interpose(
  act: () => Promise<void>,
  after: (name: string, array: Int32Array, index: number) => void,
): Promise<void> {
  let isInside = false;
  for (const name of names) {
    patched[name] = (array, index, ...rest) => {
      const value = real[name]!.call(Atomics, array, index, ...rest);
      if (!isInside) {
        isInside = true;
        after(name, array, index);
        isInside = false;
      }
      return value;
    };
  }
  try {
    await act();
  } finally {
    Object.assign(patched, real);
  }
}
