/**
 * One message of the format `auto` while it is written: its body, its strings, its attachments. `_reader.ts` is its
 * counterpart.
 *
 * @module
 */

import { SafeMap } from "../captured.ts";
import { every, push, slice } from "../lists.ts";
import { SerializationError } from "../errors.ts";
import type { Classifier } from "./_brands.ts";
import { BufferTable } from "./_buffers.ts";
import { describe } from "./describe.ts";
import { pathText } from "./_path.ts";
import type { Step } from "./_path.ts";
import * as tags from "./_tags.ts";
import { ByteWriter } from "./_writer.ts";
import { type CallbackScope, joinScopes } from "./callback_scope.ts";
import type { Callbacks } from "./proxy.ts";
import type { Attachment, Encoded } from "./types.ts";

/** A container whose contents come after the body. */
interface Deferred {
  readonly write: () => void;
  readonly place: Place;
}

/** Where a deferred container stands: its text is made only where something is refused. */
interface Place {
  /** The value that `steps` begin at; `null` for the root of the message. */
  readonly from: Place | null;
  /** The way to the container around; one list for all that stand in the same one. */
  readonly steps: readonly Step[];
  readonly last: Step;
}

/** A message as a whole: its sections, what is put off, where the value being written stands. */
export class MessageWriter extends ByteWriter {
  readonly classifier: Classifier;
  readonly callbacks: Callbacks;
  /** Writes a description in place of what cannot cross; for thrown errors. */
  lenient = false;
  attachments: Attachment[] = [];
  readonly buffers: BufferTable = new BufferTable();
  /** Buffers and ports that move, with the position of their attachment. */
  moving: Map<object, number> = new SafeMap();
  /** What ends the callbacks that were opened for the message. */
  scopes: CallbackScope[] | null = null;
  /** How deep the container being written stands. */
  depth = 0;
  /** Depth of instances inside which nothing can be deferred. */
  pinned = 0;
  /** The way to the value being written; valid up to `depth`. */
  readonly path: Step[] = [];
  /** What the root of the message is called. */
  #root = "";
  /** The container that `path` begins at. */
  #from: Place | null = null;
  /** The way to the container around the last one that was put off. */
  #around: readonly Step[] = [];
  #deferred: Deferred[] = [];

  constructor(classifier: Classifier, callbacks: Callbacks) {
    super();
    this.classifier = classifier;
    this.callbacks = callbacks;
  }

  /** Starts a message whose value is called `root` in paths. */
  begin(root: string): void {
    this.start();
    this.byte(0);
    this.#root = root;
    this.#from = null;
  }

  /** Ends the message: what was deferred, then the sections. */
  end(): Encoded {
    // The list grows meanwhile.
    for (let i = 0; i < this.#deferred.length; i++) {
      const { place, write } = this.#deferred[i]!;
      this.#from = place;
      this.depth = 0;
      write();
    }
    const stringsAt = this.position;
    let flags = this.runs() ? tags.FLAG_STRINGS : 0;
    const buffersAt = this.position;
    if (!this.buffers.empty) {
      flags |= tags.FLAG_BUFFERS;
      this.buffers.write(this, this.attachments, this.moving);
    }
    if (flags & tags.FLAG_STRINGS) this.double(stringsAt);
    if (flags & tags.FLAG_BUFFERS) this.double(buffersAt);
    this.bytes[0] = flags;
    const attachments = this.attachments.length === 0 ? null : this.attachments;
    return { bytes: this.bytes, length: this.position, attachments, callbacks: joinScopes(this.scopes) };
  }

  /** Forgets the message's values. */
  clear(): void {
    // After a failure the way to it is still there, with the keys of maps.
    if (this.depth > 0 || this.path.length > 16) this.path.length = 0;
    this.depth = this.pinned = 0;
    this.buffers.clear();
    if (this.attachments.length > 0) this.attachments = [];
    if (this.moving.size > 0) this.moving.clear();
    this.scopes = null;
    if (this.#deferred.length > 0) {
      this.#deferred = [];
      this.#from = null;
      this.#around = [];
    }
    this.lenient = false;
  }

  /** Path of the value being written. */
  where(): string {
    const parts: (readonly Step[])[] = [slice(this.path, 0, this.depth)];
    for (let at = this.#from; at !== null; at = at.from) push(parts, [...at.steps, at.last]);
    return parts.reduceRight(pathText, this.#root);
  }

  /** Gives up, or in a thrown error writes what stands for the value. */
  refuse(value: unknown, advice: string, what: string = describe(value)): void {
    if (!this.lenient) {
      const path = this.where();
      throw new SerializationError(`Cannot send '${path}' as it is ${what}: ${advice}`, path);
    }
    // An object has a number already, a primitive and a function have none.
    if (typeof value === "object") this.byte(tags.STAND_IN);
    this.string(`[${what}]`);
  }

  /**
   * Writes the head of a container and puts off its contents if it stands too deep.
   *
   * @returns whether the contents were put off
   */
  defers(head: number, write: () => void): boolean {
    if (this.depth < tags.MAX_DEPTH) return false;
    if (this.pinned > 0) {
      if (this.depth < tags.HARD_DEPTH) return false;
      this.tooDeep();
    }
    this.byte(tags.DEFERRED);
    this.byte(head);
    this.putOff(write);
    return true;
  }

  /** Writes the contents of a container after the body. */
  putOff(write: () => void): void {
    const last = this.depth - 1;
    const isSame = this.#around.length === last && every(this.#around, (step, i) => step === this.path[i]);
    if (!isSame) this.#around = slice(this.path, 0, last);
    push(this.#deferred, { write, place: { from: this.#from, steps: this.#around, last: this.path[last]! } });
  }

  /** Refuses a value that is nested too deep. */
  tooDeep(): never {
    const path = this.where();
    throw new SerializationError(`Cannot send '${path}' as it is nested too deep`, path);
  }
}
