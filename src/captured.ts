/**
 * Globals as they were when this module was imported. A program may replace them later, as fake timers do.
 *
 * @module
 */

/** The global `queueMicrotask`. */
export const queueMicrotask: (fn: () => void) => void = globalThis.queueMicrotask;
