/**
 * Globals of the runtime that a test environment hides, as jsdom does: lent to the library's own modules, which take their
 * globals when they are evaluated, and taken back behind the last of them. The program does not see them: it may choose its
 * ways by what there is.
 *
 * Imported before all else, so it imports nothing.
 *
 * @module
 */

/** The modules that have the same classes, and what they have. */
interface Builtins {
  getBuiltinModule?(name: "node:util"): typeof import("node:util");
  getBuiltinModule?(name: "node:worker_threads"): typeof import("node:worker_threads");
}

const global = globalThis as unknown as Record<string, unknown> & { readonly process?: Builtins };
const builtin = global.process?.getBuiltinModule;

const FINDERS: Readonly<Record<string, () => unknown>> = {
  TextDecoder: () => builtin?.("node:util").TextDecoder,
  TextEncoder: () => builtin?.("node:util").TextEncoder,
  MessageChannel: () => builtin?.("node:worker_threads").MessageChannel,
  structuredClone: () => builtin && cloneByMessage,
};

/** As no module has `structuredClone`. */
function cloneByMessage(value: unknown, options?: { transfer?: readonly unknown[] }): unknown {
  const { MessageChannel, receiveMessageOnPort } = builtin!("node:worker_threads");
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(value, (options?.transfer ?? []) as []);
    return receiveMessageOnPort(port2)!.message;
  } finally {
    port1.close();
  }
}

const lent: string[] = [];
for (const [name, find] of Object.entries(FINDERS)) {
  if (global[name] !== undefined || Object.hasOwn(global, name)) continue;
  const value = find();
  if (value === undefined) continue;
  Object.defineProperty(global, name, { value, configurable: true, writable: true, enumerable: false });
  lent.push(name);
}

/**
 * Takes all back. Node 24 makes the first message event of a thread with code that it loads then, and that needs these
 * globals as well: where they were hidden it is loaded before.
 */
export function takeBack(): void {
  if (lent.length > 0) void global["MessageEvent"];
  for (const name of lent.splice(0)) delete global[name];
}
