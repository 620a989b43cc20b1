/**
 * Brands of WebAssembly's modules and shared memories, which only the runtime can hand over to another thread.
 *
 * @module
 */

import { apply, Object } from "../captured.ts";
import { isShared } from "./_buffers.ts";

interface Wasm {
  readonly Module: { exports(module: unknown): unknown };
  readonly Memory: { readonly prototype: object };
}

/** Missing where it is switched off. */
const wasm = (globalThis as { WebAssembly?: Wasm }).WebAssembly;
const exportsOf = wasm?.Module.exports;
const memoryOf = wasm === undefined
  ? undefined
  : Object.getOwnPropertyDescriptor(wasm.Memory.prototype, "buffer")?.get as ((this: unknown) => unknown) | undefined;

/** Tells a `WebAssembly.Module`, and a `WebAssembly.Memory` on shared memory; another memory belongs to its thread. */
export function wasmBrand(value: unknown): "module" | "memory" | undefined {
  if (exportsOf === undefined) return undefined;
  try {
    exportsOf(value);
    return "module";
  } catch {
    // No module.
  }
  try {
    return isShared(memoryOf && apply(memoryOf, value, [])) ? "memory" : undefined;
  } catch {
    return undefined;
  }
}
