/**
 * The caller's end of a lane's port: keeps payloads that came by message until their tasks are drained, and tells when
 * the worker is gone.
 *
 * @module
 */

import { queueMicrotask, SafeMap, SafeSet } from "../captured.ts";
import type { Adapter, Port } from "../adapter.ts";
import type { LaneMessage, PayloadMessage, ReceivedPayload, WorkerMessage } from "./messages.ts";
import { openPayload } from "./messages.ts";
import { SharedOutlet } from "./shared_buffers.ts";

/** Whom the caller's end of a port tells. */
export interface PortOwner {
  /** The payload that a done task waited for is here. */
  onPayload(entry: number): void;
  /** The worker has announced a new state of its life; never called in the middle of anything. */
  onLife(): void;
  /** The other end is gone, and so is the worker's thread. */
  onGone(): void;
}

/**
 * Receives payloads by event or, where that is fast, on demand.
 *
 * On Deno a port that is listened on may have taken a message off its queue whose event has not
 * come yet: then `receiveMessage` does not find it, and a blocked thread never would. So there a
 * second port, without a listener, carries all payloads to the caller, none with moved memory.
 */
export class CallerPort {
  readonly #port: Port;
  readonly #direct: Port | null;
  readonly #adapter: Adapter;
  readonly #owner: PortOwner;
  /** Whether the port may be read: on a closed one `receiveMessage` crashes Node. */
  #isOpen = true;
  /** Payloads that came before their task was drained, by entry. */
  readonly #payloads: Map<number, ReceivedPayload> = new SafeMap();
  /** Entries that are done but whose payload is still on its way. */
  readonly #awaited: Set<number> = new SafeSet();

  /** Shared memory that both sides have. */
  readonly outlet: SharedOutlet;

  constructor(adapter: Adapter, port: Port, direct: Port | null, owner: PortOwner) {
    this.#port = port;
    this.#direct = direct;
    this.#adapter = adapter;
    this.#owner = owner;
    this.outlet = new SharedOutlet((message) => {
      if (this.#isOpen) this.post(message, [], message.kind !== "share"); // nobody listens on the other port
    });
    adapter.listen(port, (message) => this.#receive(message as WorkerMessage), () => {
      this.#isOpen = false;
      owner.onGone();
    });
    adapter.unrefPort(port);
  }

  /** Sends a message to the worker; what moves goes by the port that the worker listens on. */
  post(message: LaneMessage, transfer: readonly object[], listened: boolean = transfer.length > 0): void {
    (!listened && this.#direct !== null ? this.#direct : this.#port).postMessage(message, transfer);
  }

  /** The payload of a done task, or `null` if it is still on its way: then `onPayload` tells. */
  take(entry: number): ReceivedPayload | null {
    let payload = this.#payloads.get(entry);
    if (payload === undefined) {
      this.#read(this.#direct ?? this.#port);
      payload = this.#payloads.get(entry);
    }
    if (payload === undefined) {
      this.#awaited.add(entry);
      return null;
    }
    this.#payloads.delete(entry);
    return payload;
  }

  /** Reads the port without the event loop if a payload is missing, for a caller that cannot wait for events. */
  pullAwaited(): void {
    if (this.#awaited.size > 0) this.pull();
  }

  /** Reads the port without the event loop. */
  pull(): void {
    this.#read(this.#port);
    if (this.#direct !== null) this.#read(this.#direct);
  }

  #read(port: Port): void {
    while (this.#readOne(port));
  }

  #readOne(port: Port): boolean {
    let next: { message: unknown } | undefined;
    try {
      next = this.#isOpen ? this.#adapter.receiveMessage(port) : undefined;
    } catch {
      // On Deno no event brings what the direct port has.
      this.#adapter.schedule(() => this.pullAwaited());
      return false;
    }
    if (next === undefined) return false;
    this.#receive(next.message as WorkerMessage);
    return true;
  }

  #receive(message: WorkerMessage): void {
    if (message.kind === "payload") {
      this.#payloads.set(message.entry, this.#tryOpen(message));
      if (this.#awaited.delete(message.entry)) this.#owner.onPayload(message.entry);
    } else {
      queueMicrotask(() => this.#owner.onLife()); // the message may have been read in the middle of a drain
    }
  }

  /** What cannot be opened, as memory is short, say, fails its task alone. */
  #tryOpen(message: PayloadMessage): ReceivedPayload {
    try {
      return this.#open(message);
    } catch (error) {
      return { head: null, attachments: [], failure: { error } };
    }
  }

  #open(message: PayloadMessage): ReceivedPayload {
    const payload = openPayload(message, this.#adapter);
    for (const memory of message.shared ?? []) {
      const came = payload.attachments[memory.position] as SharedArrayBuffer;
      payload.attachments[memory.position] = this.outlet.adopt(memory, came);
    }
    return payload;
  }

  /** Closes the port and forgets what is left. */
  close(): void {
    this.#payloads.clear();
    this.#awaited.clear();
    this.#isOpen = false;
    this.#port.close();
    this.#direct?.close();
  }
}
