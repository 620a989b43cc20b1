/**
 * Reads the arguments of a claimed task, from its slot, the argument arena or the port, and decodes them.
 *
 * @module
 */

import { Promise, promiseThen, SafeMap } from "../captured.ts";
import { push } from "../lists.ts";
import type { Adapter, Port } from "../adapter.ts";
import type { CallbackReceiver } from "../codec/mod.ts";
import type { Codec } from "../codec/types.ts";
import type { FunctionResolver } from "../functions/function_resolver.ts";
import { ArenaReader } from "../transport/arena.ts";
import * as at from "../transport/layout.ts";
import type { LaneMessage, ReceivedPayload } from "../transport/messages.ts";
import { openPayload } from "../transport/messages.ts";
import { SharedObjects, splitNames } from "../transport/shared_buffers.ts";
import {
  ATTACHED,
  formatOf,
  namesOf,
  ON_PORT,
  placeOf,
  SCALARS,
  TAG_NONE,
  TRANSFER_BIT,
  valueOf,
} from "../transport/payload_descriptor.ts";
import { bytesAt } from "../transport/payload_place.ts";
import type { WorkerLane } from "../transport/worker_lane.ts";

const NOTHING: readonly object[] = [];

/** The worker's reader of arguments, and of its port. */
export class ArgumentReader {
  readonly #adapter: Adapter;
  readonly #lane: WorkerLane;
  readonly #arena: ArenaReader;
  /** Where payloads can be read without the event loop. */
  readonly #port: Port;
  readonly #codec: Codec;
  readonly #resolver: FunctionResolver;
  /** Payloads that came on the port and were not asked for yet, by entry. */
  readonly #payloads: Map<number, ReceivedPayload> = new SafeMap();
  /** Shared memory that both sides have. */
  readonly shared: SharedObjects = new SharedObjects();
  /** Those who wait for a payload, by entry. */
  readonly #waiting: Map<number, () => void> = new SafeMap();

  constructor(
    adapter: Adapter,
    lane: WorkerLane,
    args: SharedArrayBuffer,
    port: Port,
    codec: Codec,
    resolver: FunctionResolver,
  ) {
    this.#adapter = adapter;
    this.#lane = lane;
    this.#arena = new ArenaReader(args);
    this.#port = port;
    this.#codec = codec;
    this.#resolver = resolver;
  }

  /** Takes a message off the lane's port. */
  receive(message: LaneMessage): void {
    if (message.kind === "payload") {
      this.#payloads.set(message.entry, openPayload(message, this.#adapter));
      const waiting = this.#waiting.get(message.entry);
      this.#waiting.delete(message.entry);
      waiting?.();
    } else if (message.kind === "drop") {
      this.#payloads.delete(message.entry);
    } else if (message.kind === "share") {
      this.shared.add(message);
    } else {
      while (this.#readOne()); // the `share` may still be there
      this.shared.delete(message);
    }
  }

  /** Drops the payload of a claimed task that cannot run, so that no other entry of that number finds it. */
  discard(entry: number, base: number): void {
    const word = this.#lane.words[base + at.ARGS]!;
    if ((word & ATTACHED) === 0 && placeOf(word) !== ON_PORT) return;
    if ((word & TRANSFER_BIT) !== 0 && !this.#adapter.supports.fastReceive && !this.#payloads.has(entry)) {
      void promiseThen(this.#arrival(entry), () => this.#payloads.delete(entry));
      return;
    }
    while (!this.#payloads.delete(entry) && this.#readOne());
  }

  #readOne(): boolean {
    const next = this.#adapter.receiveMessage(this.#port);
    if (next !== undefined) this.receive(next.message as LaneMessage);
    return next !== undefined;
  }

  /**
   * The arguments of a claimed task, or a promise of them where they are still on their way.
   *
   * @param into takes over the callbacks among them
   * @throws {SerializationError} If they cannot be decoded here
   */
  read(entry: number, base: number, into?: CallbackReceiver): unknown[] | Promise<unknown[]> {
    const words = this.#lane.words;
    const word = words[base + at.ARGS]!;
    if (placeOf(word) === SCALARS && (word & ATTACHED) === 0) return this.#scalars(word, base);
    if ((word & ATTACHED) === 0 && placeOf(word) !== ON_PORT) return this.#decode(word, entry, base, null, into);
    if ((word & TRANSFER_BIT) !== 0 && !this.#adapter.supports.fastReceive && !this.#payloads.has(entry)) {
      return promiseThen(this.#arrival(entry), () => this.#decode(word, entry, base, this.#take(entry), into));
    }
    return this.#decode(word, entry, base, this.#take(entry), into);
  }

  #scalars(word: number, base: number): unknown[] {
    const args: unknown[] = [];
    const half = (base + at.ARGS_SCALARS) >> 1;
    for (let tags = word >>> 16, i = 0; tags !== TAG_NONE; tags >>>= 4, i++) {
      push(args, valueOf(tags & 15, this.#lane.numbers[half + i]!));
    }
    return args;
  }

  #decode(
    word: number,
    entry: number,
    base: number,
    payload: ReceivedPayload | null,
    into: CallbackReceiver | undefined,
  ): unknown[] {
    const words = this.#lane.words;
    const length = words[base + at.ARGS_LENGTH]!;
    const format = this.#resolver.formatName(formatOf(word));
    const offset = words[base + at.ARGS_OFFSET]!;
    const bytes = bytesAt(word, this.#lane.bytes, base, this.#arena, offset, length, payload);
    const count = namesOf(word);
    if (count === 0) {
      return this.#codec.decode(bytes, format, payload?.attachments ?? NOTHING, into) as unknown[];
    }
    const { encoding, names } = splitNames(bytes, count);
    const shared = this.shared.all(entry, names, () => this.#readOne());
    return this.#codec.decode(encoding, format, shared) as unknown[];
  }

  /** The payload of an entry. It was posted before the entry was published, so it is on the port if not here. */
  #take(entry: number): ReceivedPayload {
    for (;;) {
      const payload = this.#payloads.get(entry);
      if (payload !== undefined) {
        this.#payloads.delete(entry);
        return payload;
      }
      if (!this.#readOne()) throw new Error(`Cannot find the arguments of task ${entry} on the port`);
    }
  }

  #arrival(entry: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(entry, resolve));
  }
}
