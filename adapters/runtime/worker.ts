/**
 * The entry of every worker thread. Nothing here may wait: Deno and Bun drop the messages that
 * come after the first turn while there is no listener.
 *
 * @module
 */

import { startWorker } from "../../src/worker/main.ts";
import { adapter } from "./mod.ts";

startWorker(adapter);
