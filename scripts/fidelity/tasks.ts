/** The functions that the workers run: plain ones of one argument. */
import { makers } from "./makers.ts";

/** Gives its argument back. */
export function echo(value: unknown): unknown {
  return value;
}

/** Gives a value that is made in the worker. */
export function make(name: string): unknown {
  return makers[name]!();
}

/** Throws a value that is made in the worker. */
export function fail(name: string): never {
  throw makers[name]!();
}

/** Rejects with a value that is made in the worker. */
export async function failLater(name: string): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  throw makers[name]!();
}

/** Writes to shared memory and gives it back. */
export function write(shared: Int32Array): Int32Array {
  shared[0] = 42;
  return shared;
}

/** Writes to a shared memory of WebAssembly and gives it back. */
export function writeMemory(memory: { readonly buffer: SharedArrayBuffer }): unknown {
  new Int32Array(memory.buffer)[0] = 42;
  return memory;
}

/** Writes to the first of two views of one buffer; says what the second one sees. */
export function overlap([first, second]: [Uint8Array, Uint8Array]): number {
  first[1] = 99;
  return second[0]!;
}

/** Says what arrived of bytes. */
export function measure(bytes: Uint8Array | ArrayBuffer): [length: number, first: number] {
  const view = new Uint8Array(bytes as Uint8Array<ArrayBuffer>);
  return [view.length, view[0]!];
}

/** Answers on a port. */
export function answer(port: MessagePort): string {
  port.postMessage("from the worker");
  return "answered";
}

/** Calls a function of the caller. */
export async function callBack(callback: (x: number) => unknown): Promise<unknown> {
  return await callback(21);
}
