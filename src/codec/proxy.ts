import * as comlink from "comlink";
import { misuse, MulticoreError } from "../errors.ts";
import { registry } from "./registry.ts";
import type { Attachment, Codec, Encoded, Received } from "./types.ts";

type Callback = (...args: unknown[]) => unknown;

/** What crosses the port, in both directions. */
interface Packet {
  /** The call returned; meaningless on the way there. */
  readonly ok: boolean;
  readonly bytes: Uint8Array;
  readonly attachments: readonly object[];
}

/** The callee's side as comlink exposes it. */
interface Exposed {
  call(packet: Packet): Promise<Packet>;
}

/** Callbacks that end together. */
export interface CallbackScope {
  /** Closes their ports; calls that are under way or come later reject. */
  release(): void;
}

/** What the messages encoded and decoded since the last `collectProxies` have opened. */
let made: CallbackScope[] = [];

/**
 * Lets a task call back into the thread that started it: `run(fn, proxy(callback))`. In the task
 * the callback is a function that gives a Promise. It works until the task is done.
 *
 * @typeParam F The callback.
 * @param callback The function to call; it runs in this thread's event loop.
 * @returns `callback` itself, marked.
 * @throws {TypeError} If `callback` is no function.
 * @example Usage
 * ```ts
 * import { isMain, proxy, run, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const prices = new Map([["tea", 2], ["cake", 3]]);
 *   const bill = async (priceOf: (item: string) => number | Promise<number>) => await priceOf("tea") + await priceOf("cake");
 *   console.log(await run(bill, proxy((item: string) => prices.get(item)!))); // 5
 *   await shutdown();
 * }
 * ```
 */
export function proxy<F extends (...args: never[]) => unknown>(callback: F): F {
  if (typeof callback !== "function") {
    throw misuse(
      new TypeError(`Cannot make a proxy as 'callback' must be a function: received ${typeof callback}`),
      "INVALID_PROXY",
    );
  }
  registry.proxied.add(callback);
  return callback;
}

/** Takes over the callbacks that were opened since the last call, or gives `null` if there is none. */
export function collectProxies(): CallbackScope | null {
  if (made.length === 0) return null;
  const taken = made;
  made = [];
  return {
    release: () => {
      for (const scope of taken.splice(0)) scope.release();
    },
  };
}

/** How many callbacks wait to be collected. */
export function openProxies(): number {
  return made.length;
}

/** Closes the callbacks opened after the first `kept`: their message failed. */
export function dropProxies(kept: number): void {
  for (const scope of made.splice(kept)) scope.release();
}

/** Opens and wraps the callbacks of a codec. */
export class Callbacks {
  readonly #codec: Codec;
  readonly #encodeThrown: (value: unknown) => Encoded;
  readonly #unref: (port: object) => void;

  constructor(codec: Codec, encodeThrown: (value: unknown) => Encoded, unref: (port: object) => void) {
    this.#codec = codec;
    this.#encodeThrown = encodeThrown;
    this.#unref = unref;
  }

  /** Opens a callback and gives the port that travels. */
  open(callback: Callback): object {
    const { port1, port2 } = new MessageChannel();
    const inner: CallbackScope[] = [];
    const call = async (packet: Packet): Promise<Packet> => {
      try {
        const args = this.#unpack(packet, inner) as unknown[];
        const value = await callback(...args);
        return this.#pack(true, this.#codec.encode(value, "auto", "result"), inner);
      } catch (error) {
        return this.#pack(false, this.#encodeThrown(error), inner);
      }
    };
    comlink.expose({ call } satisfies Exposed, port1);
    this.#unref(port1);
    made.push({
      release: () => {
        port1.close();
        for (const scope of inner.splice(0)) scope.release();
      },
    });
    return port2;
  }

  /** Makes the function that calls back through a port. */
  wrap(port: object): Callback {
    const endpoint = port as MessagePort;
    const remote = comlink.wrap<Exposed>(endpoint);
    this.#unref(port);
    const inner: CallbackScope[] = [];
    const pending = new Set<(reason: unknown) => void>();
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      endpoint.close();
      for (const reject of pending) reject(releasedError());
      pending.clear();
      for (const scope of inner.splice(0)) scope.release();
    };
    endpoint.addEventListener("close", release);
    made.push({ release });
    return async (...args) => {
      if (released) throw releasedError();
      const packet = this.#pack(true, this.#codec.encode(args, "auto", "arguments"), inner);
      const reply = await new Promise<Packet>((resolve, reject) => {
        pending.add(reject);
        const done = () => pending.delete(reject);
        remote.call(packet).then(resolve, reject).finally(done);
      });
      const value = this.#unpack(reply, inner);
      if (reply.ok) return value;
      throw value;
    };
  }

  #pack(ok: boolean, encoded: Encoded, inner: CallbackScope[]): Packet {
    keep(inner);
    const attachments = encoded.attachments ?? [];
    const packet = { ok, bytes: encoded.bytes.slice(0, encoded.length), attachments: attachments.map(contents) };
    const moving = attachments.filter(({ kind }) => kind === "transfer" || kind === "port").map(contents);
    return comlink.transfer(packet, moving as unknown as Parameters<typeof comlink.transfer>[1]);
  }

  #unpack({ bytes, attachments }: Packet, inner: CallbackScope[]): unknown {
    const value = this.#codec.decode(bytes, "auto", attachments as readonly Received[]);
    keep(inner);
    return value;
  }
}

/** What a callback opens in turn lives as long as the callback. */
function keep(inner: CallbackScope[]): void {
  const scope = collectProxies();
  if (scope !== null) inner.push(scope);
}

function contents(attachment: Attachment): object {
  if (attachment.kind === "copy") return attachment.bytes.slice().buffer;
  return attachment.kind === "port" ? attachment.port : attachment.buffer;
}

function releasedError(): MulticoreError {
  return new MulticoreError("Cannot call back as the task that got this callback is done");
}
