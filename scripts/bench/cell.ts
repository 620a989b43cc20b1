/** One measurement: a library on a runtime at a work with some workers, in a process of its own. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture, root } from "../process.ts";
import { programCommand, type Runtime } from "../runtimes.ts";
import { type Answer, MARK, type Request } from "./protocol.ts";
import type { Result } from "./results.ts";
import type { Work } from "./work.ts";

/** Something that runs works: a JavaScript runtime, or Python. */
export interface Host extends Pick<Runtime, "name" | "version" | "executable"> {
  kind: Runtime["kind"] | "python";
}

/** A library as it appears in the tables. */
export interface Entrant {
  /** Its column. */
  label: string;
  /** Its adapter. */
  adapter: string;
  /** The module to import instead of the installed one. */
  local?: string;
}

/** What is measured in one process. */
export interface Cell {
  host: Host;
  entrant: Entrant;
  work: Work;
  workers: number;
}

/** Milliseconds after which a child counts as hung: several times what the slowest work of the slowest library takes. */
function limitOf(quick: boolean): number {
  return quick ? 45_000 : 120_000;
}

/** The command that starts the bench's child. `base` is the snapshot, or the repository itself. */
function commandOf({ host, entrant, work, workers }: Cell, base: string, quick: boolean): string[] {
  const request: Request = { library: entrant.adapter, work: work.name, workers, quick, spawned: Date.now() };
  const args = [JSON.stringify(request)];
  const bench = join(base, "scripts/bench");
  if (host.kind === "python") return [host.executable, join(bench, "libraries/python_pool.py"), ...args];
  if (base === root) return programCommand(host as Runtime, join(bench, "child.ts"), args);
  const file = join(bench, "child.js");
  if (host.kind !== "deno") return [host.executable, file, ...args];
  return [host.executable, "run", "-A", "--no-check", `--config=${join(base, "deno.json")}`, file, ...args];
}

/** Measures one cell once. */
export async function measure(
  cell: Cell,
  { base, quick, run, round }: { base: string; quick: boolean; run: string; round: number },
): Promise<Result[]> {
  const { host, entrant, work, workers } = cell;
  const env: Record<string, string> = {};
  if (entrant.local !== undefined) env.BENCH_LOCAL = pathToFileURL(entrant.local).href;
  const outcome = await capture(commandOf(cell, base, quick), { limit: limitOf(quick), env });
  const answers = outcome.output.split("\n").flatMap((line): Answer[] => {
    const at = line.indexOf(MARK);
    try {
      return at < 0 ? [] : [JSON.parse(line.slice(at + MARK.length))];
    } catch {
      return [];
    }
  });
  const common: Result = {
    run,
    runtime: host.name,
    version: host.version,
    library: entrant.label,
    work: work.name,
    workers,
    round,
  };
  const results: Result[] = [];
  for (const answer of answers) {
    if (answer.kind === "figure") {
      results.push({ ...common, name: answer.name, unit: answer.unit, value: answer.value });
    }
  }
  if (answers.some(({ kind }) => kind === "done")) return results;
  const last = results.at(-1)?.name;
  const failure = answers.find((answer) => answer.kind === "fails")?.reason ?? reasonOf(outcome, limitOf(quick));
  results.push({ ...common, fails: last === undefined ? failure : `after "${last}": ${failure}` });
  return results;
}

/** Why a child gave no answer. */
function reasonOf({ code, signal, output, timedOut }: Awaited<ReturnType<typeof capture>>, limit: number): string {
  const text = output.split("\n").filter((line) => line.trim() !== "" && !line.includes(MARK));
  const said = (text.find((line) => /error/i.test(line)) ?? text[0])?.trim().slice(0, 250);
  const end = timedOut ? `no result within ${limit / 1000} s` : `ended early with ${signal ?? `exit code ${code}`}`;
  return said === undefined ? end : `${end}: ${said}`;
}
