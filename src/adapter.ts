/**
 * The contract between the core and a runtime: everything the core asks of Node, Deno or Bun.
 *
 * The core never names a runtime. An adapter only translates: policy (how many workers, when to
 * give up, what an error says) stays in the core.
 *
 * @module
 */

/** The runtimes that have an adapter. */
export type RuntimeName = "node" | "deno" | "bun";

/** A message port as the core uses it; its methods mean the same on each runtime. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  close(): void;
}

/** What `Adapter.load` reads off the machine at one moment. */
export interface LoadSample {
  /** 1-minute load average per core of the machine: 1 means every core is busy. */
  readonly average: number;
  /** The cores that `average` was divided by: the machine's, as the load average counts its threads. */
  readonly cores: number;
}

/** Memory limits of a worker's heap, in MiB, as `node:worker_threads` names them. */
export interface ResourceLimits {
  /** Size of the main heap, at least 4; a worker needs some 8 to start. */
  maxOldGenerationSizeMb?: number;
  /** Size of the heap for new objects. */
  maxYoungGenerationSizeMb?: number;
  /** Size of the memory for generated code, from 1 to 2048. */
  codeRangeSizeMb?: number;
  /** Size of the stack, from 0.5 to 1024. */
  stackSizeMb?: number;
}

/** What a new worker thread is given. */
export interface SpawnOptions {
  /** The worker entry; `undefined` takes the adapter's own. */
  readonly entry: URL | undefined;
  /** Structured-cloneable value handed to `WorkerHost.onInit` inside the worker. */
  readonly init: unknown;
  /** Ports inside `init` that move to the worker. */
  readonly transfer: readonly Port[];
  /** Thread name, for debuggers. */
  readonly name: string;
  /** Environment of the worker; `undefined` shares or copies the caller's, as the runtime does. */
  readonly env: Readonly<Record<string, string>> | undefined;
  /** Heap limits; only where `Adapter.supports.resourceLimits`. */
  readonly resourceLimits: ResourceLimits | undefined;
  /** Called at most once, when the runtime says that the worker ended; the code where it knows one. */
  onExit(code: number | undefined): void;
  /** Called when the runtime reports an error of the worker that the worker did not report itself. */
  onError(error: unknown): void;
}

/** A running worker thread. It does not keep the program alive. */
export interface WorkerHandle {
  /** Whether the runtime calls `onExit` at each end, whatever it is, after `onError` if there is a cause. */
  readonly tellsExit?: boolean;
  /** Asks the runtime to stop the thread. Not obeyed by a busy thread on Deno. */
  terminate(): void;
}

/** A timer that can be told whether it keeps the program alive. */
export interface KeepAlive {
  ref(): void;
  unref(): void;
  /** Frees the timer; nothing may be called afterwards. */
  close(): void;
}

/** Tests for the internal brand of a value, which prototypes and `Symbol.toStringTag` cannot fake. */
export interface BrandChecks {
  isProxy(value: unknown): boolean;
  isDate(value: unknown): boolean;
  isRegExp(value: unknown): boolean;
  isMap(value: unknown): boolean;
  isSet(value: unknown): boolean;
  isNativeError(value: unknown): boolean;
  isBoxedPrimitive(value: unknown): boolean;
  isArrayBuffer(value: unknown): boolean;
  isSharedArrayBuffer(value: unknown): boolean;
  isArgumentsObject(value: unknown): boolean;
  isPromise(value: unknown): boolean;
  isWeakMap(value: unknown): boolean;
  isWeakSet(value: unknown): boolean;
  isGeneratorObject(value: unknown): boolean;
  isModuleNamespaceObject(value: unknown): boolean;
  /** Whether `prototype` belongs to a class of the runtime that no global leads to, such as `KeyObject`. */
  isPlatformClass(prototype: object, name: string): boolean;
}

/** One moment as two clocks tell it, from which a new thread finds its place on the first one. */
export interface ClockSample {
  /** `Adapter.now` of the thread that took the sample. */
  readonly now: number;
  /** The system's wall clock, in ms. */
  readonly wall: number;
}

/** What is used of Node's class of byte arrays. */
export interface NodeBufferClass {
  readonly prototype: object;
  from(buffer: object, offset: number, length?: number): Uint8Array;
}

/** A file that is open for reading. */
export interface OpenFile {
  /** Bytes in it when it was opened. */
  readonly size: number;
  /** Reads from a byte on into `into`; gives how many bytes came, 0 at the end. */
  read(into: Uint8Array, from: number): number;
  close(): void;
}

/** What a progress display shows. */
export interface ProgressReport {
  readonly done: number;
  readonly total: number | undefined;
  readonly failed: number;
  readonly rate: number;
  readonly eta: number | undefined;
}

/** A display of progress on the terminal. */
export interface ProgressDisplay {
  update(progress: ProgressReport): void;
  /** Leaves the last state behind it. */
  end(): void;
}

/** Everything the core asks of a runtime, in the caller and in a worker. */
export interface Adapter {
  readonly name: RuntimeName;
  /** Version of the runtime, for messages. */
  readonly version: string;
  /** Options that this runtime can honour. */
  readonly supports: {
    /** `resourceLimits` of a worker. */
    readonly resourceLimits: boolean;
    /** `terminate()` interrupts running JavaScript. */
    readonly interrupt: boolean;
    /** `receiveMessage` is fast for an ArrayBuffer (not on Deno: 100 ms a MiB). */
    readonly fastReceive: boolean;
    /** An error made in an async function that a chain of promises leads to shows who awaits the chain. */
    readonly asyncFrames: boolean;
  };
  readonly types: BrandChecks;
  /** Node's class of byte arrays: the runtime's own, which a realm made by `node:vm` may have no global for. */
  readonly nodeBuffer: NodeBufferClass;

  /** Cores this process may use: at least 1, not above the cgroup CPU quota (rounded up) or the affinity mask. */
  availableParallelism(): number;
  /** Reads the machine's load. */
  load(): LoadSample;

  /** Starts a worker thread, unref'd. */
  spawn(options: SpawnOptions): WorkerHandle;

  /** A pair of connected ports. */
  channel(): [Port, Port];
  /**
   * Listens on a port and starts it. `onClose` is called once when the other end is gone. The
   * port keeps the thread alive until `unrefPort`.
   */
  listen(port: Port, onMessage: (message: unknown) => void, onClose: () => void): void;
  /** Lets the program end although the port is open. */
  unrefPort(port: Port): void;
  /** A port that came in a message, as one that has a `close` event; `port` itself is used up. */
  adoptPort(port: Port): Port;
  /**
   * A function that runs with the async context (the stores of `AsyncLocalStorage`) in which this is called, whoever
   * calls it.
   */
  bindContext<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R;
  /** Takes the next message off a port without the event loop, or gives `undefined`. */
  receiveMessage(port: Port): { message: unknown } | undefined;

  /**
   * Milliseconds by a clock that never steps and that faked or patched globals do not reach. Its zero is any moment, and
   * the same one in a thread that was started and in the one that started it, once that thread has called `followClock`.
   */
  now(): number;
  /** What a new thread needs to go by this thread's clock; taken right before it is started. */
  sampleClock(): ClockSample;
  /** Makes `now` go by the clock of the thread that took the sample; called once, before `now` is. */
  followClock(sample: ClockSample): void;

  /** Calls `fn` on the next turn of the event loop, after timers and I/O had their chance. */
  schedule(fn: () => void): void;
  /** The same for a thread that lets the event loop have a turn only each few ms: sockets must be looked at soon. */
  scheduleRarely(fn: () => void): void;
  /** A timer that fires never (or harmlessly); it starts unref'd. */
  keepAlive(): KeepAlive;
  /** Calls `fn` after `ms` without keeping the program alive; gives a function that cancels it. */
  delay(fn: () => void, ms: number): () => void;

  /** Memory to be written at once: not cleared where the runtime can leave that. */
  allocate(length: number): ArrayBuffer;

  /**
   * Calls `fn` and stops it after `ms` of synchronous run, even in an endless loop.
   *
   * @param onUnsafe called before this returns if what the thread runs next may be stopped in its stead: nothing that
   * matters shall run there any more
   * @returns `{ timedOut: true }`, or the function's result; what it throws is thrown.
   */
  runWithTimeout<T>(fn: () => T, ms: number, onUnsafe?: () => void): { timedOut: true } | { timedOut: false; value: T };
  /**
   * Calls `fn`, which cannot end this thread: what would do so (`process.exit`, `Deno.exit`, ...) throws instead.
   *
   * @returns the first such attempt, whatever `fn` did after it, or the function's result; what it throws is thrown
   */
  runWithoutExit<T>(fn: () => T): { readonly exit: ExitAttempt | undefined; readonly value: T | undefined };
  /** The system's id of this thread, or `undefined` where it cannot be known. */
  threadId(): number | undefined;
  /** Whether the thread of this process still exists; `undefined` where it cannot be known. */
  threadAlive(id: number): boolean | undefined;
  /** Resident memory of the JavaScript heap of this thread, in bytes; for recycling. */
  heapBytes(): number;
  /**
   * Opens a file for reading.
   *
   * @throws the system's error, such as one with `code` `"ENOENT"`
   */
  openFile(path: string): OpenFile;
  /** The path of a `file:` URL. */
  fileURLToPath(url: URL): string;
  /** Shows progress on standard error: a bar where that is a terminal, else lines. */
  showProgress(): ProgressDisplay;
  /** Whether a tool may evaluate changed modules, and this library with them, once more in this process. */
  reloads(): boolean;
  /** Prints a warning the way the runtime does. */
  warn(message: string): void;

  /** The worker's side; only meaningful inside a worker that `spawn` started. */
  readonly host: WorkerHost;
}

/** A call of something that ends the thread. */
export interface ExitAttempt {
  /** The exit code, where the call says one. */
  readonly code: number | undefined;
  /** What was called, such as `process.exit()`. */
  readonly label: string;
}

/** Why a worker ends; told by `WorkerHost.onDeath` as the thread's last act. */
export interface Death {
  /** Exit code where one was given: 0, or 1 for an uncaught error. */
  readonly code: number | undefined;
  /** The uncaught error or the reason of the unhandled rejection, in a box since it may be anything. */
  readonly uncaught: { readonly error: unknown } | undefined;
}

/** What a worker asks of its runtime. */
export interface WorkerHost {
  /** Whether this thread is one that `spawn` started, where code may run before its entry; else not there. */
  isWorker?(): boolean;
  /**
   * Hands over `SpawnOptions.init`. Must be called in the first turn of the entry: some runtimes
   * drop messages that come before there is a listener.
   */
  onInit(start: (init: unknown) => void): void;
  /**
   * Calls `announce` synchronously, at most once, as the last thing the thread does: on
   * `process.exit`, `Deno.exit`, `self.close`, an uncaught error or an unhandled rejection (after
   * which the thread is ended). Not called when the thread is terminated from outside.
   */
  onDeath(announce: (death: Death) => void): void;
  /** Ends this worker thread; does not call `announce`. */
  exit(code: number): void;
  /** Loads a module as the program would; left out where that is `import` and nothing else. */
  load?(url: string): Promise<Record<string, unknown>>;
}
