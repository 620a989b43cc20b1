/**
 * Message ports. `node:worker_threads` hands out the same class as the global on all runtimes, and its event methods mean
 * the same there. The module itself is loaded when it is first needed, as it costs each start on Bun 4 ms; Deno gives ports
 * their `close` events only once it is.
 *
 * @module
 */

import process from "./_process.ts";
import type { MessagePort } from "node:worker_threads";
import type { Port } from "../../src/adapter.ts";

/** What the adapters use of a runtime's port and the core does not see. */
interface EventPort extends Port {
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: () => void): void;
  start(): void;
  unref(): void;
}

if ("Deno" in globalThis) process.getBuiltinModule("node:worker_threads");

const { MessageChannel: Channel } = globalThis; // lent where it is hidden
let receiveMessageOnPort: typeof import("node:worker_threads").receiveMessageOnPort | undefined;

/** Makes a pair of connected ports. */
export function channel(): [Port, Port] {
  const { port1, port2 } = new Channel();
  return [port1 as unknown as Port, port2 as unknown as Port];
}

/**
 * Listens on a port and starts it. The `close` event of the other end's death needs the `message`
 * listener: without one Deno and Node do not read the port at all.
 */
export function listen(port: Port, onMessage: (message: unknown) => void, onClose: () => void): void {
  const events = port as EventPort;
  let open = true;
  events.addEventListener("close", () => {
    if (!open) return;
    open = false;
    onClose();
  });
  events.addEventListener("message", (event) => onMessage(event.data));
  events.start();
}

/** Lets the program end although the port is open. */
export function unrefPort(port: Port): void {
  (port as EventPort).unref();
}

/** Takes the next message off a port without the event loop. */
export function receiveMessage(port: Port): { message: unknown } | undefined {
  receiveMessageOnPort ??= process.getBuiltinModule("node:worker_threads").receiveMessageOnPort;
  return receiveMessageOnPort(port as unknown as MessagePort) as { message: unknown } | undefined;
}
