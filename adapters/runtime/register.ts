/**
 * Registers the adapter of this runtime for the top-level functions; imported by `mod.ts` for that effect alone.
 *
 * @module
 */

import { registerAdapter } from "../../src/executor/current_adapter.ts";
import { adapter } from "./mod.ts";

registerAdapter(adapter);
