/**
 * `sharedArray()`: typed arrays over shared memory, which tasks see without a copy.
 *
 * @module
 */

import { ArrayBuffer, arrayFrom, Number, Object, SharedArrayBuffer as SharedMemory } from "../captured.ts";
import { misuse } from "../errors.ts";
import { describe } from "./describe.ts";

/** A constructor of typed arrays. */
export interface TypedArrayType {
  /** Bytes of an element. */
  readonly BYTES_PER_ELEMENT: number;
  /** Name of the class. */
  readonly name: string;
  /** Makes a view. */
  // deno-lint-ignore no-explicit-any
  new (...args: any[]): ArrayBufferView & { readonly length: number };
}

/** The typed array on shared memory that a constructor makes. */
export type SharedArray<C> = C extends Int8ArrayConstructor ? Int8Array<SharedArrayBuffer>
  : C extends Uint8ArrayConstructor ? Uint8Array<SharedArrayBuffer>
  : C extends Uint8ClampedArrayConstructor ? Uint8ClampedArray<SharedArrayBuffer>
  : C extends Int16ArrayConstructor ? Int16Array<SharedArrayBuffer>
  : C extends Uint16ArrayConstructor ? Uint16Array<SharedArrayBuffer>
  : C extends Int32ArrayConstructor ? Int32Array<SharedArrayBuffer>
  : C extends Uint32ArrayConstructor ? Uint32Array<SharedArrayBuffer>
  : C extends Float32ArrayConstructor ? Float32Array<SharedArrayBuffer>
  : C extends Float64ArrayConstructor ? Float64Array<SharedArrayBuffer>
  : C extends BigInt64ArrayConstructor ? BigInt64Array<SharedArrayBuffer>
  : C extends BigUint64ArrayConstructor ? BigUint64Array<SharedArrayBuffer>
  // deno-lint-ignore no-explicit-any
  : C extends new (...args: any[]) => infer A ? A
  : never;

/** What the elements of a typed array are given as. */
export type ElementOf<C> = C extends BigInt64ArrayConstructor | BigUint64ArrayConstructor ? bigint : number;

const TypedArray = Object.getPrototypeOf(Int8Array) as object;

/**
 * Makes a typed array on shared memory. As an argument or a result, at the top or nested, it goes
 * by reference: both threads see the same elements. Use `Atomics` where they write at the same time.
 *
 * @example Usage
 * ```ts
 * import { isMain, run, sharedArray, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const counts = sharedArray(Int32Array, 4);
 *   const count = (counts: Int32Array, i: number) => Atomics.add(counts, i, 1);
 *   await Promise.all([0, 1, 1, 3].map((i) => run(count, counts, i)));
 *   console.log([...counts]); // [1, 2, 0, 1]
 *   await shutdown();
 * }
 * ```
 *
 * @typeParam C The constructor.
 * @param Type A constructor of typed arrays, such as `Float64Array`.
 * @param lengthOrValues Count of elements, all 0; or the elements.
 * @returns A typed array on a SharedArrayBuffer of its own.
 * @throws {TypeError} If `Type` is no constructor of typed arrays, or the values are not for it.
 * @throws {RangeError} If the length is no whole number from 0 on, or too large.
 */
export function sharedArray<C extends TypedArrayType>(
  Type: C,
  lengthOrValues: number | Iterable<ElementOf<C>> | ArrayLike<ElementOf<C>>,
): SharedArray<C> {
  // Subclasses are refused: their class, as Buffer's, may not stand for shared memory.
  if (typeof Type !== "function" || Object.getPrototypeOf(Type) !== TypedArray) {
    const message = `Cannot make a shared array as 'Type' must be a constructor of typed arrays: received ${
      describe(Type)
    }`;
    throw misuse(new TypeError(message), "INVALID_SHARED_ARRAY");
  }
  if (typeof lengthOrValues === "number") return make(Type, lengthOrValues) as SharedArray<C>;
  if (typeof lengthOrValues !== "object" || lengthOrValues === null) {
    const message = `Cannot make a shared ${Type.name} as the second argument must be a length or values` +
      `: received ${describe(lengthOrValues)}`;
    throw misuse(new TypeError(message), "INVALID_SHARED_ARRAY");
  }
  const values = ArrayBuffer.isView(lengthOrValues) ? lengthOrValues as ArrayLike<unknown> : arrayFrom(lengthOrValues);
  const array = make(Type, values.length) as Uint8Array;
  try {
    array.set(values as ArrayLike<number>);
  } catch (cause) {
    const message = `Cannot make a shared ${Type.name} of these values: ${(cause as Error).message}`;
    throw misuse(new TypeError(message, { cause }), "INVALID_SHARED_ARRAY");
  }
  return array as unknown as SharedArray<C>;
}

function make(Type: TypedArrayType, length: number): ArrayBufferView {
  if (!Number.isSafeInteger(length) || length < 0) {
    const message =
      `Cannot make a shared ${Type.name} as its length must be a whole number from 0 on: received ${length}`;
    throw misuse(new RangeError(message), "INVALID_SHARED_ARRAY");
  }
  try {
    return new Type(new SharedMemory(length * Type.BYTES_PER_ELEMENT));
  } catch (cause) {
    const why = typeof SharedMemory === "function" ? "there is not so much memory" : "this runtime has none";
    const message = `Cannot make a shared ${Type.name} of ${length} elements as ${why}`;
    throw misuse(new RangeError(message, { cause }), "INVALID_SHARED_ARRAY");
  }
}
