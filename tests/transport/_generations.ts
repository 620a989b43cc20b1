/** A lane that is old: 4 million rounds would take a test too long. */
import { firstCounts } from "../../src/transport/first_counts.ts";
import { Rig } from "./_rig.ts";

/** A rig whose next task in each slot gets the generation after this one. */
export function rigAtGeneration(generation: number): Rig {
  const before = firstCounts.generation;
  firstCounts.generation = generation;
  try {
    return new Rig();
  } finally {
    firstCounts.generation = before;
  }
}
