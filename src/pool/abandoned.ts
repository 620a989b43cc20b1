/**
 * Threads that were told to die while they ran a task, and may still run.
 *
 * @module
 */

import type { PoolCore } from "./core.ts";
import type { Member } from "./member.ts";

/** How long tasks wait for such threads to end before the user is told, in ms. */
const WARN_MS = 500;

/** The abandoned threads of a pool. */
export class Abandoned {
  readonly #core: PoolCore;
  readonly #members: Set<Member> = new Set();
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
    this.#members.add(member);
    return true;
  }

  /** Its thread is gone. */
  delete(member: Member): void {
    this.#members.delete(member);
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
