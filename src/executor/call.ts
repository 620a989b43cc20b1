/**
 * Runs a task in the calling thread, as a worker would: arguments and result pass the codec, so
 * that they are copies here too.
 *
 * @module
 */

import { AbortController, isPromise, promiseThen } from "../captured.ts";
import { find, map, pop, push, some } from "../lists.ts";
import type { Adapter } from "../adapter.ts";
import type { CallbackReceiver, CallbackScope } from "../codec/callback_scope.ts";
import { type Attachment, type Codec, contentsOf, type Encoded, type Format } from "../codec/types.ts";
import { misuse, MulticoreError, WorkerExitError } from "../errors.ts";
import type { AnyFunction } from "../functions/function_record.ts";
import type { Serialization } from "../options.ts";
import { tagOf } from "../transport/payload_descriptor.ts";
import { promiseOf } from "../functions/thenable.ts";

/** A format for each direction. */
export interface Formats {
  readonly args: Format;
  readonly result: Format;
}

const AUTO: Formats = { args: "auto", result: "auto" };

/** The formats that an option names. */
export function formatsOf(serialization: Serialization | undefined): Formats {
  if (serialization === undefined) return AUTO;
  if (typeof serialization === "object") {
    return { args: serialization.args ?? "auto", result: serialization.result ?? "auto" };
  }
  return { args: serialization, result: serialization };
}

/** An encoding in private memory, which outlives the next use of the codec. */
export class KeptEncoding implements Encoded {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly attachments: readonly Attachment[] | null;
  readonly callbacks: CallbackScope | null;

  constructor({ bytes, length, attachments, callbacks }: Encoded) {
    this.bytes = bytes.slice(0, length);
    this.length = length;
    this.attachments = attachments === null
      ? null
      : map(attachments, (item) => item.kind === "copy" ? { kind: "copy", bytes: item.bytes.slice() } : item);
    this.callbacks = callbacks;
  }

  /** Whether it can be sent once only, as something moves with it. */
  get moves(): boolean {
    return some(this.attachments ?? [], ({ kind }) => kind === "transfer" || kind === "port");
  }

  /**
   * The value as a receiver gets it; what is attached becomes part of it.
   *
   * @param again whether it will be decoded once more
   */
  decode(codec: Codec, format: Format, into?: CallbackReceiver, again = false): unknown {
    const received = map(this.attachments ?? [], (item): object => {
      if (item.kind !== "copy") return contentsOf(item);
      return again ? item.bytes.slice().buffer : item.bytes.buffer;
    });
    return codec.decode(this.bytes, format, received, into);
  }
}

/** A value as it would come back from a worker. */
export function roundTrip(codec: Codec, value: unknown, format: Format, root: string): unknown {
  if (format === "auto" && tagOf(value) >= 0) return value;
  return new KeptEncoding(codec.encode(value, format, root)).decode(codec, format);
}

/**
 * Signals of the functions that run in this thread outside a worker's loop, the innermost last, for
 * `taskSignal()`.
 */
export const inlineSignals: AbortSignal[] = [];

/**
 * Runs what belongs to a task in the thread of its caller: an exit is the end of that task, as it would be in a worker.
 *
 * @param name the task's function
 */
export function withoutExit<T>(adapter: Adapter, name: string, fn: () => T): T {
  const { exit, value } = adapter.runWithoutExit(fn);
  if (exit === undefined) return value as T;
  if (isPromise(value)) promiseThen(value, undefined, () => {}); // its rejection has no one else to go to
  const { code, label } = exit;
  throw new WorkerExitError(
    `Cannot end a worker as the calling thread ran '${name}' itself: the function called ${label}${
      code === undefined ? "" : ` with code ${code}`
    }`,
    { exitCode: code, functionName: name, workerId: -1 },
  );
}

/** Calls a function that must not be async. */
export function callSync(
  fn: AnyFunction,
  args: readonly unknown[],
  name: string,
  signal: AbortSignal | undefined,
): unknown {
  push(inlineSignals, signal ?? new AbortController().signal);
  let result: unknown;
  try {
    result = fn(...args);
  } finally {
    pop(inlineSignals);
  }
  const promise = promiseOf(result);
  if (promise !== undefined) {
    void promiseThen(promise, undefined, () => {}); // its rejection has no one else to go to
    throw promiseError(name);
  }
  return result;
}

/** The error of a blocking call whose function began in the blocked thread and returned a promise. */
export function promiseError(name: string): MulticoreError {
  return new MulticoreError(
    `Function '${name}' returned a promise, which a blocking call cannot wait for; use get() or run()`,
  );
}

/**
 * Throws if one of the calls that a blocking call waits for has a callback among its arguments, and aborts that one.
 *
 * @throws {TypeError} of that call
 */
export function refuseCallbacks<T extends { readonly callbacks: CallbackScope | null }>(
  calls: readonly T[],
  abort: (call: T, reason: unknown) => void,
): void {
  const call = find(calls, ({ callbacks }) => callbacks !== null);
  if (call === undefined) return;
  const error = misuse(
    new TypeError(
      "Cannot wait for a task with a proxy() by blocking: the callback runs in this thread's event loop; use get() or run()",
    ),
    "PROXY_IN_BLOCKING_CALL",
  );
  abort(call, error);
  throw error;
}
