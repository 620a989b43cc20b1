/**
 * Promises that wait for the same moment in a pool's life, such as the end of its last task, and are settled together.
 *
 * @module
 */

import { Promise } from "../../captured.ts";
import { push, shift, splice } from "../../lists.ts";

/** Promises that are settled together. */
export class Waiters {
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Waits for the next `release`. */
  wait(): Promise<void> {
    return new Promise((resolve, reject) => push(this.#waiting, { resolve, reject }));
  }

  /** The moment has come. */
  release(): void {
    for (const { resolve } of splice(this.#waiting, 0)) resolve();
  }

  /** It has come for who came first. */
  releaseFirst(): void {
    shift(this.#waiting)?.resolve();
  }

  /** It never will. */
  fail(error: unknown): void {
    for (const { reject } of splice(this.#waiting, 0)) reject(error);
  }
}
