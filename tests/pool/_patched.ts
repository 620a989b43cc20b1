/** Pools whose program, or whose tasks, fake, replace, freeze or pollute globals after the library was imported. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { fixture, kind } from "./_support.ts";

/** A program that has not ended after so many ms hangs. */
const HANG = 60_000;
/** How many uses of a pool the program reports. */
const USES = 14;

/** Runs the program to its end; gives the uses that did not go well. */
export function misuses(...args: string[]): Promise<string[]> {
  const [command, ...rest] = programCommand(thisRuntime(), fileURLToPath(fixture("programs/patched")), args);
  return new Promise((resolve, reject) => {
    const child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"] });
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
      const lines = stdout.split(/\r?\n/).filter((line) => line !== "");
      if (isKilled) reject(new Error(`hangs; it printed: ${stdout}${stderr}`));
      else if (code !== 0 || lines.length !== USES) {
        reject(new Error(`ended with ${code}; it printed: ${stdout}${stderr}`));
      } else resolve(lines.filter((line) => !line.endsWith(": ok")));
    });
  });
}

const REPLACED = [
  ...["AbortController", "Promise", "queueMicrotask", "setImmediate", "setTimeout", "performance.now", "Date.now"],
  ...["add", "compareExchange", "load", "notify", "store", "wait", "waitAsync"].map((name) => `Atomics.${name}`),
  ...["ceil", "floor", "max", "min"].map((name) => `Math.${name}`),
  ...["JSON.parse", "JSON.stringify", "Promise.prototype.then", "Promise.@@hasInstance"],
  ...["Array.prototype.map", "Map.prototype.set", "Map.prototype.get", "Set.prototype.add"],
];
/** Node 20 itself calls the `bind` that it finds when something listens for an abort, and when a worker starts. */
const BREAKS_ABORTS = process.version.startsWith("v20.") && kind === "node";

/** Declares the tests of what the program, or its tasks, do after the import. */
export function describePatched(where: "caller" | "worker"): void {
  describe(`a pool whose ${where === "caller" ? "program" : "tasks"}, after the import,`, () => {
    it("puts fake timers in place of every clock, timer and queue works", async () => {
      assert.deepEqual(await misuses(where, "fake"), []);
    });

    for (const how of ["throw", "junk"]) {
      it(`replaces what it may by functions that ${how === "throw" ? "throw" : "give nothing"} works`, async () => {
        assert.deepEqual(await misuses(where, how, ...REPLACED), []);
      });

      it(`replaces \`bind\` by a function that ${how === "throw" ? "throws" : "gives nothing"} works`, async () => {
        const failed = await misuses(where, how, "Function.prototype.bind");
        const names = failed.map((line) => line.replace(/:.*/, ""));
        assert.deepEqual(names, BREAKS_ABORTS && where === "caller" ? ["an abort", "after it"] : [], failed.join("\n"));
      });
    }

    it("freezes what the language gives works", async () => {
      assert.deepEqual(await misuses(where, "freeze"), []);
    });

    it("adds enumerable properties to all objects and arrays works", async () => {
      assert.deepEqual(await misuses(where, "pollute"), []);
    });
  });
}
