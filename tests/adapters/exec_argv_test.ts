/** The flags that Node's workers are given. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { execArgvAttempts } from "../../adapters/runtime/_exec_argv.ts";
import { adapter } from "../../adapters/runtime/mod.ts";
import { fixture, runProgram } from "./_lab.ts";

function attempts(execArgv: readonly string[], refusal?: Error): (string[] | undefined)[] {
  return [...execArgvAttempts(execArgv, () => refusal)];
}

describe("execArgvAttempts()", () => {
  it("inherits the caller's flags first", () => {
    assert.deepEqual(attempts(["--import", "./loader.mjs"])[0], undefined);
    assert.equal(attempts([])[0], undefined);
  });

  it("passes flags without the program's source under --input-type", () => {
    const flags = [
      "--import",
      "./loader.mjs",
      "-C",
      "development",
      "--input-type=module",
      "-e",
      "await 1",
      "--no-warnings",
    ];
    assert.deepEqual(attempts(flags)[0], ["--import", "./loader.mjs", "-C", "development", "--no-warnings"]);
    assert.deepEqual(attempts(["--input-type", "module", "--eval=x", "--print", "y", "-pe", "z", "-i"])[0], []);
  });

  it("then leaves out what was refused, then all", () => {
    const refusal = new Error("Initiated Worker with invalid execArgv flags: --expose-gc, --title=a b");
    const flags = ["--input-type=module", "--expose-gc", "--import", "./loader.mjs", "--title=a b"];
    assert.deepEqual(attempts(flags, refusal), [
      ["--expose-gc", "--import", "./loader.mjs", "--title=a b"],
      ["--import", "./loader.mjs"],
      [],
    ]);
  });

  it("leaves out the value of a refused flag too", () => {
    const refusal = new Error("Initiated Worker with invalid execArgv flags: --title");
    assert.deepEqual(attempts(["--input-type=module", "--title", "x", "--import", "y"], refusal)[1], ["--import", "y"]);
  });
});

describe("Adapter.spawn() of Node", { skip: adapter.name !== "node" }, () => {
  const program = pathToFileURL(fixture("program.ts")).href;
  const source = `await import(${JSON.stringify(program)})`;
  const commands: Record<string, string[]> = {
    "--input-type=module -e": ["--input-type=module", "-e", source],
    "process-wide flags": [
      "--expose-gc",
      "--max-old-space-size=500",
      "--title=x",
      "--input-type",
      "module",
      "--eval",
      source,
    ],
    "-e": ["-e", `import(${JSON.stringify(program)})`],
    "-p": ["--stack-trace-limit=20", "-p", `import(${JSON.stringify(program)}), "printed"`],
  };
  for (const [title, [...flags]] of Object.entries(commands)) {
    it(`starts workers under ${title}`, async () => {
      const last = flags.pop()!;
      const { code, stdout, stderr } = await runProgram(last, ["keepAlive"], flags);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert.equal(stdout.replace("printed\n", ""), "ready\n");
    });
  }
});
