/** The report of all results that a directory holds: README.md and a chart a work. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../process.ts";
import { chartOf } from "./chart.ts";
import { libraries } from "./libraries/mod.ts";
import { figuresOf, type Result } from "./results.ts";
import { tableOf } from "./table.ts";
import { works } from "./works/mod.ts";

/** The figure that a work's chart shows. */
function chartsOf(results: ReadonlyMap<string, readonly Result[]>, work: string): string | undefined {
  const groups = [...results].map(([runtime, lines]) => {
    const figures = figuresOf(lines).filter((figure) => figure.work === work);
    const first = figures[0];
    const most = Math.max(...figures.map(({ workers }) => workers));
    return {
      label: runtime,
      figures: figures.filter(({ name, workers }) => name === first?.name && workers === most),
    };
  });
  const shown = groups.filter(({ figures }) => figures.length > 0);
  if (shown.length === 0) return undefined;
  const { name, unit, workers } = shown[0]!.figures[0]!;
  return chartOf(`${work}: ${name}, ${unit}, ${workers} ${workers === 1 ? "worker" : "workers"}`, unit, shown);
}

function versionOf(name: string): string {
  try {
    const require = createRequire(join(root, "package.json"));
    return `${name} ${require(join(root, "node_modules", name, "package.json")).version}`;
  } catch {
    return `${name} (not installed)`;
  }
}

function machine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} x ${first?.model.trim() ?? "CPU"}, ${memory}, ${platform()} ${release()} ${arch()}`;
}

/** Which runs a runtime's lines are of. */
function datesOf(lines: readonly Result[]): string {
  const dates = [...new Set(lines.map(({ run }) => run))].sort();
  const rounds = Math.max(...lines.map(({ round }) => round));
  const words = dates.map((date) => date.slice(0, 16).replace("T", " "));
  return `${rounds} rounds; ${dates.length === 1 ? "run" : "runs"} of ${words.join(", ")} UTC`;
}

/** What people have to say of the figures, if the directory has a `notes.md`. */
function notesOf(directory: string): string[] {
  const file = join(directory, "notes.md");
  return existsSync(file) ? [readFileSync(file, "utf8").trim()] : [];
}

/** Writes README.md and the charts. */
export function writeReport(directory: string, results: ReadonlyMap<string, readonly Result[]>): void {
  const packages = Object.keys(libraries).filter((name) =>
    !["multicore", "postmessage", "bare", "local"].includes(name)
  );
  const parts = [
    "# Results of `npm run bench`",
    "Generated from the JSON lines in this directory (`npm run bench -- --report`). Medians over rounds, quartiles in " +
    "parentheses; every library in a process of its own, in turn; every result is checked. Compare figures within a " +
    "run, not across.",
    `- Machine: ${machine()}\n- Libraries: ${packages.map(versionOf).join(", ")}; \`postmessage\` is a pool by hand, ` +
    "`bare` as many workers that only wait for messages.",
  ];
  const asked = works.filter(({ name }) =>
    [...results.values()].some((lines) => lines.some(({ work }) => work === name))
  );
  parts.push("## Questions", asked.map(({ name, question }) => `- **${name}**: ${question}`).join("\n"));
  parts.push(...notesOf(directory));
  for (const [runtime, lines] of results) {
    parts.push(`## ${runtime}`, `Version ${lines[0]!.version}; ${datesOf(lines)}.`, tableOf(lines).trimEnd());
  }
  parts.push(
    "## Charts",
    "Of each work its first figure, with the most workers; logarithmic where values lie far apart.",
  );
  for (const { name } of asked) {
    const chart = chartsOf(results, name);
    if (chart === undefined) continue;
    writeFileSync(join(directory, `${name}.svg`), chart);
    parts.push(`![${name}](${name}.svg)`);
  }
  writeFileSync(join(directory, "README.md"), `${parts.join("\n\n")}\n`);
}
