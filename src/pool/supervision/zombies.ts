/**
 * Threads that were told to die, and may still run.
 *
 * @module
 */

import type { PoolCore } from "../state/pool_state.ts";
import type { Member } from "../state/pool_worker.ts";

/** How long tasks wait for such threads to end before the user is told, in ms. */
const WARN_MS = 500;
/** When a thread that the runtime can interrupt has surely ended, should nothing tell, in ms after it was given up. */
const STOPPED_MS = 1000;

/** The abandoned threads of a pool. */
export class Abandoned {
  readonly #core: PoolCore;
  /** When each was given up, in ms. */
  readonly #members: Map<Member, number> = new Map();
  #warned = false;

  constructor(core: PoolCore) {
    this.#core = core;
  }

  /** How many there are. */
  get size(): number {
    return this.#members.size;
  }

  /** One more; false if it was counted before. */
  add(member: Member): boolean {
    if (member.isGone || member.isCondemned) return false;
    member.isCondemned = true;
    this.#members.set(member, performance.now());
    return true;
  }

  /** Its thread is gone. */
  delete(member: Member): void {
    this.#members.delete(member);
  }

  /**
   * No longer counts threads that must have ended by now, for a blocked caller whom no event tells.
   *
   * @returns whether there were such
   */
  forgetStopped(): boolean {
    if (!this.#core.adapter.supports.interrupt) return false;
    const before = performance.now() - STOPPED_MS;
    let found = false;
    for (const [member, since] of this.#members) if (since < before) found = this.#members.delete(member);
    return found;
  }

  /** Whether there are so many that no worker may be started in their place; a user whose tasks wait is told why. */
  areTooMany(workers: number): boolean {
    if (this.#members.size <= workers) return false;
    this.#core.adapter.delay(() => this.#warn(workers), WARN_MS);
    return true;
  }

  #warn(workers: number): void {
    const { adapter, queue } = this.#core;
    if (this.#warned || this.#members.size <= workers || queue.size === 0) return;
    this.#warned = true;
    adapter.warn(
      `multicore: tasks wait as no worker can be started: threads that were given up but that ${adapter.name} cannot stop: ${this.#members.size}`,
    );
  }
}
