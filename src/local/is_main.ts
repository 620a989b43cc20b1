/**
 * Whether this thread is the program or one of a pool's workers. In a file of its own, which the
 * worker entry does not import: it is evaluated when the thread's nature is known.
 *
 * @module
 */

import { isInWorker } from "./worker_context.ts";

/**
 * `true` everywhere except inside a worker that a multicore pool started. A module that both starts
 * a pool and exports its task functions guards the former with it.
 *
 * @example Usage
 * ```ts
 * import { initialize, isMain, run, shutdown } from "@multicore/multicore";
 *
 * export function square(x: number): number {
 *   return x * x;
 * }
 *
 * if (isMain) {
 *   await initialize({ modules: [import.meta.url] });
 *   console.log(await run(square, 7)); // 49
 *   await shutdown();
 * }
 * ```
 */
export const isMain: boolean = !isInWorker();
