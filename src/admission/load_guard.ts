/**
 * The load guard: what becomes of calls while the machine is busy.
 *
 * @module
 */

import type { Codec } from "../codec/types.ts";
import { DeferredCall } from "./deferred_call.ts";
import { type Engine, ModuleExport, type Sink, type Target, type Ticket } from "../executor/executor.ts";
import { OverloadError } from "../errors.ts";
import { promiseError } from "../executor/call.ts";
import { InlineTask } from "../local/local_task.ts";
import { blockUntilFallen, LoadWait, type LoadWaiter } from "./load_waiters.ts";
import type { CallOptions } from "../options.ts";
import { createThreadCodec } from "../executor/thread_codec.ts";

/**
 * The guard for calls with these options, or `null` if they may go straight to the workers.
 *
 * @throws {OverloadError} If the machine is busy and `whenBusy` is `"throw"`
 */
export function guardFor(engine: Engine, options: CallOptions | null): Guard | null {
  const max = options?.maxLoadAverage;
  if (max === undefined || max === Infinity) return null;
  if (engine.isClosed) return null; // it refuses them, on a busy machine too
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
  return new Guard(engine, whenBusy === "wait" ? max : null);
}

let codec: Codec | undefined;

/** Keeps calls back while the machine is busy: runs them in this thread, or waits for the load to fall. */
export class Guard implements Pick<Engine, "submit" | "drop" | "abort" | "block">, LoadWaiter {
  /** The threshold to wait for; 0 where calls run here. */
  readonly max: number;
  readonly #engine: Engine;
  readonly #runsHere: boolean;
  /** Calls that run here when they are asked for. */
  readonly #inline: InlineTask[] = [];
  /** Calls that wait for the load to fall. */
  readonly #waiting: Set<DeferredCall> = new Set();
  /** Whether the load has fallen: then it is not asked for again. */
  #hasFallen = false;

  /** @param waitFor the threshold to wait for, or `null` to run calls here */
  constructor(engine: Engine, waitFor: number | null) {
    this.#engine = engine;
    this.#runsHere = waitFor === null;
    this.max = waitFor ?? 0;
  }

  submit(target: Target, args: readonly unknown[], sink: Sink, key: unknown, options: CallOptions | null): Ticket {
    const engine = this.#engine;
    codec ??= createThreadCodec(engine.adapter);
    // A module's function runs in the pool all the same: the caller never evaluates that module.
    if (this.#runsHere && !engine.isClosed && !(target instanceof ModuleExport)) {
      const task = new InlineTask(engine.adapter, codec, target, args, sink, key, options);
      this.#inline.push(task);
      return task;
    }
    // What the engine refuses or rejects at once does not wait for it.
    if (this.#runsHere || this.#hasFallen || engine.isClosed || options?.signal?.aborted) {
      return engine.submit(target, args, sink, key, options);
    }
    const call = new DeferredCall(engine, codec, target, args, sink, key, options, this.#onLeave);
    this.#waiting.add(call);
    LoadWait.of(engine).add(this);
    return call;
  }

  readonly #onLeave = (call: DeferredCall): void => {
    this.#waiting.delete(call);
    if (this.#waiting.size === 0) LoadWait.of(this.#engine).delete(this);
  };

  /** Submits what waits. */
  go(): void {
    this.#hasFallen = true;
    for (const call of this.#waiting) call.start();
  }

  /** Runs what is to run in this thread: called when the results are asked for. */
  start(): void {
    for (const task of this.#inline.splice(0)) task.start();
  }

  drop(ticket: Ticket): void {
    if (isOwn(ticket)) ticket.drop();
    else this.#engine.drop(ticket);
  }

  abort(ticket: Ticket, reason: unknown): void {
    if (isOwn(ticket)) ticket.abort(reason);
    else this.#engine.abort(ticket, reason);
  }

  block(isDone: () => boolean, tickets: readonly Ticket[], ms: number): boolean {
    const until = performance.now() + ms;
    if (this.#waiting.size > 0) {
      // The event loop stands still, so the load has to be read here.
      if (!blockUntilFallen(this.#engine.adapter, this.max, ms)) return false;
      this.go();
    }
    const submitted: Ticket[] = [];
    for (const ticket of tickets) {
      // What has begun here and is not done goes on in the event loop, which stands still.
      if (ticket instanceof InlineTask) ticket.abort(promiseError(ticket.name));
      else if (!(ticket instanceof DeferredCall)) submitted.push(ticket);
      else if (ticket.ticket !== undefined) submitted.push(ticket.ticket);
    }
    return isDone() || this.#engine.block(isDone, submitted, Math.max(0, until - performance.now()));
  }
}

/** Whether the guard gave this ticket, not the engine behind it. */
function isOwn(ticket: Ticket): ticket is InlineTask | DeferredCall {
  return ticket instanceof InlineTask || ticket instanceof DeferredCall;
}
