/**
 * The demo: `npm run demo`, `deno task demo` or `bun run demo`, with `-- --out DIR` for another output folder and
 * `-- --workers N` for another number of workers.
 *
 * Runs the two small examples, then renders every Markdown file under node_modules to a site, in the pool and in one
 * loop, compares the sites byte for byte, and prints what each way took.
 */
import { Buffer } from "node:buffer";
import { resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createPool, type Pool, ranges } from "../../mod.ts";
import { measureLimit } from "./limit.ts";
import { type Document, folder, readDocuments } from "./documents.ts";
import { renderDocument, renderRange, sendDocument, sendRange, setup, warmUp } from "./render_tasks.ts";
import { checkSite, createSite, writeSite } from "./site.ts";

/** Times that each thread renders all documents before the clock starts. */
const WARM_UP_ROUNDS = 3;
/** How long the sequential loop shall take in all, in ms: enough to be measured on a machine that does other things. */
const TARGET_MS = 2000;
/** Ranges a worker: documents differ in length, so that one range a worker would leave some workers waiting. */
const RANGES_PER_WORKER = 8;

/** One way to do the work, and what it took. */
interface Way {
  readonly name: string;
  /** Tasks in one round. */
  readonly tasks: number;
  /** Gives the HTML of all documents, in order. */
  render(): string[] | Promise<string[]>;
  /** The same tasks without the rendering. */
  send?(): Promise<string[]>;
  /** Sum over the rounds, in ms. */
  time: number;
  /** What `send` takes, in ms a round. */
  overhead: number;
  /** Sum of the workers' time in tasks, in ms. */
  busy: number;
}

function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
}

/** The time that the workers of a pool have spent in tasks so far, in ms. */
function busyTime(pool: Pool, started: number): number {
  const { utilisation, workers } = pool.stats();
  return utilisation * workers * (performance.now() - started);
}

function waysOf(pool: Pool, documents: readonly Document[]): Way[] {
  const results = { time: 0, overhead: 0, busy: 0 };
  const parts = ranges(documents, { workers: RANGES_PER_WORKER * pool.size });
  const byRanges = async (fn: (start: number, end: number) => string[]): Promise<string[]> => {
    const task = pool.task<string[]>();
    for (const [start, end] of parts) task.run(fn, start, end);
    return (await task.get()).flat();
  };
  const bySingleTasks = (fn: (text: string) => string): Promise<string[]> => {
    const task = pool.task<string>();
    for (const { text } of documents) task.run(fn, text);
    return task.get();
  };
  return [
    { name: "one loop", tasks: 0, render: () => documents.map(({ text }) => renderDocument(text)), ...results },
    {
      name: "pool.map",
      tasks: 0,
      render: async () => await pool.map(documents.map(({ text }) => text), renderDocument),
      ...results,
    },
    {
      name: "pool, by ranges",
      tasks: parts.length,
      render: () => byRanges(renderRange),
      send: () => byRanges(sendRange),
      ...results,
    },
    {
      name: "pool, single tasks",
      tasks: documents.length,
      render: () => bySingleTasks(renderDocument),
      send: () => bySingleTasks(sendDocument),
      ...results,
    },
  ];
}

function assertSame(way: Way, actual: readonly string[], expected: readonly string[]): void {
  if (actual.length === expected.length && actual.every((html, i) => html === expected[i])) return;
  throw new Error(`${way.name}: the HTML is not what the sequential loop gives`);
}

/** Measures all ways in turn, round after round, so that whatever else the machine does falls on all of them. */
async function measure(pool: Pool, started: number, ways: Way[], expected: string[], rounds: number): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    for (const way of ways) {
      progress(`round ${round} of ${rounds}: ${way.name}`);
      const busy = busyTime(pool, started);
      const begin = performance.now();
      const html = await way.render();
      way.time += performance.now() - begin;
      way.busy += busyTime(pool, started) - busy;
      assertSame(way, html, expected);
    }
  }
  for (const way of ways) {
    if (way.send === undefined) continue;
    progress(`overhead: ${way.name}`);
    await way.send(); // the workers meet the function
    const begin = performance.now();
    for (let round = 0; round < rounds; round++) await way.send();
    way.overhead = (performance.now() - begin) / rounds;
  }
  progress("");
}

/** Lines of columns, the first flush left and the others right. */
function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join("   ")
  ).join("\n");
}

function report(ways: readonly Way[], rounds: number, workers: number, limit: number): string {
  const [loop] = ways;
  const rows = ways.map((way) => [
    way.name,
    way.send ? String(way.tasks) : "",
    `${(way.time / rounds).toFixed(1)} ms`,
    `${(loop!.time / way.time).toFixed(2)} x`,
    way.send ? `${(way.overhead / way.tasks * 1000).toFixed(1)} us` : "",
    way.name !== "one loop" ? `${(100 * way.busy / way.time / workers).toFixed(0)} %` : "",
  ]);
  const speedUp = `${(loop!.time / rounds / limit).toFixed(2)} x`;
  const last = [`limit: ${workers} processes`, "", `${limit.toFixed(1)} ms`, speedUp, "", ""];
  return table([["", "tasks", "time", "speed-up", "overhead a task", "workers busy"], ...rows, last]);
}

function runtimeName(): string {
  const { deno, bun, node } = process.versions as Record<string, string | undefined>;
  return deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${node}`;
}

function megabytes(parts: Iterable<string>): string {
  let bytes = 0;
  for (const part of parts) bytes += Buffer.byteLength(part);
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

const { values } = parseArgs({
  options: {
    out: { type: "string", default: fileURLToPath(new URL("../../demo-output", import.meta.url)) },
    workers: { type: "string" },
  },
});

await import("./first.ts");
await import("./second.ts");

const documents = readDocuments();
if (documents.length === 0) throw new Error(`Cannot find a Markdown file under ${folder}: run \`npm ci\` first`);
progress("starting the pool");
const started = performance.now();
const pool = createPool({
  workers: values.workers === undefined ? undefined : Number(values.workers),
  modules: [new URL("./render_tasks.ts", import.meta.url)],
  setup,
});
await pool.ready();

const ways = waysOf(pool, documents);
let html: string[] = [];
let once = 0;
for (let round = 0; round < WARM_UP_ROUNDS; round++) {
  progress("warming up this thread");
  const begin = performance.now();
  html = documents.map(({ text }) => renderDocument(text));
  once = performance.now() - begin;
}
progress("warming up the workers");
await pool.broadcast(warmUp, WARM_UP_ROUNDS);
const rounds = Math.max(3, Math.round(TARGET_MS / once));
await measure(pool, started, ways, html, rounds);

progress("measuring the machine's limit");
const limit = await measureLimit(pool.size, rounds);

progress("writing the site");
const task = pool.task<string>();
for (const { text } of documents) task.run(renderDocument, text);
const site = createSite(documents, await task.get());
writeSite(site, values.out);
const digest = checkSite(createSite(documents, html), values.out);
await pool.close();
progress("");

console.log(`
${documents.length} Markdown files, ${megabytes(documents.map(({ text }) => text))}, rendered to ${
  megabytes(html)
} of HTML
${runtimeName()}, ${pool.size} workers; means of ${rounds} rounds, after ${WARM_UP_ROUNDS} unmeasured ones in every thread

${report(ways, rounds, pool.size, limit)}

Limit: as many processes as workers, each with a plain loop over its share, at the same time; nothing is sent.
Overhead: the same tasks with functions that render nothing and give back what they were to render.
Each round's HTML and all ${site.size} files of the site are, byte for byte, what the loop gives.
SHA-256 of the site: ${digest}
${pathToFileURL(resolve(values.out, "index.html"))}`);
