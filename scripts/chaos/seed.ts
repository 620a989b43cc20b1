/** Runs one seed in a child process of this runtime, and kills it should it hang. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { childEnvironment, root } from "../process.ts";
import { programCommand, thisRuntime } from "../runtimes.ts";
import type { Request } from "./plan.ts";
import { type Answer, MARK, type Result } from "./protocol.ts";

/** What became of a seed. */
export interface Report {
  seed: number;
  plan: string;
  result: Result | undefined;
  /** Whether all is well. */
  ok: boolean;
  /** Everything that is wrong, a line each. */
  problems: string[];
  ms: number;
}

/** How long after its end of work a process may take to end, in seconds. */
const END_S = 15;
/** How long a process may take beyond the time it works, in seconds. */
const SPARE_S = 120;

/** Runs a seed; never rejects. */
export function runSeed(request: Request): Promise<Report> {
  const command = programCommand(thisRuntime(), join(root, "scripts/chaos/child.ts"), [JSON.stringify(request)]);
  const started = performance.now();
  const child = spawn(command[0]!, command.slice(1), {
    cwd: root,
    env: childEnvironment({ NO_COLOR: "1" }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.on("exit", kill);
  let stage = "starts";
  let plan = "";
  let result: Result | undefined;
  let killed = "";
  let noise = "";
  // Counted in seconds that this process ran, as all of them may have been stopped for a while.
  let left = Math.ceil(request.seconds) + SPARE_S;
  const timer = setInterval(() => {
    if (--left > 0) return;
    killed = `hangs in '${stage}': killed`;
    kill();
  }, 1000);
  const read = (line: string): void => {
    if (!line.startsWith(MARK)) {
      noise = `${noise}${line}\n`.slice(-20_000);
      return;
    }
    const answer = JSON.parse(line.slice(MARK.length)) as Answer;
    stage = answer.stage;
    plan = answer.plan ?? plan;
    if (answer.wrong !== undefined) result = answer as Result;
    if (stage === "closes" || stage === "ends") left = END_S;
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      lines.forEach(read);
    });
  }
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearInterval(timer);
      process.off("exit", kill);
      const problems = [...result?.wrong ?? []];
      if (killed !== "") problems.push(killed);
      else if (code !== 0) problems.push(`ended with ${signal ?? code} in '${stage}'\n${noise.slice(-3000)}`);
      else if (result === undefined) problems.push(`ended by itself in '${stage}'\n${noise.slice(-3000)}`);
      const warning = /.*(?:MaxListeners|MulticoreWarning|multicore:).*/.exec(noise)?.[0];
      if (warning !== undefined) problems.push(`warned: ${warning}`);
      const ms = performance.now() - started;
      resolve({ seed: request.seed, plan, result, ok: problems.length === 0, problems, ms });
    });
  });
}
