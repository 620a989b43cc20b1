/**
 * Callbacks: `proxy()` lets a task call a function of the caller's thread. The calls travel on a port of their own.
 *
 * @module
 */

import { MessageChannel, Promise, SafeMap, SafeSet, SafeWeakMap, WeakRef } from "../captured.ts";
import { filter, map, push } from "../lists.ts";
import * as comlink from "comlink";
import { misuse, MulticoreError } from "../errors.ts";
import { requireStack } from "../stack.ts";
import type { CallbackScope } from "./callback_scope.ts";
import { registry } from "./registry.ts";
import { type Attachment, type Codec, type CodecOptions, contentsOf, type Encoded, type Received } from "./types.ts";

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
  /** No call follows. Resolves once all have returned. */
  end(): Promise<void>;
}

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

/** The calls under way through a port. The port's listeners hold this, so nothing here may hold who calls. */
class Calls {
  readonly #port: MessagePort;
  readonly #unref: (port: object) => void;
  readonly #pending: Map<Promise<unknown>, (reason: unknown) => void> = new SafeMap();
  /** Whether there shall be no more. */
  isOver = false;

  constructor(port: MessagePort, unref: (port: object) => void) {
    this.#port = port;
    this.#unref = unref;
    port.addEventListener("close", () => this.close());
    try {
      unref(port);
    } catch (error) {
      port.close(); // it would hold the program
      throw error;
    }
  }

  /** Adds a call, for which the program stays alive. */
  add(call: Promise<unknown>, reject: (reason: unknown) => void): void {
    if (this.#pending.size === 0) (this.#port as { ref?(): void }).ref?.();
    this.#pending.set(call, reject);
  }

  delete(call: Promise<unknown>): void {
    if (this.#pending.delete(call) && this.#pending.size === 0) this.#unref(this.#port);
  }

  close(): void {
    this.isOver = true;
    this.#port.close();
    for (const [call, reject] of this.#pending) {
      quiet(call);
      reject(overError());
    }
    this.#pending.clear();
  }
}

/** Opens and wraps the callbacks of a codec. */
export class Callbacks {
  readonly #codec: Codec;
  readonly #encodeThrown: (value: unknown) => Encoded;
  readonly #options: CodecOptions;
  /** What was made of ports, so that a callback that stands twice in a message arrives as one function. */
  readonly #wrapped: WeakMap<object, WeakRef<Callback>> = new SafeWeakMap();

  constructor(codec: Codec, encodeThrown: (value: unknown) => Encoded, options: CodecOptions) {
    this.#codec = codec;
    this.#encodeThrown = encodeThrown;
    this.#options = options;
  }

  /** Opens a callback and gives the port that travels; what ends it joins `scopes`. */
  open(callback: Callback, scopes: CallbackScope[]): object {
    requireStack(); // a port that is not unref'd yet would hold the program
    const { port1, port2 } = new MessageChannel();
    const running = new SafeSet<Promise<Packet>>();
    let waiting: (() => void)[] = [];
    let [isDone, isEnded] = [false, false];
    const ended = (): void => {
      isEnded = true;
      for (const then of waiting) then();
      waiting = [];
    };
    const call = (packet: Packet): Promise<Packet> => {
      const run = this.#run(callback, packet);
      running.add(run);
      void run.then(() => running.delete(run));
      return run;
    };
    const { bindContext, unref } = this.#options;
    const exposed: Exposed = {
      call: bindContext === undefined ? call : bindContext(call),
      end: async () => {
        ended();
        await Promise.all(running);
      },
    };
    comlink.expose(exposed, port1);
    port1.addEventListener("close", ended);
    push(scopes, {
      release: () => {
        if (!isDone) port1.close();
      },
      end: (then) => {
        isDone = true; // the other end closes
        if (!isEnded) push(waiting, then);
        return isEnded;
      },
    });
    unref?.(port1); // last, as what is in `scopes` is closed if this fails
    return port2;
  }

  async #run(callback: Callback, packet: Packet): Promise<Packet> {
    try {
      const value = await callback(...this.#unpack(packet) as unknown[]);
      return this.#pack(true, this.#codec.encode(value, "auto", "result"));
    } catch (error) {
      return this.#pack(false, this.#encodeThrown(error));
    }
  }

  /**
   * Makes the function that calls back through a port; what ends it joins `scopes`. Where its scope is dropped, the port closes once the function
   * is collected: comlink tells the other end of it.
   */
  wrap(received: object, scopes: CallbackScope[]): Callback {
    const known = this.#wrapped.get(received)?.deref();
    if (known !== undefined) return known;
    const { adopt, unref } = this.#options;
    const port = (adopt === undefined ? received : adopt(received)) as MessagePort;
    const remote = comlink.wrap<Exposed>(port);
    const calls = new Calls(port, unref ?? (() => {}));
    push(scopes, {
      release: () => calls.close(),
      end: () => {
        if (!calls.isOver) void remote.end().then(() => calls.close());
        calls.isOver = true;
        return true;
      },
    });
    const callback: Callback = (...args) => {
      if (calls.isOver) return quiet(Promise.reject(overError()));
      let fail: (reason: unknown) => void;
      const call = new Promise<unknown>((resolve, reject) => {
        fail = reject;
        this.#send(remote, args).finally(() => calls.delete(call)).then(resolve, reject);
      });
      calls.add(call, fail!);
      return call;
    };
    this.#wrapped.set(received, new WeakRef(callback));
    return callback;
  }

  async #send(remote: comlink.Remote<Exposed>, args: unknown[]): Promise<unknown> {
    const reply = await remote.call(this.#pack(true, this.#codec.encode(args, "auto", "arguments")));
    const value = this.#unpack(reply);
    if (reply.ok) return value;
    throw value;
  }

  /** Callbacks inside have no scope: as those of a result, they live as long as the function that is made of them. */
  #pack(ok: boolean, encoded: Encoded): Packet {
    const attachments = encoded.attachments ?? [];
    const packet = { ok, bytes: encoded.bytes.slice(0, encoded.length), attachments: map(attachments, contents) };
    const moving = map(filter(attachments, ({ kind }) => kind === "transfer" || kind === "port"), contents);
    return comlink.transfer(packet, moving as unknown as Parameters<typeof comlink.transfer>[1]);
  }

  #unpack({ bytes, attachments }: Packet): unknown {
    return this.#codec.decode(bytes, "auto", attachments as readonly Received[]);
  }
}

function contents(attachment: Attachment): object {
  return attachment.kind === "copy" ? attachment.bytes.slice().buffer : contentsOf(attachment);
}

/** Marks a rejection as handled: who does not await a callback shall not die of the end of its task. */
function quiet<T>(call: Promise<T>): Promise<T> {
  call.catch(() => {});
  return call;
}

function overError(): MulticoreError {
  return new MulticoreError(
    "Cannot call back as the task that got this callback is done, or the thread that gave it is gone",
  );
}
