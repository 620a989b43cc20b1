/**
 * Makes the codec of a thread, with what only the runtime can do for it: brands of objects, ports of callbacks, async
 * contexts.
 *
 * @module
 */

import type { Adapter, Port } from "../adapter.ts";
import { createCodec, type ThreadCodec } from "../codec/mod.ts";

/** Makes a codec whose callbacks' ports do not keep the program alive. */
export function createThreadCodec(adapter: Adapter): ThreadCodec {
  return createCodec(adapter.types, {
    nodeBuffer: adapter.nodeBuffer,
    unref: (port) => adapter.unrefPort(port as Port),
    adopt: (port) => adapter.adoptPort(port as Port),
    bindContext: (fn) => adapter.bindContext(fn),
  });
}
