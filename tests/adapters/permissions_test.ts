/** What works with which permissions, and what the errors say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it as test } from "node:test";
import { fileURLToPath } from "node:url";
import { adapter } from "../../adapters/runtime/mod.ts";
import { workerSource } from "../../adapters/runtime/worker_inline.gen.ts";
import { fixture, runProgram } from "./_lab.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = fixture("permissions.ts");

/** Runs the program and gives what it printed, line by line. */
async function use(flags: readonly string[] | undefined, ...names: string[]): Promise<unknown[]> {
  const { code, stdout, stderr } = await runProgram(program, names, flags);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trim().split("\n").map((line) => JSON.parse(line) as unknown);
}

function saysFlag(printed: unknown, flag: RegExp): void {
  const { code, message } = printed as { code: string; message: string };
  assert.equal(code, "ERR_MULTICORE_PERMISSION");
  assert.match(message, flag);
}

/** Makes an `it` that skips its tests unless `condition` holds. */
function only(condition: boolean, reason: string): (title: string, fn: () => unknown, skip?: string | false) => void {
  return (title, fn, skip = false) =>
    void test(title, { skip: condition ? skip : reason }, async () => void await fn());
}

const members = [true, true, { timedOut: false, value: 1 }];

describe("On Deno", () => {
  const it = only(adapter.name === "deno", "Deno only");

  it("everything but workers from files and the load needs no permission", async () => {
    assert.deepEqual(await use([], "members"), [[...members, "undefined", "undefined"]]);
  });

  it("the library's own worker needs no permission", async () => {
    assert.deepEqual(await use([], "own"), [[]]);
  }, workerSource === "" && "not generated yet");

  it("a worker from a file needs --allow-read, and the error says so", async () => {
    const [printed] = await use([], "file");
    saysFlag(printed, /--allow-read/);
    assert.deepEqual(await use([`--allow-read=${root}`], "file"), ["ready"]);
  });

  it("the load needs --allow-sys=loadavg, and the error says so", async () => {
    const [printed] = await use(["--allow-read"], "load");
    saysFlag(printed, /--allow-sys=loadavg/);
    assert.deepEqual(await use(["--allow-sys=loadavg"], "load"), ["number"]);
  });

  it("thread ids need all permissions", async () => {
    assert.deepEqual(await use(["--allow-read"], "members"), [[...members, "undefined", "undefined"]]);
    assert.deepEqual(await use(undefined, "members"), [[...members, "number", "boolean"]]);
  }, process.platform !== "linux" && "Linux only");

  const hasTerminal = spawnSync("script", ["-qec", "true", "/dev/null"], { input: "" }).status === 0;
  it("nothing asks the user on a terminal", () => {
    const command = `'${process.execPath}' run '${program}' members load`;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { input: "", encoding: "utf8" });
    assert.match(stdout, /^\[true,true/);
    assert.match(stdout, /--allow-sys=loadavg/);
    assert.doesNotMatch(stdout, /Allow\?|prompt/i);
  }, !hasTerminal && "no `script` here");
});

const hasPermissions = adapter.name === "node" && process.features.typescript !== undefined &&
  process.features.typescript !== false;

describe("On Node", () => {
  const it = only(hasPermissions, "needs a Node that runs TypeScript under --permission");

  it("workers need --allow-worker under --permission, and the error says so", async () => {
    const flags = ["--permission", "--allow-fs-read=*", "--no-warnings"];
    const [printed] = await use(flags, "file");
    saysFlag(printed, /--allow-worker/);
    assert.deepEqual(await use([...flags, "--allow-worker"], "file"), ["ready"]);
  });
});
