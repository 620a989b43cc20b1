/**
 * The clock of a thread. What it reads is taken when this module is imported, so a program that fakes or patches the
 * globals later does not reach it.
 *
 * `performance.timeOrigin` does not relate the clocks of two threads: on Deno and Bun it is the wall clock at the start of
 * each thread, and that clock may have been set in between.
 *
 * @module
 */

import type { Adapter, ClockSample } from "../../src/adapter.ts";

/** The part of the contract that is about time. */
export type Clock = Pick<Adapter, "now" | "sampleClock" | "followClock">;

/**
 * Makes a clock.
 *
 * @param read reads the thread's monotonic clock, in ms
 * @param readWall reads the wall clock, in ms
 * @param isShared whether `read` has the same zero in all threads of the process
 */
export function createClock(read: () => number, readWall: () => number, isShared: boolean): Clock {
  let offset = 0;
  const now = (): number => read() + offset;
  const sampleClock = (): ClockSample => ({ now: now(), wall: readWall() });
  return {
    now: isShared ? read : now,
    sampleClock,
    followClock(sample) {
      if (isShared) return;
      // The wall clock measures only how long this thread took to start. A step in that time cannot put this thread
      // before its own start; what is too late by a step is left to whoever compares.
      offset = sample.now + Math.max(0, readWall() - sample.wall) - read();
    },
  };
}

const { performance } = globalThis;

/** Bound once, so that a call looks nothing up. */
const read = performance.now.bind(performance);
const readWall = Date.now;

/** The clock of this thread; only Node's threads have one zero. */
export const clock: Clock = createClock(read, readWall, !("Deno" in globalThis || "Bun" in globalThis));
