/**
 * Picks the adapter of the runtime that this module runs on: `pickAdapter` decides by the global that only one runtime
 * has.
 *
 * @module
 */

import type { Adapter } from "../../src/adapter.ts";
import { bunAdapter } from "./bun.ts";
import { denoAdapter } from "./deno.ts";
import { nodeAdapter } from "./node.ts";

/**
 * Picks an adapter by the runtime's own global; `process.versions` would not do, as Bun and Deno
 * both claim to be Node there.
 *
 * @returns the adapter of this runtime; Node's where neither `Deno` nor `Bun` exists.
 */
export function pickAdapter(): Adapter {
  if ("Deno" in globalThis) return denoAdapter;
  if ("Bun" in globalThis) return bunAdapter;
  return nodeAdapter;
}

/** The adapter of this runtime. */
export const adapter: Adapter = pickAdapter();
