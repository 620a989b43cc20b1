/** Child processes of the scripts. */
import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** How a child process ended. */
export interface ResultWriter {
  /** The exit code, or `null` when a signal ended it. */
  code: number | null;
  /** The signal that ended it, if one did. */
  signal: string | null;
  /** What it wrote to stdout and stderr, in order of arrival. */
  output: string;
  /** Whether it was killed because it ran longer than the limit. */
  timedOut: boolean;
  /** How long it ran, in ms. */
  ms: number;
}

/** The environment of child processes: ours, with `node` not hidden by node_modules/.bin, and plain text output. */
export function childEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, DENO_NO_UPDATE_CHECK: "1", ...extra };
  const paths = (env.PATH ?? "").split(delimiter);
  env.PATH = paths.filter((path) => !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(path)).join(delimiter);
  return env;
}

/** Children still running, each the leader of its own process group. */
const running = new Set<number>();

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch { /* gone already */ }
}

let watching = false;

/** Makes sure that no child outlives this process. */
function watchOurEnd(): void {
  if (watching) return;
  watching = true;
  process.on("exit", () => running.forEach(killGroup));
  for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]] as const) {
    process.on(signal, () => process.exit(128 + number));
  }
}

/** Runs a command in the root of the repository, without input, and kills it and its children after `limit` ms. */
export function capture(
  command: readonly string[],
  { limit = 600_000, cwd = root, env = {} }: { limit?: number; cwd?: string; env?: Record<string, string> } = {},
): Promise<ResultWriter> {
  const [file, ...args] = command as [string, ...string[]];
  const started = performance.now();
  watchOurEnd();
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env: childEnvironment({ NO_COLOR: "1", ...env }),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const pid = child.pid;
    if (pid !== undefined) running.add(pid);
    let output = "";
    let timedOut = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => output += text);
    }
    const timer = setTimeout(() => {
      timedOut = true;
      if (pid !== undefined) killGroup(pid);
    }, limit);
    let ended = false;
    const finish = (code: number | null, signal: string | null): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      if (pid !== undefined) {
        killGroup(pid); // grandchildren that outlived it
        running.delete(pid);
      }
      resolve({ code, signal, output, timedOut, ms: performance.now() - started });
    };
    child.on("error", (error) => {
      output += `${error}\n`;
      finish(null, null);
    });
    child.on("close", finish);
    // A grandchild that still holds the pipes must not hold us.
    child.on("exit", (code, signal) => setTimeout(finish, 2000, code, signal).unref());
  });
}

/** Runs a command with this process's own input and output; resolves with its exit code. */
export function passThrough(command: readonly string[]): Promise<number> {
  const [file, ...args] = command as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: childEnvironment(), stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => child.kill(signal)); // and wait for its end
    }
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}
