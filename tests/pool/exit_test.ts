import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { type Outcome, runCommand, runProgram } from "./_programs.ts";
import { fixture } from "./_support.ts";

async function endsWell(name: string, lines: string[], ...args: string[]): Promise<Outcome> {
  const outcome = await runProgram(name, ...args);
  assert.deepEqual(outcome.stdout, lines, outcome.stderr);
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome;
}

describe("a program", () => {
  it("ends by itself without shutdown()", async () => {
    const { stderr } = await endsWell("no_shutdown", ["right"]);
    assert.equal(stderr, "");
  });

  it("ends by itself on the default pool", async () => {
    const { stderr } = await endsWell("default_pool", ["run 42 get [ 2 ] runSync 5"]);
    assert.equal(stderr, "");
  });

  it("lives as long as a task is pending", async () => {
    await endsWell("pending", ["finished"]);
  });

  it("lives as long as a task is pending that came right after ready()", async () => {
    await endsWell("after_ready", ["finished"]);
  });

  it("ends by itself when no worker can start", async () => {
    await endsWell("cannot_start", ["rejected"]);
  });

  it("lives as long as a call of a callback that a task gave is pending, and ends by itself", async () => {
    await endsWell("callback_result", ["42"]);
  });

  for (const how of ["nothing", "close", "terminate"]) {
    it(`ends after the abort of an endless loop and ${how}`, async () => {
      await endsWell("aborted_loop", ["no more"], how);
    });
  }

  it("ends when the calls that waited for the load to fall were aborted", async () => {
    await endsWell("waiting_calls", ["enough", "enough"], "abort");
  });

  it("ends when the pool was terminated for which calls waited", async () => {
    const { stdout } = await runProgram("waiting_calls", "terminate");
    assert.equal(stdout.length, 2, stdout.join("\n"));
    assert.match(stdout.join("\n"), /terminated/);
  });

  it("ends after loops that timed out", async () => {
    await endsWell("timed_out_loop", ["rejected", "rejected"]);
  });

  it("ends after close(), terminate() and with a pool that was never closed", async () => {
    const { stderr } = await endsWell("closed", ["42 42 42"]);
    assert.equal(stderr, "");
  });

  it("prints what its workers print", async () => {
    const { code, stdout, stderr } = await runProgram("console_output");
    assert.equal(code, 0);
    assert.deepEqual(stdout.sort(), ["hello from the task", "hello from the worker"]);
    assert.match(stderr, /hello to stderr/);
  });

  it("prints all lines of its tasks before it ends by itself", async () => {
    const { code, stdout, stderr } = await runProgram("many_lines");
    assert.equal(code, 0, stderr);
    assert.equal(stdout.length, 1006);
    for (let i = 3; i < 1000; i++) assert.ok(stdout.includes(`line ${i}`), `line ${i}`);
    assert.equal(stderr.match(/to stderr/g)?.length, 3);
  });

  const isNode = thisRuntime().kind === "node";
  it("may have a preloaded module that uses a pool", { skip: !isNode && "workers have no preload there" }, async () => {
    const file = fileURLToPath(fixture("programs/no_shutdown"));
    const command = programCommand(thisRuntime(), file);
    command.splice(command.indexOf(file), 0, "--import", fixture("programs/preload").href);
    const { code, stdout, stderr } = await runCommand("preload", command);
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.filter((line) => !line.startsWith("refused")), ["preloaded 42", "right"]);
    const refused = stdout.filter((line) => line.startsWith("refused"));
    assert.ok(
      refused.length > 0 && refused.every((line) => line === "refused ERR_MULTICORE_IN_WORKER"),
      refused.join(),
    );
  });

  it("ends with an error when nobody handles a rejection", async () => {
    const { code, stderr } = await runProgram("unhandled");
    assert.equal(code, 1);
    assert.match(stderr, /nobody handles this/);
  });

  const skipHidden = thisRuntime().kind !== "node" && "such environments are for Node";
  it(
    "runs where a test environment hides globals of the runtime, which stay hidden",
    { skip: skipHidden },
    async () => {
      await endsWell("hidden_globals", ["hidden ", "é 日本 1,2 5 RangeError", "100007 0", "called", "hidden "]);
    },
  );

  it("without isMain is told to guard itself", async () => {
    const { code, stdout } = await runProgram("unguarded");
    assert.equal(code, 1);
    assert.match(stdout.join("\n"), /isMain/);
    assert.doesNotMatch(stdout.join("\n"), /no error/);
  });

  it("may call process.exit() while tasks run", async () => {
    const { code, stdout } = await runProgram("exits");
    assert.deepEqual([code, stdout], [5, ["leaving"]]);
  });
});
