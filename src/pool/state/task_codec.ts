/**
 * Encodes a task's arguments, when the call is made, and decodes its outcome. What is larger than a slot is made ready
 * for the transport here.
 *
 * @module
 */

import { Uint8Array } from "../../captured.ts";
import { map, push } from "../../lists.ts";
import type { Adapter } from "../../adapter.ts";
import { type Attachment, type Codec, contentsOf, type Encoded } from "../../codec/types.ts";
import { SerializationError } from "../../errors.ts";
import type { FunctionTable } from "../../functions/function_table.ts";
import { formatsOf, KeptEncoding } from "../../executor/call.ts";
import type { CallerLane } from "../../transport/caller_lane.ts";
import { type Copy, openPayload, type ReceivedPayload } from "../../transport/messages.ts";
import type { Parcel } from "../../transport/arguments.ts";
import type { BufferPool } from "../../transport/buffer_pool.ts";
import { onlyShared, type SharedNumbers, splitNames, withNames } from "../../transport/shared_buffers.ts";
import {
  ERROR_BIT,
  formatBits,
  formatOf,
  nameBits,
  namesOf,
  resultFormatBits,
  scalarWord,
} from "../../transport/payload_descriptor.ts";
import type { PoolTask } from "./task.ts";

const NOTHING: readonly object[] = [];

/** The caller's use of the codec. */
export class TaskCodec {
  readonly codec: Codec;
  readonly #functions: FunctionTable;
  readonly #numbers: SharedNumbers;
  readonly #spare: BufferPool;
  readonly #adapter: Adapter;

  constructor(
    adapter: Adapter,
    codec: Codec,
    functions: FunctionTable,
    numbers: SharedNumbers,
    spare: BufferPool,
  ) {
    this.#adapter = adapter;
    this.codec = codec;
    this.#functions = functions;
    this.#numbers = numbers;
    this.#spare = spare;
  }

  /**
   * Encodes arguments into a task. The bytes are borrowed from the codec: `keep` makes them the
   * task's own.
   *
   * @throws {SerializationError} If an argument cannot cross
   */
  encode(task: PoolTask, args: readonly unknown[] | KeptEncoding): void {
    const serialization = task.options?.serialization;
    if (serialization === undefined && !(args instanceof KeptEncoding)) {
      const word = scalarWord(args);
      if (word >= 0) {
        task.scalars = args;
        task.argsWord = word;
        return;
      }
    }
    const { args: format, result } = formatsOf(serialization);
    const encoded = args instanceof KeptEncoding ? args : this.codec.encode(args, format, "arguments");
    if (encoded.callbacks !== null) task.extras.callbacks = encoded.callbacks;
    task.argsWord = formatBits(this.#functions.ofFormat(format)) | resultFormatBits(this.#functions.ofFormat(result));
    task.bytes = borrowed(encoded);
    task.length = encoded.length;
    if (encoded.attachments !== null) this.#attach(task, encoded.attachments);
    if (task.mayRunAgain) {
      if (task.moves) task.runOnce();
      else task.extras.backup = task.bytes.slice();
    }
  }

  /** Shared memory goes by name; with anything else beside it, all goes along. */
  #attach(task: PoolTask, attachments: readonly Attachment[]): void {
    const shared = onlyShared(attachments);
    if (shared === null) {
      task.parcel = pack(attachments, this.#spare);
      return;
    }
    const names = map(shared, (buffer) => this.#numbers.of(buffer));
    task.argsWord |= nameBits(names.length);
    task.bytes = withNames(task.bytes!, names);
    task.length = task.bytes.length;
    task.parcel = { attachments: shared, copies: [], transfer: [], names };
  }

  /** Makes borrowed bytes the task's own, since it has to wait. */
  keep(task: PoolTask): void {
    if (task.bytes !== null) task.bytes = task.bytes.slice();
  }

  /**
   * The arguments as a worker would get them, for a caller that runs the function itself.
   *
   * @param arena views the argument arena
   */
  decodeArguments(task: PoolTask, arena: (offset: number, length: number) => Uint8Array): unknown[] {
    if (task.scalars !== null) return [...task.scalars];
    const bytes = task.arenaOffset >= 0
      ? arena(task.arenaOffset, task.length)
      : task.bytes ?? new Uint8Array(task.ownMemory!, 0, task.length);
    const { args: format } = formatsOf(task.options?.serialization);
    const parcel = task.parcel;
    const attachments = parcel === null
      ? NOTHING
      : openPayload({ head: null, headLength: 0, ...parcel }, this.#adapter).attachments;
    const encoding = parcel?.names ? splitNames(bytes, parcel.names.length).encoding : bytes;
    return this.codec.decode(encoding, format, attachments) as unknown[];
  }

  /**
   * The outcome in a slot that is done: throws nothing, whatever stands there.
   *
   * @param word what describes the result, see `payload_descriptor.ts`
   */
  decodeOutcome(
    lane: CallerLane<PoolTask>,
    task: PoolTask,
    slot: number,
    word: number,
    received: ReceivedPayload | null,
  ): { readonly ok: boolean; readonly value: unknown } {
    const ok = (word & ERROR_BIT) === 0;
    try {
      if (received?.failure !== undefined) throw received.failure.error;
      let bytes = lane.resultBytes(slot, word, received);
      const { result } = formatsOf(task.options?.serialization);
      const format = ok && formatOf(word) !== 0 ? result : "auto";
      let attachments = received?.attachments ?? NOTHING;
      const count = namesOf(word);
      if (count > 0) {
        const { encoding, names } = splitNames(bytes, count);
        bytes = encoding;
        attachments = map(names, (position) => task.parcel!.attachments[position]!);
      }
      return { ok, value: this.codec.decode(bytes, format, attachments) };
    } catch (error) {
      return {
        ok: false,
        value: error instanceof SerializationError
          ? error
          : new SerializationError(`Cannot decode the result of '${task.fn.name}'`, "result", { cause: error }),
      };
    }
  }
}

function borrowed(encoded: Encoded): Uint8Array {
  return encoded.bytes.length === encoded.length ? encoded.bytes : encoded.bytes.subarray(0, encoded.length);
}

/** Copies what is to be copied into shared memory, which more than one worker can be sent. */
function pack(attachments: readonly Attachment[], spare: BufferPool): Parcel {
  const copies: Copy[] = [];
  const transfer: object[] = [];
  const items = map(attachments, (item, i): object => {
    if (item.kind === "copy") {
      push(copies, { position: i, length: item.bytes.length });
      return spare.copyOf(item.bytes);
    }
    const contents = contentsOf(item);
    if (item.kind === "transfer" || item.kind === "port") push(transfer, contents);
    return contents;
  });
  return { attachments: items, copies, transfer };
}
