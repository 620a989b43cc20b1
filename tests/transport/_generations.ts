/** A lane that is old: 4 million rounds would take a test too long. */
import { arraysMadeBy } from "./_watched_arrays.ts";
import * as at from "../../src/transport/layout.ts";
import { Rig } from "./_rig.ts";

/** A rig whose next task in each slot gets the generation after this one. */
export function rigAtGeneration(generation: number): Rig {
  let rig!: Rig;
  // The lane's own count of generations is the one Int32Array of its own that is as long as it has slots.
  const counts = arraysMadeBy(() => {
    rig = new Rig();
  }).filter(({ length, buffer }) => length === at.SLOTS && buffer instanceof ArrayBuffer);
  if (counts.length !== 1) throw new Error(`Cannot find the lane's generations: ${counts.length} candidates`);
  counts[0]!.fill(generation);
  return rig;
}
