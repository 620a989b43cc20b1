/** A lane that is old: 4 million rounds would take a test too long. */
import * as at from "../../src/transport/layout.ts";
import { Rig } from "./_rig.ts";

/** A rig whose next task in each slot gets the generation after this one. */
export function rigAtGeneration(generation: number): Rig {
  const original = globalThis.Int32Array;
  const made: Int32Array[] = [];
  // The lane's own count of generations is the one Int32Array of its own that is as long as it has slots.
  globalThis.Int32Array = class extends original {
    constructor(...args: unknown[]) {
      super(...args as [number]);
      made.push(this);
    }
  } as Int32ArrayConstructor;
  try {
    const rig = new Rig();
    const counts = made.filter(({ length, buffer }) => length === at.SLOTS && buffer instanceof ArrayBuffer);
    if (counts.length !== 1) throw new Error(`Cannot find the lane's generations: ${counts.length} candidates`);
    counts[0]!.fill(generation);
    return rig;
  } finally {
    globalThis.Int32Array = original;
  }
}
