/** What a program's command line and its policies mean for its workers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { survivesRejections } from "../../adapters/runtime/_hooks.ts";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { type Outcome, runCommand, runProgram } from "./_programs.ts";
import { fixture } from "./_support.ts";

const { kind } = thisRuntime();

/** Runs a program with flags of the runtime. */
function runWith(flags: readonly string[], name: string, env: Record<string, string> = {}): Promise<Outcome> {
  const file = fileURLToPath(fixture(`programs/${name}`));
  const command = programCommand(thisRuntime(), file);
  command.splice(command.indexOf(file), 0, ...flags);
  return runCommand(name, command, env);
}

describe("a worker's command line", () => {
  it("is the program's, with an environment of its own as well", async () => {
    const { code, stdout, stderr } = await runProgram("command_line", "one", "--two=3");
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout, ["the same one --two=3", "the same one --two=3"]);
  });

  it("has the program's flags", { skip: kind === "deno" && "process.execArgv is empty there" }, async () => {
    const flag = kind === "bun" ? "--unhandled-rejections=warn" : "--stack-trace-limit=20";
    const { code, stdout, stderr } = await runWith([flag], "command_line");
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.map((line) => line.trim()), ["the same", "the same"]);
  });
});

describe("a rejection that a task leaves behind", () => {
  const [lives, dies] = ["the worker lives on", "WorkerExitError: left behind"];

  it("ends the worker, as it would the program", async () => {
    assert.deepEqual((await runProgram("stray_rejection")).stdout, [dies]);
  });

  const skip = kind === "deno" && "there is no such flag";
  for (const mode of ["none", "warn", "throw", "strict"]) {
    it(`means for the worker what --unhandled-rejections=${mode} says`, { skip }, async () => {
      const { stdout, stderr } = await runWith([`--unhandled-rejections=${mode}`], "stray_rejection");
      assert.deepEqual(stdout, [mode === "none" || mode === "warn" ? lives : dies], stderr);
      assert.equal(/UnhandledPromiseRejectionWarning/.test(stderr), mode === "warn", stderr);
    });
  }

  it("means what NODE_OPTIONS says, unless a flag does", { skip: kind !== "node" }, async () => {
    const env = { NODE_OPTIONS: "--no-warnings --unhandled-rejections=none" };
    assert.deepEqual((await runWith([], "stray_rejection", env)).stdout, [lives]);
    assert.deepEqual((await runWith(["--unhandled-rejections=throw"], "stray_rejection", env)).stdout, [dies]);
  });

  it("reaches the worker's own callback for uncaught errors", { skip: kind !== "node" }, async () => {
    assert.deepEqual((await runProgram("capture_callback")).stdout, ["taken: left behind"]);
  });
});

describe("survivesRejections()", () => {
  it("reads the last flag, in all spellings", () => {
    assert.equal(survivesRejections([]), false);
    assert.equal(survivesRejections(["--no-warnings", "--unhandled-rejections=warn-with-error-codes"]), true);
    assert.equal(survivesRejections(["--unhandled_rejections", "none"]), true);
    assert.equal(survivesRejections(["--unhandled-rejections=none", "--unhandled-rejections=strict"]), false);
    assert.equal(survivesRejections(["--x=--unhandled-rejections=none"]), false);
  });
});

describe("beforeExit", () => {
  it("comes once, and again when the program has gone on since", async () => {
    const { code, stdout, stderr } = await runProgram("before_exit");
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.filter((line) => line.startsWith("before")), ["before exit 1", "before exit 2"]);
    assert.deepEqual([...stdout].sort(), ["a line", "before exit 1", "before exit 2", "did", "once more"]);
  });
});
