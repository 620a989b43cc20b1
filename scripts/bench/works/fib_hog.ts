import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { sleep, type Work } from "../work.ts";
import { measureFib } from "./_fib.ts";

/** Starts a process that keeps one core busy until it is killed, for a minute at most. */
async function startHog(): Promise<ChildProcess> {
  const code = "const end = Date.now() + 60000; while (Date.now() < end);";
  const hog = spawn(process.execPath, [process.versions["deno"] === undefined ? "-e" : "eval", code], {
    stdio: "ignore",
  });
  await once(hog, "spawn");
  await sleep(300);
  return hog;
}

export const work: Work = {
  name: "fib_hog",
  question: "The same while another process keeps one core busy: how long does it take, and how much faster than the " +
    "loop in one thread is it?",
  async measure(context) {
    let hog: ChildProcess | undefined;
    try {
      await measureFib(context, async () => {
        hog = await startHog();
      });
    } finally {
      hog?.kill("SIGKILL");
    }
  },
};
