/**
 * Registers the adapter of this runtime for the top-level functions; imported by `mod.ts` for that effect alone.
 *
 * @module
 */

import { takeBack } from "./_lent.ts";
import "../../src/captured.ts";
import { registerAdapter } from "../../src/executor/current_adapter.ts";
import { adapter } from "./mod.ts";

registerAdapter(adapter);
takeBack();
