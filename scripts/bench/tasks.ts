/** The functions that every library runs: plain, synchronous, of at most one argument. */

/** Nearly nothing: what a call costs. */
export function addOne(x: number): number {
  return x + 1;
}

/** Gives its argument back: the value crosses twice. */
export function echo(value: unknown): unknown {
  return value;
}

/** Looks at both ends of an array: the array crosses once, and the worker can read all of it. */
export function edges(array: Uint8Array): number {
  return array.length + array[0]! + array[array.length - 1]!;
}

const made = new Map<number, Uint8Array>();

/** Gives an array that was made before, so that only its way back costs. */
export function make(length: number): Uint8Array {
  let array = made.get(length);
  if (array === undefined || array.length !== length) made.set(length, array = filled(length));
  return array;
}

/** An array whose ends can be checked. */
export function filled(length: number): Uint8Array<ArrayBuffer> {
  const array = new Uint8Array(length).fill(7);
  array[length - 1] = 9;
  return array;
}

/** What `edges` gives for a `filled` array. */
export function edgesOf(length: number): number {
  return length + 7 + 9;
}

/** Pure CPU: fib(27) is 832,039 calls, a few milliseconds. */
export function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

/** Keeps its thread busy for so many ms of wall time; gives them back. */
export function spin(ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
}

/** Keeps its thread asleep for so many ms; gives them back. */
export function block(ms: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
}
