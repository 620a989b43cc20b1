/**
 * Where the counters of new pools and lanes begin. Tests let them begin just below their wrap, before they make any; nothing
 * else writes here. A worker's own counters begin with what stands in its lane.
 *
 * @module
 */

/** The first values. */
export const firstCounts: {
  /** SUBMITTED, TAKEN and COMPLETED: 32 bits. */
  entries: number;
  /** Generation of every slot: 22 bits. */
  generation: number;
  /** WAKE_SEQ: 30 bits. */
  wakeSeq: number;
  /** TURNS: 32 bits. */
  turns: number;
  /** BELL: 32 bits. */
  bell: number;
  /** The epoch in CALLER: 28 bits. */
  epoch: number;
  /** Names of shared memory: 32 bits. */
  sharedNumber: number;
  /** Ids of functions: 53 bits. */
  functionId: number;
} = {
  entries: 0,
  generation: 0,
  wakeSeq: 0,
  turns: 0,
  bell: 0,
  epoch: 0,
  sharedNumber: 0,
  functionId: 0,
};
