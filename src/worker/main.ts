/**
 * The life of a worker: starts up, announces itself, runs its loop, says why it ends. The adapter's entry calls it
 * with what the caller's thread has sent.
 *
 * @module
 */

import { Error, isInstance, toText } from "../captured.ts";
import type { Adapter, Death, Port } from "../adapter.ts";
import { encodeThrown, withoutWorkerSource } from "../codec/mod.ts";
import type { Codec } from "../codec/types.ts";
import { enterWorker, type WorkerContext } from "../local/worker_context.ts";
import { FunctionResolver } from "../functions/function_resolver.ts";
import * as at from "../transport/layout.ts";
import { createThreadCodec } from "../executor/thread_codec.ts";
import { FunctionReader } from "../functions/function_memory.ts";
import { type LaneMessage, openPayload, type WorkerInit } from "../transport/messages.ts";
import { WorkerLane } from "../transport/worker_lane.ts";
import { ArgumentReader } from "./argument_reader.ts";
import { createLoopHost } from "../local/loop_host.ts";
import { WorkerLoop } from "./loop.ts";
import { ResultWriter } from "./result_writer.ts";

/** Makes this thread a worker; called in the first turn of the worker entry. */
export function startWorker(adapter: Adapter): void {
  let dies: ((death: Death) => void) | undefined;
  adapter.host.onDeath((death) => dies?.(death));
  adapter.host.onInit((value) => {
    const init = value as WorkerInit;
    adapter.followClock(init.clock);
    const port = init.port as Port;
    const codec = createThreadCodec(adapter);
    const lane = new WorkerLane(init.lane, init.control, init.activeWord);
    dies = (death) => announceDeath(lane, port, codec, death);
    live(adapter, init, port, lane, codec);
  });
}

/** Starts up and runs tasks until told to stop. */
function live(adapter: Adapter, init: WorkerInit, port: Port, lane: WorkerLane, codec: Codec): void {
  const host = createLoopHost(adapter, codec, () => loop.stopCheck());
  const resolver = new FunctionResolver(new FunctionReader(init.functions), host, adapter.host.load);
  const direct = init.direct as Port | null;
  const reader = new ArgumentReader(adapter, lane, init.args, direct ?? port, codec, resolver);
  const writer = new ResultWriter(lane, init.results, port, direct, codec, resolver, reader.shared);
  const loop: WorkerLoop = new WorkerLoop({
    adapter,
    lane,
    reader,
    writer,
    resolver,
    tasksPerWorker: init.tasksPerWorker,
    watchHeap: init.watchHeap,
    finish: (how) => how === "spent" ? end(at.LIFE_DEAD, 0) : void finish(how === "teardown"),
  });
  const context: WorkerContext = {
    adapter,
    codec,
    resolver: { resolveExport: (url, name) => resolver.resolveExport(url, name) },
    host,
    id: init.id,
    state: undefined,
    hasState: false,
    signal: () => loop.signal(),
  };
  enterWorker(context);
  adapter.listen(port, (message) => reader.receive(message as LaneMessage), () => {});
  lane.words[at.THREAD_ID] = adapter.threadId() ?? -1;

  /** Whether it was told to end before it came up, which a runtime that terminates no busy thread leaves to it. */
  const isUnwanted = (): boolean => lane.stop === at.STOP_NOW;

  const start = async (): Promise<void> => {
    try {
      for (const url of init.modules) {
        if (isUnwanted()) break;
        await resolver.load(url);
      }
      if (isUnwanted()) return end(at.LIFE_STOPPED, 0);
      if (init.setup >= 0) {
        const { call } = await resolver.resolve(init.setup); // without the record as its `this`
        context.state = await call(...setupArguments(init, adapter, codec));
        context.hasState = true;
      }
    } catch (error) {
      leaveLastWords(lane, codec, error);
      end(at.LIFE_FAILED, 1);
      return;
    }
    lane.unpark();
    lane.announce(at.LIFE_READY);
    loop.turn();
  };

  const finish = async (tearsDown: boolean): Promise<void> => {
    try {
      if (tearsDown && init.teardown >= 0) {
        announce(lane, port, at.LIFE_LEAVING);
        const { call } = await resolver.resolve(init.teardown);
        await call(context.state);
      }
    } catch (error) {
      leaveLastWords(lane, codec, error);
    }
    end(at.LIFE_STOPPED, 0);
  };

  const end = (life: number, code: number): void => {
    if (!lane.isOver) lane.words[at.EXIT_CODE] = code;
    announce(lane, port, life);
    port.close();
    adapter.host.exit(code);
  };

  void start();
}

/** The arguments of `setup`; not before the modules are loaded, which may register classes. */
function setupArguments(init: WorkerInit, adapter: Adapter, codec: Codec): unknown[] {
  if (init.setupArguments === null) return [];
  const { head, attachments } = openPayload(init.setupArguments, adapter);
  return (codec.decode(head!, "auto", attachments) as unknown[]).slice(1);
}

/** Stores why the thread ends. It may live on all the same, as after an exit handler that throws: the loop then does nothing. */
function announceDeath(lane: WorkerLane, port: Port, codec: Codec, death: Death): void {
  if (lane.isOver) return;
  if (death.uncaught !== undefined) leaveLastWords(lane, codec, death.uncaught.error);
  lane.words[at.EXIT_CODE] = death.code ?? 0;
  announce(lane, port, at.LIFE_DEAD);
}

/** Tells the caller a new state, by the lane and by the port: that one is heard with nothing pending, too. */
function announce(lane: WorkerLane, port: Port, life: number): void {
  lane.announce(life);
  port.postMessage({ kind: "life" });
}

/** Stores an error where the caller finds it although this thread is gone. */
function leaveLastWords(lane: WorkerLane, codec: Codec, error: unknown): void {
  let encoded = encodeThrown(codec, error);
  if (encoded.length > at.LAST_WORDS_BYTES || encoded.attachments !== null) {
    const text = isInstance(error, Error) ? `${error.name}: ${error.message}` : toText(error);
    encoded = encodeThrown(
      codec,
      new Error(`${withoutWorkerSource(text).slice(0, 1000)} (the error itself was too large to keep)`),
    );
  }
  lane.bytes.set(encoded.bytes.subarray(0, encoded.length), at.LAST_WORDS * 4);
  lane.words[at.LAST_WORDS_LENGTH] = encoded.length;
}
