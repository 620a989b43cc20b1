/**
 * Formats travel as numbers: the built-in ones are known to both sides, the names of registered
 * codecs stand in the function memory.
 *
 * @module
 */

import type { Format } from "./types.ts";

/** The formats that need no registration, by number; the first is the default. */
export const FORMATS: readonly Format[] = ["auto", "superjson", "json", "string", "bytes"];
/** Highest format number that a place word can hold. */
export const MAX_FORMAT = 63;
