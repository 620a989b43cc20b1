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

/** How long after its end of work a process may take to end, in ms. */
const END_MS = 15_000;
/** How long a process may take beyond the time it works, in ms. */
const SPARE_MS = 120_000;

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
  const limit = (ms: number): ReturnType<typeof setTimeout> =>
    setTimeout(() => {
      killed = `hangs: killed ${Math.round(ms / 1000)} s after '${stage}'`;
      kill();
    }, ms);
  let timer = limit(request.seconds * 1000 + SPARE_MS);
  const read = (line: string): void => {
    if (!line.startsWith(MARK)) {
      noise = `${noise}${line}\n`.slice(-20_000);
      return;
    }
    const answer = JSON.parse(line.slice(MARK.length)) as Answer;
    stage = answer.stage;
    plan = answer.plan ?? plan;
    if (answer.wrong !== undefined) result = answer as Result;
    if (stage === "closes" || stage === "ends") {
      clearTimeout(timer);
      timer = limit(END_MS);
    }
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
      clearTimeout(timer);
      process.off("exit", kill);
      const problems = [...result?.wrong ?? []];
      if (killed !== "") problems.push(killed);
      else if (code !== 0) problems.push(`ended with ${signal ?? code} in '${stage}'\n${noise.slice(-3000)}`);
      else if (result === undefined) problems.push(`ended by itself in '${stage}'\n${noise.slice(-3000)}`);
      // Beyond what any task here asks for.
      const slowest = result?.slowest ?? { kind: "", ms: 0 };
      if (slowest.ms > 90_000) problems.push(`slow: ${slowest.kind} took ${slowest.ms} ms`);
      const warning = /.*(?:MaxListeners|MulticoreWarning|multicore:).*/.exec(noise)?.[0];
      if (warning !== undefined) problems.push(`warned: ${warning}`);
      const ms = performance.now() - started;
      resolve({ seed: request.seed, plan, result, ok: problems.length === 0, problems, ms });
    });
  });
}
