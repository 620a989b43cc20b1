/**
 * `stream`: what a generator function yields in a worker, as it comes.
 *
 * @module
 */

import { Promise } from "../captured.ts";
import { admit } from "../admission/load_guard.ts";
import { proxy } from "../codec/mod.ts";
import type { Completion, Executor, FunctionTarget, TaskHandle } from "../executor/executor.ts";
import { rememberFrames, withFrames } from "../executor/stack_frames.ts";
import { LoopTarget } from "../functions/targets.ts";
import type { CallOptions } from "../options.ts";

/** Waits for a value. */
interface Waiting {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
  readonly site: Error;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Values of a generator that runs in a worker; it begins with the first `next`. */
export class GeneratorStream implements AsyncIterableIterator<unknown> {
  readonly #start: (push: (values: unknown[]) => Promise<boolean>, completion: Completion) => TaskHandle;
  readonly #executor: Executor;
  #handle: TaskHandle | undefined;
  /** Batches that came and were not taken, with what says to the worker that they were. */
  readonly #batches: { readonly values: unknown[]; readonly onTaken: (isWanted: boolean) => void }[] = [];
  #position = 0;
  readonly #waiting: Waiting[] = [];
  /** The failure, in a box, until it was thrown. */
  #failure: { readonly error: unknown } | undefined;
  #hasBegun = false;
  /** Whether the generator has ended. */
  #hasEnded = false;
  /** Whether nobody wants more. */
  #isStopped = false;
  /** Resolves when the generator has ended. */
  #onEnd: (() => void) | undefined;

  constructor(executor: Executor, options: CallOptions | null, fn: FunctionTarget, args: readonly unknown[]) {
    executor = this.#executor = admit(executor, options);
    const kind = { verb: "stream", settles: false, isInto: false, hasInitial: false, reader: null } as const;
    this.#start = (push, completion) =>
      executor.submit(new LoopTarget(kind, [fn]), [proxy(push), ...args], completion, 0, options);
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#isStopped) return Promise.resolve(DONE);
    const site = rememberFrames();
    const promise = new Promise<IteratorResult<unknown>>((resolve, reject) =>
      this.#waiting.push({ resolve, reject, site })
    );
    if (!this.#hasBegun) this.#begin();
    this.#serve();
    return promise;
  }

  #begin(): void {
    this.#hasBegun = true;
    const end = (failure: { readonly error: unknown } | undefined): void => {
      this.#hasEnded = true;
      this.#failure = failure;
      this.#onEnd?.();
      this.#serve();
    };
    try {
      this.#handle = this.#start((values) =>
        new Promise((resolve) => {
          if (this.#isStopped) return resolve(false);
          this.#batches.push({ values, onTaken: resolve });
          this.#serve();
        }), {
        fulfilled: () => end(undefined),
        rejected: (_, error) => end({ error }),
      });
      this.#executor.start?.();
    } catch (error) {
      end({ error });
    }
  }

  /** Answers those who wait, as far as there is something to answer. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const batch = this.#batches[0];
      if (batch !== undefined) {
        this.#waiting.shift()!.resolve({ done: false, value: batch.values[this.#position++] });
        if (this.#position < batch.values.length) continue;
        this.#batches.shift();
        this.#position = 0;
        batch.onTaken(true);
        continue;
      }
      if (!this.#hasEnded) return;
      this.#isStopped = true;
      const { reject, resolve, site } = this.#waiting.shift()!;
      const failure = this.#failure;
      this.#failure = undefined;
      if (failure === undefined) resolve(DONE);
      else reject(withFrames(failure.error, site));
    }
  }

  /** Ends the generator: its `finally` runs in the worker before this resolves. */
  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    if (!this.#isStopped) {
      this.#isStopped = true;
      for (const { resolve } of this.#waiting.splice(0)) resolve(DONE);
      for (const { onTaken } of this.#batches.splice(0)) onTaken(false);
      if (this.#hasBegun && !this.#hasEnded) {
        const ended = new Promise<void>((resolve) => this.#onEnd = resolve);
        if (this.#handle !== undefined) this.#executor.stop(this.#handle);
        await ended;
        const failure = this.#failure as { readonly error: unknown } | undefined;
        if (failure !== undefined) throw withFrames(failure.error);
      }
    }
    return { done: true, value };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
