/** A raw lane between two real threads: random bursts and revokes, parking on both sides. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import { ArenaWriter, createArenaBuffer } from "../../src/transport/arena.ts";
import { CallerControl } from "../../src/transport/caller_control.ts";
import { CallerLane } from "../../src/transport/caller_lane.ts";
import * as at from "../../src/transport/layout.ts";
import type { StressInit } from "./fixtures/stress_worker.ts";
import { createRandom, scalarTask, type TestTask } from "./_rig.ts";

/** A lane to a real worker, and what became of its tasks. */
class Bench {
  readonly caller: CallerControl = new CallerControl(2);
  readonly lane: CallerLane<TestTask>;
  readonly runs: Uint8Array;
  readonly parks: Int32Array = new Int32Array(new SharedArrayBuffer(8));
  /** How often each task was given back to the caller: by its result, and by a revoke. */
  readonly done: Uint8Array;
  readonly revoked: Uint8Array;
  /** How often the caller parked, and slept on the bell. */
  readonly slept: { parked: number; blocked: number } = { parked: 0, blocked: 0 };
  /** Slots of the tasks that were pushed lately. */
  readonly recent: number[] = [];
  isGone = false;
  /** The worker's next ring, or its end; renewed by each. */
  ring!: Promise<void>;
  #arrived!: () => void;

  constructor(tasks: number) {
    this.runs = new Uint8Array(new SharedArrayBuffer(tasks));
    this.done = new Uint8Array(tasks);
    this.revoked = new Uint8Array(tasks);
    const [port, far] = adapter.channel();
    const look = (): void => {
      this.#arrived();
      this.#expect();
    };
    this.#expect();
    const owner = {
      onDone: (task: TestTask, slot: number) => {
        const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
        assert.equal(this.lane.numbers[(base + at.RESULT_SCALAR) >> 1], task.id * 10);
        this.done[task.id]!++;
      },
      onLook: () => {},
      onLife: () => {},
      onGone: () => {
        this.isGone = true;
        look();
      },
    };
    this.caller.onRing = look;
    const args = new ArenaWriter(createArenaBuffer(4096, 4096));
    this.lane = new CallerLane(adapter, owner, 0, args, createArenaBuffer(4096, 4096), port, null);
    const init: StressInit = {
      lane: this.lane.buffer,
      control: this.caller.buffer,
      activeWord: this.caller.takeActiveWord(),
      port: far,
      runs: this.runs.buffer as SharedArrayBuffer,
      parks: this.parks.buffer as SharedArrayBuffer,
    };
    adapter.spawn({
      entry: new URL("./fixtures/stress_worker.ts", import.meta.url),
      init,
      transfer: [far],
      name: "stress",
      env: undefined,
      resourceLimits: undefined,
      onExit: () => {},
      onError: (error) => {
        throw error;
      },
    });
  }

  #expect(): void {
    this.ring = new Promise((resolve) => this.#arrived = resolve);
  }

  /** Parks until a result is there, as the pool's poller does; there is no timer to save it. */
  async park(): Promise<void> {
    const { ring } = this;
    const bell = this.caller.park();
    if (this.lane.drain() === 0 && this.lane.inFlight > 0) {
      this.slept.parked++;
      this.caller.listen(bell);
      await ring;
    }
    this.caller.wakeUp();
  }

  /** Sleeps until the bell rings. */
  block(): void {
    const bell = this.caller.block();
    if (this.lane.drain() === 0 && this.lane.inFlight > 0) {
      this.slept.blocked++;
      this.caller.wait(bell, Infinity);
    }
    this.caller.wakeUp();
  }

  /** Takes back a task that was pushed lately, if it has not begun. */
  revoke(random: (below: number) => number): void {
    const slot = this.recent[random(this.recent.length)];
    if (slot === undefined) return;
    const task = this.lane.revoke(slot);
    if (task !== null) this.revoked[task.id]!++;
  }
}

async function exchange(tasks: number, seed: number): Promise<Bench> {
  const random = createRandom(seed);
  const bench = new Bench(tasks);
  const { lane } = bench;
  let id = 0;
  while (id < tasks || lane.inFlight > 0) {
    for (let burst = 1 + random(random(8) === 0 ? 200 : 8); burst > 0 && id < tasks && lane.hasCapacity; burst--) {
      bench.recent[id % 16] = lane.push(scalarTask(id++));
      if (random(4) === 0) bench.revoke(random);
    }
    const next = random(64);
    if (next < 48) lane.drain();
    else if (next < 60) bench.block();
    else if (next < 63) await bench.park();
    else await new Promise<void>((resolve) => adapter.schedule(resolve)); // the worker may park meanwhile
  }
  lane.stop(at.STOP_DRAIN);
  while (!bench.isGone) await bench.ring;
  lane.close();
  return bench;
}

describe("a lane between two threads", () => {
  it("gives every task back exactly once: run with its result, or revoked and not run", async () => {
    const alive = adapter.keepAlive();
    alive.ref();
    try {
      const tasks = 200_000;
      const { runs, done, revoked, lane, slept, parks } = await exchange(tasks, 5);
      const wrong: string[] = [];
      let taken = 0;
      for (let id = 0; id < tasks && wrong.length < 10; id++) {
        const [ran, came, back] = [runs[id]!, done[id]!, revoked[id]!];
        if (came + back !== 1 || ran !== came) wrong.push(`${id}: ran ${ran}, done ${came}, revoked ${back}`);
        taken += back;
      }
      assert.deepEqual(wrong, []);
      assert.equal(lane.life, at.LIFE_STOPPED);
      assert.deepEqual([...lane.occupied()], []);
      // The test is of little worth unless all of these came to pass.
      assert.ok(taken > 0 && taken < tasks, `${taken} were revoked`);
      assert.ok(slept.parked > 0 && slept.blocked > 0, `the caller slept ${JSON.stringify(slept)}`);
      assert.ok(parks[1]! > 0, `the worker parked ${parks[1]} times, and saw a task before that ${parks[0]} times`);
    } finally {
      alive.close();
    }
  });
});
