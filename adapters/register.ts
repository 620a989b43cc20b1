/**
 * Registers the adapter of this runtime for the top-level functions; imported by `mod.ts` for that effect alone.
 *
 * @module
 */

import { announceWorker } from "../src/context.ts";
import { registerAdapter } from "../src/runtime.ts";
import { adapter } from "./mod.ts";

registerAdapter(adapter);
if (adapter.host.isWorker?.()) announceWorker();
