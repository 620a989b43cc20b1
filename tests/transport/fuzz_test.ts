/** Words in a slot that no writer of ours puts there: readers give a value or an error, and go on. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Adapter } from "../../src/adapter.ts";
import { portable } from "../../adapters/runtime/_portable.ts";
import { createCodec } from "../../src/codec/mod.ts";
import { SerializationError } from "../../src/errors.ts";
import type { FunctionTable } from "../../src/functions/function_table.ts";
import type { FunctionResolver } from "../../src/functions/function_resolver.ts";
import { TaskCodec } from "../../src/pool/state/task_codec.ts";
import type { PoolTask } from "../../src/pool/state/task.ts";
import type { CallerLane } from "../../src/transport/caller_lane.ts";
import * as at from "../../src/transport/layout.ts";
import type { ReceivedPayload } from "../../src/transport/messages.ts";
import { ATTACHED, isScalarResult, ON_PORT, placeOf } from "../../src/transport/payload_descriptor.ts";
import { SharedNumbers } from "../../src/transport/shared_buffers.ts";
import { BufferPool } from "../../src/transport/buffer_pool.ts";
import { ArgumentReader } from "../../src/worker/argument_reader.ts";
import { createRandom, Rig, scalarTask } from "./_rig.ts";

const seed = Number(process.env["MULTICORE_SEED"] ?? Date.now() % 2 ** 31);
const RUNS = process.env["MULTICORE_LONG"] === "1" ? 100_000 : 5000;
const codec = createCodec(portable.types, {});
const BUILT_IN = ["auto", "superjson", "json", "string", "bytes"];
const resolver = {
  formatName(number: number) {
    if (number >= BUILT_IN.length) throw new RangeError(`unknown format ${number}`);
    return BUILT_IN[number]!;
  },
} as Partial<FunctionResolver> as FunctionResolver;

const isTraveling = (word: number): boolean => (word & ATTACHED) !== 0 || placeOf(word) === ON_PORT;

/** Random words for a place, an offset and a length: some near what is valid, some far from it. */
function createWords(): { word(): number; number(): number; fill(words: Int32Array, from: number, to: number): void } {
  const random = createRandom(seed);
  const number = () => {
    const near = [0, 1, 4, 127, 128, 129, 1024, 4095, 4096, -1, 2 ** 31 - 1, -(2 ** 31)];
    return random(3) === 0 ? random(2 ** 32) | 0 : near[random(near.length)]!;
  };
  return {
    number,
    // Any bits; or few formats and names, which get further.
    word: () => random(2) === 0 ? random(2 ** 32) | 0 : random(4) | random(4) << 2 | random(5) << 4 | random(40) << 16,
    fill(words, from, to) {
      for (let i = from; i < to; i++) words[i] = random(4) === 0 ? random(2 ** 32) | 0 : random(0x30);
    },
  };
}

describe(`random words in a slot (seed ${seed})`, { timeout: 120_000 }, () => {
  it("the worker reads arguments, or throws an error, and reads the next task's", () => {
    const { word, number, fill } = createWords();
    const rig = new Rig();
    const inbox = new ArgumentReader(rig.adapter, rig.worker, rig.args.buffer, rig.ports[1], codec, resolver);
    let refused = 0;
    for (let i = 0; i < RUNS; i++) {
      const slot = rig.lane.push(scalarTask(i));
      const claimed = rig.begin()!;
      const { words } = rig.lane;
      words[claimed.base + at.ARGS] = word();
      words[claimed.base + at.ARGS_OFFSET] = number();
      words[claimed.base + at.ARGS_LENGTH] = number();
      fill(words, claimed.base + at.PAYLOAD, claimed.base + at.SLOT_WORDS);
      try {
        inbox.read(claimed.entry, claimed.base);
      } catch (error) {
        assert.ok(error instanceof Error, String(error));
        refused++;
      }
      rig.end(claimed);
      assert.equal(rig.lane.drain(), 1);
      assert.equal(rig.done.pop()!.slot, slot);
    }
    assert.ok(refused > RUNS / 4, `only ${refused} refused`);
    rig.lane.push(scalarTask(5));
    const { entry, base } = rig.begin()!;
    assert.deepEqual(inbox.read(entry, base), [5]);
  });

  it("the caller gets a value or a SerializationError, and the next task's result", () => {
    const { word, number, fill } = createWords();
    const outgoing = new TaskCodec(
      portable as Adapter,
      codec,
      {} as FunctionTable,
      new SharedNumbers(() => {}),
      new BufferPool(),
    );
    const record = { options: null, fn: { name: "task" } } as unknown as PoolTask;
    class OutcomeRig extends Rig {
      settled = 0;
      refused = 0;
      settle(slot: number, received: ReceivedPayload | null): void {
        this.settled++;
        const lane = this.lane as unknown as CallerLane<PoolTask>;
        const result = lane.resultWord(slot);
        if (isScalarResult(result)) {
          try {
            lane.scalarResult(slot, result);
          } catch (error) {
            assert.ok(error instanceof RangeError, String(error));
          }
          return;
        }
        const { ok, value } = outgoing.decodeOutcome(lane, record, slot, result, received);
        if (ok || !(value instanceof SerializationError)) return;
        this.refused++;
      }
    }
    let rig = new OutcomeRig();
    let [settled, refused] = [0, 0];
    for (let i = 0; i < RUNS; i++) {
      rig.onDone = (_, slot) => rig.settle(slot, null);
      rig.lane.push(scalarTask(i));
      const claimed = rig.begin()!;
      const { words } = rig.lane;
      const result = word();
      words[claimed.base + at.RESULT] = result;
      words[claimed.base + at.RESULT_OFFSET] = number();
      words[claimed.base + at.RESULT_LENGTH] = number();
      fill(words, claimed.base + at.PAYLOAD, claimed.base + at.SLOT_WORDS);
      rig.worker.publish(claimed.entry);
      // What is said to stand on the port is waited for: nothing is there.
      assert.equal(rig.lane.drain(), isTraveling(result) ? 0 : 1);
      if (isTraveling(result)) {
        [settled, refused] = [settled + rig.settled, refused + rig.refused];
        rig = new OutcomeRig();
      }
    }
    [settled, refused] = [settled + rig.settled, refused + rig.refused];
    assert.ok(settled > RUNS / 8 && refused > RUNS / 20, `${settled} settled, ${refused} refused`);
    rig.onDone = undefined;
    rig.lane.push(scalarTask(5));
    assert.equal(rig.work(), 1);
    rig.lane.drain();
    assert.equal(rig.done.at(-1)!.value, 50);
  });
});
