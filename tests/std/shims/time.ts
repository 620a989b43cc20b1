/** Stands in for `@std/testing/time` where JSR cannot be reached: only what tests/std uses. */
import { mock } from "node:test";

/** Puts `Date` and the timers under the test's control until `restore`. */
export class FakeTime {
  constructor(start: number | Date = Date.now()) {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: start });
  }

  /** Moves time on by `ms` and runs the timers that are due. */
  tick(ms = 0): void {
    mock.timers.tick(ms);
  }

  restore(): void {
    mock.timers.reset();
  }

  [Symbol.dispose](): void {
    this.restore();
  }
}
