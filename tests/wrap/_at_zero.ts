/** Counters of 32 bits begin just below the wrap from -1 to 0, and generations where their word turns negative. */
import { firstCounts } from "../../src/transport/first_counts.ts";
import { GENERATIONS } from "../../src/transport/layout.ts";

Object.assign(firstCounts, {
  entries: -3,
  generation: GENERATIONS / 2 - 2,
  wakeSeq: 2 ** 30 - 2,
  turns: -3,
  bell: -3,
  epoch: 2 ** 28 - 2,
  sharedNumber: 2 ** 32 - 1,
  functionId: 2 ** 52,
});
