/**
 * The load guard: what becomes of calls while the machine is busy.
 *
 * @module
 */

import type { Adapter } from "./adapter.ts";
import type { Codec } from "./codec/types.ts";
import { type Engine, ModuleExport, type Sink, type Target, type Ticket } from "./engine.ts";
import { OverloadError } from "./errors.ts";
import { formatsOf, keep } from "./inline.ts";
import { InlineTask } from "./inline_task.ts";
import type { CallOptions } from "./options.ts";
import { createThreadCodec } from "./thread_codec.ts";

/** How often the load is read while tasks wait for it to fall, in ms. */
const WAIT_MS = 1000;

/** Whether the load average per core is strictly above a threshold. */
export function isBusy(adapter: Adapter, maxLoadAverage: number): boolean {
  return maxLoadAverage !== Infinity && adapter.load().average > maxLoadAverage;
}

/**
 * The guard for calls with these options, or `null` if they may go straight to the workers.
 *
 * @throws {OverloadError} If the machine is busy and `whenBusy` is `"throw"`
 */
export function guardFor(engine: Engine, options: CallOptions | null): Guard | null {
  const max = options?.maxLoadAverage;
  if (max === undefined || max === Infinity) return null;
  const { average, cores } = engine.adapter.load();
  if (average <= max) return null;
  const whenBusy = options?.whenBusy ?? "inline";
  if (whenBusy === "throw") {
    throw new OverloadError(
      `The machine's load average is above 'maxLoadAverage': ${
        average.toFixed(2)
      } on each of ${cores} cores, not ${max}`,
    );
  }
  return new Guard(engine, whenBusy === "wait" ? max : undefined);
}

/** A call that was put off. */
interface Deferred {
  /** Runs it: here, or on the engine that the guard stands before. */
  start(): void;
  drop(): void;
  abort(reason: unknown): void;
}

let codec: Codec | undefined;

/** Keeps calls back while the machine is busy: runs them in this thread, or waits for the load to fall. */
export class Guard implements Pick<Engine, "submit" | "drop" | "abort" | "block"> {
  readonly #engine: Engine;
  /** The threshold to wait for, or `undefined` to run here. */
  readonly #waitFor: number | undefined;
  readonly #deferred: Deferred[] = [];
  #isStarted = false;

  constructor(engine: Engine, waitFor: number | undefined) {
    this.#engine = engine;
    this.#waitFor = waitFor;
    if (waitFor !== undefined) this.#wait(waitFor);
  }

  submit(target: Target, args: readonly unknown[], sink: Sink, key: unknown, options: CallOptions | null): Ticket {
    // A module's function runs in the pool all the same: the caller never evaluates that module.
    if (this.#waitFor === undefined && !(target instanceof ModuleExport)) {
      const { adapter } = this.#engine;
      codec ??= createThreadCodec(adapter);
      const task = new InlineTask(adapter, codec, target, args, sink, key, options);
      this.#deferred.push(task);
      return task;
    }
    const waits = this.#waitFor !== undefined && !this.#isStarted;
    const later = this.#later(target, args, sink, key, options, waits);
    if (waits) this.#deferred.push(later);
    return later;
  }

  /** A call on the engine, at once or when the load has fallen. */
  #later(
    target: Target,
    args: readonly unknown[],
    sink: Sink,
    key: unknown,
    options: CallOptions | null,
    waits: boolean,
  ): Deferred {
    const engine = this.#engine;
    let ticket: Ticket | undefined;
    let isOver = false;
    const { signal } = options ?? {};
    // Cloned now, so that later changes by the caller are not seen.
    codec ??= createThreadCodec(engine.adapter);
    const kept = waits ? keepArguments(codec, args, options) : () => args;
    const onAbort = (): void => later.abort(signal!.reason);
    const later: Deferred = {
      start: () => {
        signal?.removeEventListener("abort", onAbort);
        if (isOver) return;
        try {
          ticket = engine.submit(target, kept(), sink, key, options);
        } catch (error) {
          if (!waits) throw error;
          sink.rejected(key, error);
        }
      },
      drop: () => {
        isOver = true;
        if (ticket !== undefined) engine.drop(ticket);
      },
      abort: (reason) => {
        if (ticket !== undefined) return engine.abort(ticket, reason);
        if (isOver) return;
        isOver = true;
        sink.rejected(key, reason);
      },
    };
    if (waits) signal?.addEventListener("abort", onAbort, { once: true });
    else later.start();
    return later;
  }

  #wait(max: number): void {
    const { adapter } = this.#engine;
    const alive = adapter.keepAlive();
    alive.ref();
    const look = (): void => {
      if (isBusy(adapter, max)) {
        adapter.delay(look, WAIT_MS);
        return;
      }
      alive.close();
      this.#isStarted = true;
      for (const item of this.#deferred.splice(0)) item.start();
    };
    adapter.delay(look, WAIT_MS);
  }

  /** Runs what is to run in this thread: called when the results are asked for. */
  start(): void {
    if (this.#waitFor !== undefined || this.#isStarted) return;
    this.#isStarted = true;
    for (const item of this.#deferred.splice(0)) item.start();
  }

  drop(ticket: Ticket): void {
    (ticket as Deferred).drop();
  }

  abort(ticket: Ticket, reason: unknown): void {
    (ticket as Deferred).abort(reason);
  }

  block(isDone: () => boolean, _tickets: readonly Ticket[], ms: number): boolean {
    const max = this.#waitFor;
    if (max !== undefined && !this.#isStarted) {
      // The event loop stands still, so the load has to be read here.
      const until = performance.now() + ms;
      const pause = new Int32Array(new SharedArrayBuffer(4));
      while (isBusy(this.#engine.adapter, max)) {
        const left = until - performance.now();
        if (left <= 0) return false;
        Atomics.wait(pause, 0, 0, Math.min(WAIT_MS, left)); // partner: none, it is a sleep
      }
      this.#isStarted = true;
      for (const item of this.#deferred.splice(0)) item.start();
    }
    return isDone() || this.#engine.block(isDone, [], ms);
  }
}

/** Encodes arguments now and gives a function that decodes them. */
function keepArguments(codec: Codec, args: readonly unknown[], options: CallOptions | null): () => readonly unknown[] {
  const { args: format } = formatsOf(options?.serialization);
  const kept = keep(codec, args, format, "arguments");
  return () => codec.decode(kept.bytes, format, kept.attachments) as unknown[];
}
