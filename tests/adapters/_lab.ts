/** Starts real workers for the conformance tests, and programs of the same runtime. */
import { spawn as spawnProcess } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { adapter } from "../../adapters/runtime/mod.ts";
import type { Port, SpawnOptions, WorkerHandle } from "../../src/adapter.ts";
import { type Act, type Announced, Words } from "./fixtures/protocol.ts";

/** Gives a condition; polls, since some conditions live in shared memory. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A worker that runs fixtures/host.ts, and all that was heard of it. */
export interface Subject {
  readonly handle: WorkerHandle;
  readonly port: Port;
  readonly words: Words;
  readonly messages: unknown[];
  readonly errors: unknown[];
  /** Codes of the `onExit` calls. */
  readonly exits: (number | undefined)[];
  /** Whether the port said that the worker is gone, how often. */
  readonly closes: number;
  /** Waits for the message of that number and gives it. */
  message(number?: number): Promise<unknown>;
  /** Waits until the port said that the worker is gone. */
  closed(): Promise<void>;
}

/** Starts a worker, keeps the program alive while `use` runs, and stops the worker. */
export async function withWorker(
  act: Act,
  use: (subject: Subject) => Promise<void>,
  options: Partial<SpawnOptions> = {},
): Promise<void> {
  const alive = adapter.keepAlive();
  alive.ref();
  const subject = launch(act, options);
  try {
    await use(subject);
  } finally {
    subject.handle.terminate();
    await subject.closed();
    alive.close();
  }
}

/** Starts a worker. */
export function launch(act: Act, options: Partial<SpawnOptions> = {}): Subject {
  const [port, far] = adapter.channel();
  const memory = new SharedArrayBuffer(Words.BYTES);
  const messages: unknown[] = [];
  const errors: unknown[] = [];
  const exits: (number | undefined)[] = [];
  let closes = 0;
  adapter.listen(port, (message) => messages.push(message), () => closes++);
  adapter.unrefPort(port);
  const handle = adapter.spawn({
    entry: new URL("./fixtures/host.ts", import.meta.url),
    init: { act, port: far, memory },
    transfer: [far],
    name: `test ${act}`,
    env: undefined,
    resourceLimits: undefined,
    onExit: (code) => exits.push(code),
    onError: (error) => errors.push(error),
    ...options,
  });
  return {
    handle,
    port,
    words: new Words(memory),
    messages,
    errors,
    exits,
    get closes() {
      return closes;
    },
    async message(number = 0) {
      await until(() => messages.length > number || closes > 0 || errors.length > 0);
      if (messages.length <= number) throw new Error("The worker ended early", { cause: errors[0] });
      return messages[number];
    },
    closed: () => until(() => closes > 0),
  };
}

/** How a program ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Where the fixtures are. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/**
 * Runs a program of fixtures/ on this runtime and waits for its end.
 *
 * @param flags Flags of the runtime; Deno's are `-A` where none are given.
 * @param before A command that runs the command, such as `taskset`.
 */
export function runProgram(
  path: string,
  args: readonly string[] = [],
  flags?: readonly string[],
  before: readonly string[] = [],
): Promise<Ended> {
  // Without any flag of the kind, Deno's `node:child_process` would pass this process's own permissions on.
  const own = adapter.name === "deno"
    ? ["run", "--no-prompt", ...(flags?.concat("--deny-ffi") ?? ["-A"])]
    : [...loaderFlags(), ...(flags ?? [])];
  const [command = "", ...rest] = [...before, process.execPath, ...own, path, ...args];
  const child = spawnProcess(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (text) => ended.stdout += text);
  child.stderr.on("data", (text) => ended.stderr += text);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...ended, code }));
  });
}

/** The flags by which this process loads TypeScript. */
function loaderFlags(): string[] {
  const flags = process.execArgv;
  return flags.flatMap((flag, index) =>
    flag === "--import" ? [flag, flags[index + 1] ?? ""] : flag.startsWith("--import=") ? [flag] : []
  );
}

/** What was seen of a worker that ran one act to its end, or went on after it. */
export interface Observation {
  announced: Announced | undefined;
  announcements: number;
  closes: number;
  exits: (number | undefined)[];
  errors: number;
  /** Replies after the act; `undefined` where the worker ended. */
  replies: unknown[] | undefined;
}

/**
 * Starts a worker for an act and waits for its end or, where the act is one that it `survives`, for two replies.
 *
 * @param waitExit Whether the runtime tells exits of this kind of worker.
 */
export async function observe(
  act: Act,
  { env, survives, waitExit }: { env: SpawnOptions["env"]; survives: boolean; waitExit: boolean },
): Promise<Observation> {
  let observation: Observation | undefined;
  await withWorker(act, async (subject) => {
    const { words, messages, exits, errors } = subject;
    await subject.message();
    subject.port.postMessage("go");
    let replies: unknown[] | undefined;
    if (survives) {
      await subject.message(1);
      subject.port.postMessage("again");
      await subject.message(2);
      replies = messages.slice(1);
    } else {
      await subject.closed();
      if (waitExit) await until(() => exits.length > 0);
    }
    const { announcements, closes } = { announcements: words.announcements, closes: subject.closes };
    observation = {
      announced: words.readDeath(),
      announcements,
      closes,
      exits: [...exits],
      errors: errors.length,
      replies,
    };
  }, { env });
  return observation!;
}
