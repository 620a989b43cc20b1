/**
 * The machine's limit for the demo's work: as many processes as there are workers, each of which renders its share of the
 * documents in a plain loop, at the same time. No pool can be faster, as nothing is sent anywhere.
 *
 * Run by itself it is one of these processes: `limit.ts PART PARTS ROUNDS`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { programCommand, thisRuntime } from "../runtimes.ts";
import { readDocuments } from "./documents.ts";
import { renderDocument } from "./render_tasks.ts";

/** Resolves with the next line that a process prints. */
async function line(child: ChildProcess): Promise<string> {
  const [text] = await once(child.stdout!, "data");
  return String(text).trim();
}

/** Milliseconds a round that the slowest of `parts` processes takes for its share. */
export async function measureLimit(parts: number, rounds: number): Promise<number> {
  const [command, ...args] = programCommand(thisRuntime(), fileURLToPath(import.meta.url));
  const children = Array.from(
    { length: parts },
    (_, part) =>
      spawn(command!, [...args, String(part), String(parts), String(rounds)], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  try {
    for (const ready of children.map(line)) await ready;
    const times = children.map(line);
    for (const child of children) child.stdin!.write("go\n");
    return Math.max(...(await Promise.all(times)).map(Number));
  } finally {
    for (const child of children) child.kill();
  }
}

if (process.argv.length > 4 && process.argv[1] === fileURLToPath(import.meta.url)) {
  const [part, parts, rounds] = process.argv.slice(2).map(Number) as [number, number, number];
  const share = readDocuments().filter((_, i) => i % parts === part);
  const round = (): void => share.forEach(({ text }) => renderDocument(text));
  for (let i = 0; i < 3; i++) round();
  console.log("ready");
  process.stdin.once("data", () => {
    const begin = performance.now();
    for (let i = 0; i < rounds; i++) round();
    console.log((performance.now() - begin) / rounds);
    process.stdin.pause();
  });
}
