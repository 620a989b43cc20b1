/** What is left of a pool whose caller is killed: nothing, as workers are its threads. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { fixture, settles, until } from "./_support.ts";

/** The processes of a process group that have not ended; `undefined` where there is no /proc to tell. */
function livingOf(group: number): number[] | undefined {
  if (process.platform !== "linux") return undefined;
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((id) => {
    try {
      // pid (name) state ppid pgrp ...; a name may hold anything.
      const [state, , pgrp] = readFileSync(`/proc/${id}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
      return Number(pgrp) === group && state !== "Z" && state !== "X";
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

/** Starts the program as the head of a process group of its own; resolves when its tasks run. */
function startProgram(): Promise<{ child: ChildProcess; closed: Promise<NodeJS.Signals | null> }> {
  const [command, ...rest] = programCommand(thisRuntime(), fileURLToPath(fixture("programs/killed")));
  const child = spawn(command!, rest, { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  // Not before all who hold the other end of the pipe are gone, whichever group they are in.
  const closed = new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_, signal) => resolve(signal)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      if (/running/.test(text)) resolve({ child, closed });
    });
    closed.then((signal) => reject(new Error(`The program ended too early: ${signal}`)));
  });
}

describe("a caller that is killed", { skip: process.platform === "win32" && "there are no signals" }, () => {
  for (const name of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    it(`by ${name} leaves no worker and no process behind`, async () => {
      const { child, closed } = await settles(startProgram(), "the start of the program");
      const group = child.pid!;
      try {
        const before = livingOf(group);
        if (before !== undefined) assert.ok(before.includes(group), `found only ${before}`);
        child.kill(name);
        assert.equal(await settles(closed, "the end of the program and all that holds its output"), name);
        await until(() => (livingOf(group) ?? []).length === 0, "no process of its group is left");
      } finally {
        try {
          process.kill(-group, "SIGKILL");
        } catch {
          // Nothing is left, as it should be.
        }
      }
    });
  }
});
