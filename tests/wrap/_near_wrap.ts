/** Every counter of pools and lanes that are made after this begins just below its wrap. */
import { firstCounts } from "../../src/transport/first_counts.ts";
import { GENERATIONS } from "../../src/transport/layout.ts";

Object.assign(firstCounts, {
  entries: 2 ** 31 - 3, // signed: here it turns negative
  generation: GENERATIONS - 2,
  wakeSeq: 2 ** 30 - 3,
  turns: 2 ** 31 - 3,
  bell: 2 ** 31 - 3,
  epoch: 2 ** 28 - 3,
  sharedNumber: 2 ** 32 - 2,
  functionId: 2 ** 32 - 3,
});
