/** The model's steps are the real code's: same operations on the same words in the same order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Adapter } from "../../src/adapter.ts";
import type { Codec } from "../../src/codec/types.ts";
import type { FunctionResolver } from "../../src/functions/function_resolver.ts";
import * as at from "../../src/transport/layout.ts";
import { WorkerLane } from "../../src/transport/worker_lane.ts";
import { ArgumentReader } from "../../src/worker/argument_reader.ts";
import { WorkerLoop } from "../../src/worker/loop.ts";
import { ResultWriter } from "../../src/worker/result_writer.ts";
import type { Steps } from "./_explorer.ts";
import { Memory } from "./_model.ts";
import { ModelCaller } from "./_model_caller.ts";
import { ModelWorker } from "./_model_worker.ts";
import { type Claimed, Rig, scalarTask } from "./_rig.ts";
import { canonical, traceReal } from "./_trace.ts";

/** The real lane and the model's, brought to the same state by the same operations. */
class Pair {
  readonly rig: Rig = new Rig();
  readonly memory: Memory = new Memory({ hasStop: true });
  readonly caller: ModelCaller = new ModelCaller(this.memory, function* () {});
  readonly worker: ModelWorker = new ModelWorker(this.memory);
  /** The real worker's end, without the activity word that the model has not. */
  readonly lane: WorkerLane = new WorkerLane(this.rig.lane.buffer, this.rig.caller.buffer, -1);
  #next = 1;

  /** Runs both, and holds their steps against each other; gives them. */
  same(real: () => unknown, model: Steps<unknown>): string[] {
    const names: string[] = [];
    for (let step = model.next(); !step.done; step = model.next()) names.push(step.value.name.replace(/\d+/g, ""));
    const expected = canonical(names.filter((name) => name !== "awake"));
    assert.deepEqual(traceReal(this.rig, real), expected);
    return expected;
  }

  push(): string[] {
    const task = this.#next++;
    return this.same(() => this.rig.lane.push(scalarTask(task)), this.caller.push(task));
  }

  /** Takes and claims the next task on both sides; gives the real one's entry. */
  begin(): Claimed {
    let entry = 0;
    let modelled = 0;
    this.same(
      () => entry = this.lane.take()!,
      (function* (worker): Steps {
        modelled = (yield* worker.take())!;
      })(this.worker),
    );
    let base = 0;
    this.same(() => base = this.lane.claim(entry), this.worker.claim(modelled));
    this.#modelled.set(entry, modelled);
    return { entry, base };
  }
  readonly #modelled: Map<number, number> = new Map();

  end({ entry, base }: Claimed): string[] {
    this.rig.write({ entry, base });
    const slot = `slot${at.entrySlot(entry)}`;
    this.memory.words[`${slot} RESULT`] = this.memory.get(`${slot} ARGS`) * 10;
    return this.same(() => this.lane.publish(entry), this.worker.publish(this.#modelled.get(entry)!));
  }

  enter(mode: number): void {
    const { caller } = this.rig;
    const real = () =>
      mode === at.CALLER_PARKED ? caller.park() : mode === at.CALLER_BLOCKED ? caller.block() : caller.wakeUp();
    this.same(real, mode === at.CALLER_AWAKE ? this.caller.enter(mode) : this.caller.rest(mode));
  }
}

describe("the model and the real code take the same steps", () => {
  it("push, to a worker that runs, that is parked, and that was woken", () => {
    const pair = new Pair();
    const quiet = pair.push();
    assert.equal(quiet.at(-1), "load PARKED");
    pair.same(() => pair.lane.park(), pair.worker.park());
    assert.deepEqual(pair.push(), [...quiet, "store WAKE_SEQ", "notify WAKE_SEQ"]);
  });

  it("unpark, stop, and a look for room", () => {
    const pair = new Pair();
    pair.same(() => pair.lane.unpark(), pair.worker.unpark());
    pair.same(() => pair.rig.lane.stop(at.STOP_DRAIN), pair.caller.stop());
    pair.same(() => pair.lane.stopping, pair.worker.isStopping());
    pair.same(() => pair.lane.hasEntry, pair.worker.hasEntry());
    pair.same(() => pair.rig.lane.hasCapacity, pair.caller.hasCapacity());
  });

  it("a life state that is announced, and the look at it", () => {
    const pair = new Pair();
    const { caller, lane } = pair.rig;
    caller.onLives = () => assert.equal(lane.life, at.LIFE_READY);
    const quiet = pair.same(() => caller.noticeLives(), pair.caller.noticeLives());
    assert.deepEqual(quiet, ["load LIFE_CHANGES"], "no look at a life without reason");
    const announced = pair.same(() => pair.lane.announce(at.LIFE_READY), pair.worker.announce());
    assert.deepEqual(announced, ["store LIFE", "add LIFE_CHANGES", "add BELL", "notify BELL"]);
    const look = pair.same(() => caller.noticeLives(), pair.caller.noticeLives());
    assert.deepEqual(look, ["load LIFE_CHANGES", "load LIFE"]);
    pair.same(() => caller.noticeLives(), pair.caller.noticeLives());
  });

  it("take and claim, of a task, of nothing, and of a stale entry", () => {
    const pair = new Pair();
    pair.same(() => pair.lane.take(), pair.worker.take());
    pair.push();
    pair.begin();
    pair.push();
    const slot = [...pair.rig.lane.occupied()].at(-1)!;
    pair.same(() => pair.rig.lane.revoke(slot), pair.caller.revoke(slot));
    assert.equal(pair.begin().base, -1);
  });

  for (const mode of [at.CALLER_AWAKE, at.CALLER_PARKED, at.CALLER_BLOCKED]) {
    it(`publish and drain, of two results, the caller ${["awake", "parked", "blocked"][mode]}`, () => {
      const pair = new Pair();
      pair.push();
      pair.push();
      const claimed = [pair.begin(), pair.begin()];
      pair.enter(mode);
      const [first, second] = claimed.map((one) => pair.end(one));
      const rings = mode === at.CALLER_AWAKE ? [] : ["add BELL", "notify BELL"];
      assert.deepEqual(first!.slice(first!.indexOf("load CALLER") + 1), rings);
      assert.equal(second!.at(-1), "load CALLER", "once an epoch");
      pair.enter(at.CALLER_AWAKE);
      pair.same(() => pair.rig.lane.drain(), pair.caller.drain());
      pair.same(() => pair.rig.lane.drain(), pair.caller.drain());
      assert.deepEqual(pair.caller.outcomes.slice(1), ["done", "done"]);
    });
  }

  it("revoke and abandon, in time and too late, and the late result", () => {
    const pair = new Pair();
    pair.push();
    pair.push();
    const claimed = [pair.begin(), pair.begin()];
    for (const slot of pair.rig.lane.occupied()) {
      pair.same(() => pair.rig.lane.revoke(slot), pair.caller.revoke(slot));
    }
    const [kept, given] = [0, 1];
    pair.end(claimed[kept]!);
    for (const slot of [kept, given]) pair.same(() => pair.rig.lane.abandon(slot), pair.caller.abandon(slot));
    assert.deepEqual(pair.end(claimed[given]!), ["compareExchange slot STATE"]);
    pair.same(() => pair.rig.lane.drainSlots(), pair.caller.drainSlots());
    assert.deepEqual(pair.caller.outcomes.slice(1), ["done", "failed"]);
  });

  it("drainSlots, of results that are not on the ring", () => {
    const pair = new Pair();
    pair.push();
    const { entry, base } = pair.begin();
    // Killed between DONE and ring, on both sides.
    pair.rig.write({ entry, base });
    pair.lane.words[base] = at.stateWord(at.entryGeneration(entry), at.DONE);
    pair.memory.words["slot0 STATE"] = (1 << 3) | 3;
    pair.memory.words["slot0 RESULT"] = 10;
    pair.same(() => pair.rig.lane.drainSlots(), pair.caller.drainSlots());
    assert.deepEqual(pair.caller.outcomes.slice(1), ["done"]);
  });

  it("the worker's whole loop: two tasks, the park, and the end", () => {
    const pair = new Pair();
    const { rig, lane } = pair;
    let isFinished = false;
    const fn = { call: (argument: number) => argument * 10, compiled: false, name: "fn" };
    const resolver = { resolve: () => fn } as unknown as FunctionResolver;
    const codec = {} as Codec;
    const turns: (() => void)[] = []; // there are such where the two tasks take 4 ms
    const loop = new WorkerLoop({
      adapter: { ...rig.adapter, scheduleRarely: (turn: () => void) => turns.push(turn) } as unknown as Adapter,
      lane,
      reader: new ArgumentReader(rig.adapter, lane, rig.args.buffer, rig.ports[1], codec, resolver),
      writer: new ResultWriter(lane, rig.results, rig.ports[1], null, codec, resolver),
      resolver,
      tasksPerWorker: 1,
      watchHeap: false,
      finish: () => isFinished = true,
    });
    pair.push();
    pair.push();
    const life = pair.worker.live();
    const names: string[] = [];
    let step = life.next();
    for (; !step.done && step.value.name !== "awake"; step = life.next()) {
      names.push(step.value.name.replace(/\d+/g, ""));
    }
    const turn = traceReal(rig, () => {
      loop.turn();
      for (const next of turns) next();
    });
    assert.deepEqual(turn.filter((name) => !name.endsWith("TURNS")), canonical(names));
    assert.equal(turn.at(-1), "waitAsync WAKE_SEQ");
    assert.equal(rig.lane.drain(), 2);
    assert.deepEqual(rig.done.map(({ value }) => value), [10, 20]);
    rig.lane.stop(at.STOP_DRAIN);
    lane.unpark();
    loop.turn();
    assert.ok(isFinished);
  });
});
