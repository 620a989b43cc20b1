/**
 * The entry of every worker thread. Nothing here may wait: Deno and Bun drop the messages that
 * come after the first turn while there is no listener.
 *
 * @module
 */

import { takeBack } from "./_lent.ts"; // here as well, so that it stays before all else where code is split into chunks
import { startWorker } from "../../src/worker/main.ts";
import { adapter } from "./mod.ts";

takeBack();
startWorker(adapter);
