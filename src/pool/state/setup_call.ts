/**
 * The option `setup`: a function, and the arguments that it gets in each worker.
 *
 * @module
 */

import { every, findIndex, map, push, some } from "../../lists.ts";
import { Array, SharedArrayBuffer, Uint8Array } from "../../captured.ts";
import { dropTransfers, hasTransfer } from "../../codec/mod.ts";
import { type Codec, contentsOf, type Encoded } from "../../codec/types.ts";
import type { AnyFunction } from "../../functions/function_record.ts";
import { typeError } from "../../option_checks.ts";
import type { PoolOptions } from "../../options.ts";
import type { Copy, SetupArguments } from "../../transport/messages.ts";

/** A pool's `setup`, its arguments encoded when the pool is created. */
export class SetupCall {
  readonly fn: AnyFunction;
  /** What each worker decodes; `null` if there are no arguments. */
  readonly args: SetupArguments | null;

  /**
   * @throws {SerializationError} If an argument cannot cross
   * @throws {TypeError} If an argument is to move, or holds a callback
   */
  constructor(setup: NonNullable<PoolOptions["setup"]>, codec: Codec) {
    if (!Array.isArray(setup)) {
      this.fn = setup as AnyFunction;
      this.args = null;
      return;
    }
    this.fn = setup[0];
    this.args = setup.length === 1 ? null : encode(setup, codec);
  }

  /** Whether the option means the same function with the same arguments. */
  equals(setup: NonNullable<PoolOptions["setup"]>, codec: Codec): boolean {
    const other = new SetupCall(setup, codec);
    if (other.fn !== this.fn) return false;
    return this.args === null || other.args === null ? this.args === other.args : areSame(this.args, other.args);
  }
}

/** Whether the option `setup` means what a pool's means. */
export function isSetup(own: SetupCall | null, setup: PoolOptions["setup"], codec: Codec): boolean {
  return own === null || setup === undefined ? own === null && setup === undefined : own.equals(setup, codec);
}

/** Encodes what follows the function. An undefined value stands for that, so that paths in errors are those in the option. */
function encode(setup: readonly unknown[], codec: Codec): SetupArguments {
  for (let i = 1; i < setup.length; i++) {
    if (!hasTransfer([setup[i]])) continue;
    dropTransfers(setup);
    throw typeError(`setup[${i}]`, "copied to each worker, so it cannot be given to transfer()", setup[i]);
  }
  const encoded = codec.encode([undefined, ...setup.slice(1)], "auto", "setup");
  if (encoded.callbacks === null) return share(encoded);
  encoded.callbacks.release();
  const guilty = findIndex(setup as readonly unknown[], (value, i) => i > 0 && hasCallback(value, codec));
  throw typeError(`setup[${guilty}]`, "without a proxy(), whose callbacks end with a call", setup[guilty]);
}

function hasCallback(value: unknown, codec: Codec): boolean {
  const { callbacks } = codec.encode(value, "auto", "setup");
  callbacks?.release();
  return callbacks !== null;
}

/** Puts an encoding in shared memory, of which every worker can be told. */
function share({ bytes, length, attachments }: Encoded): SetupArguments {
  const copies: Copy[] = [];
  const items = map(attachments ?? [], (item, position): object => {
    if (item.kind !== "copy") return contentsOf(item);
    push(copies, { position, length: item.bytes.length });
    return toShared(item.bytes);
  });
  return { head: toShared(bytes.subarray(0, length)), headLength: length, attachments: items, copies };
}

function toShared(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** Whether two encodings are of equal values, with the same shared memory. */
function areSame(a: SetupArguments, b: SetupArguments): boolean {
  const isCopy = map(a.attachments, (_, i) => some(a.copies, ({ position }) => position === i));
  return a.attachments.length === b.attachments.length && a.copies.length === b.copies.length &&
    areSameBytes(a.head, b.head) &&
    every(a.attachments, (item, i) => {
      const other = b.attachments[i]!;
      return isCopy[i] ? areSameBytes(item as SharedArrayBuffer, other as SharedArrayBuffer) : item === other;
    });
}

function areSameBytes(a: SharedArrayBuffer, b: SharedArrayBuffer): boolean {
  const [x, y] = [new Uint8Array(a), new Uint8Array(b)];
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}
