/** Runs programs of tests/fixtures/programs on the runtime of this process. */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { fixture } from "./_support.ts";

/** A program that has not ended after so many ms hangs. */
const HANG = 60_000;

/** How a program ended, and its lines. */
export interface Outcome {
  code: number | null;
  stdout: string[];
  stderr: string;
}

/** Runs a program of tests/fixtures/programs to its end; rejects if it does not come to it by itself. */
export function runProgram(name: string, ...args: string[]): Promise<Outcome> {
  return runCommand(name, programCommand(thisRuntime(), fileURLToPath(fixture(`programs/${name}`)), args));
}

/** Runs a command to its end; rejects if it does not come to it by itself. */
export function runCommand(
  name: string,
  [command, ...rest]: string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    let [stdout, stderr, isKilled] = ["", "", false];
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
    child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
    const timer = setTimeout(() => {
      isKilled = true;
      child.kill("SIGKILL");
    }, HANG);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (isKilled) reject(new Error(`${name} does not end by itself; it printed: ${stdout}${stderr}`));
      else resolve({ code, stdout: stdout.split(/\r?\n/).filter((line) => line !== ""), stderr });
    });
  });
}
