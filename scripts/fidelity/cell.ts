/** All cases of one library on one runtime, in as many child processes as it takes. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture, type ResultWriter, root } from "../process.ts";
import { programCommand, type Runtime } from "../runtimes.ts";
import { answersOf, type Finding, type Request, RIGHT } from "./protocol.ts";

/** What is known of a library on a runtime. */
export interface Cell {
  runtime: Pick<Runtime, "name" | "version">;
  library: string;
  /** Why it does not run at all. */
  fails?: string;
  /** By the title of the case. */
  findings: Map<string, Finding>;
}

/** How long a start or a case may take, in ms; the second one is for another try at a start. */
const LIMITS = [15_000, 30_000] as const;

/** How long a case that seems to hang may take in a process of its own. */
const PATIENCE = 120_000;

const folder = join(root, "scripts/fidelity");

function tasksOf(library: string): string {
  const own = ["multicore", "comlink"].includes(library) ? `${library}_tasks.ts` : "tasks.ts";
  return pathToFileURL(join(folder, own)).href;
}

/** What one child found out. */
interface Run {
  findings: Map<string, Finding>;
  /** Why it did not start. */
  fails: string | undefined;
}

async function runChild(runtime: Runtime, request: Request): Promise<Run> {
  const command = programCommand(runtime, join(folder, "child.ts"), [JSON.stringify(request)]);
  const env = { BENCH_TASKS: tasksOf(request.library) };
  const outcome = await capture(command, { limit: request.limit * 2 + 60_000, env });
  return readRun(outcome);
}

function readRun({ output, timedOut, code, signal }: ResultWriter): Run {
  const findings = new Map<string, Finding>();
  let open: string | undefined;
  let fails: string | undefined = "it ended before its first answer";
  let isDone = false;
  for (const answer of answersOf(output)) {
    if (answer.kind === "start") fails = answer.fails;
    if (answer.kind === "begin") open = answer.title;
    if (answer.kind === "done") isDone = true;
    if (answer.kind !== "end") continue;
    findings.set(answer.title, answer.finding);
    open = undefined;
  }
  if (open !== undefined && !isDone) {
    const note = `the program ended with ${signal ?? `exit code ${code}`}`;
    findings.set(open, timedOut ? { verdict: "hung" } : { verdict: "died", note });
  }
  if (fails !== undefined && timedOut) fails = "no answer";
  return { findings, fails };
}

/** Runs the cases one after another, in a new process after each one that spoils the pool. */
async function runAll(runtime: Runtime, cell: Cell, titles: readonly string[]): Promise<void> {
  let left = [...titles];
  let tries = 0;
  while (left.length > 0) {
    const request = { library: cell.library, cases: left, limit: LIMITS[Math.min(tries, 1)]! };
    const { findings, fails } = await runChild(runtime, request);
    for (const [title, finding] of findings) cell.findings.set(title, finding);
    const before = left.length;
    left = left.filter((title) => !findings.has(title));
    tries = left.length < before ? 0 : tries + 1;
    if (tries < (cell.findings.size === 0 ? 2 : 5)) continue;
    if (cell.findings.size === 0) cell.fails = fails ?? "no answer";
    return;
  }
}

/** Runs all cases; what did not settle, or lost its program, is tried once more by itself. */
export async function runCell(runtime: Runtime, library: string, titles: readonly string[]): Promise<Cell> {
  const { name, version } = runtime;
  const cell: Cell = { runtime: { name, version }, library, findings: new Map() };
  await runAll(runtime, cell, titles);
  const doubtful = [...cell.findings].filter(([, { verdict }]) => verdict === "hung" || verdict === "died");
  await Promise.all(doubtful.map(async ([title]) => {
    const { findings } = await runChild(runtime, { library, cases: [title], limit: PATIENCE });
    const again = findings.get(title);
    if (again === undefined) return;
    const note = RIGHT.includes(again.verdict) ? `only after more than ${LIMITS[0] / 1000} s` : again.note;
    cell.findings.set(title, { verdict: again.verdict, note });
  }));
  return cell;
}

/** How many of the cases that apply came out right. */
export function countOf({ findings }: Cell, titles: readonly string[]): { right: number; of: number } {
  const verdicts = titles.flatMap((title) => findings.get(title)?.verdict ?? []).filter((one) => one !== "none");
  return { right: verdicts.filter((one) => RIGHT.includes(one)).length, of: verdicts.length };
}
