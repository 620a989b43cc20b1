/** docs/fidelity.md: what the cells found, as tables. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../process.ts";
import type { Case } from "./case.ts";
import { cases, groups } from "./cases/mod.ts";
import { type Cell, countOf } from "./cell.ts";
import type { Verdict } from "./protocol.ts";

/** How a verdict stands in a cell, and what it means. */
const LEGEND: Record<Verdict, [text: string, meaning: string]> = {
  kept: ["✓", "came back equal"],
  refused: ["✓ refused", "cannot cross, and a clear error says so"],
  changed: ["changed", "came back, but not equal, without an error"],
  rejected: ["rejected", "should cross, but a clear error says that it cannot"],
  lost: ["**lost**", "the call settled with nothing, with an empty error, or with another error than the task's"],
  hung: ["**hung**", "the call did not settle within 15 s, nor within 2 minutes in a process of its own"],
  died: ["**died**", "the whole program ended, also in a second try"],
  none: ["–", "the library or the runtime has nothing of the kind"],
};

const NAMES: Record<string, string> = { deno: "Deno", bun: "Bun" };
const nameOf = (runtime: string): string => NAMES[runtime] ?? runtime.replace(/^node/, "Node ");

function versionOf(library: string): string {
  const file = library === "multicore" ? "package.json" : `node_modules/${library}/package.json`;
  return `${library} ${JSON.parse(readFileSync(join(root, file), "utf8")).version}`;
}

/** A note as one line of Markdown that names no place on a machine. */
function plain(note: string): string {
  const text = note.replaceAll(pathToFileURL(root).href, "").replaceAll(root, "");
  return text.replaceAll("|", "\\|").replace(/[<*_[\]]/g, "\\$&");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, i) => i === 0 ? "---" : ":-:"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Runtimes by what `key` says of their cell; the commonest first. */
function byRuntime(cells: readonly Cell[], key: (cell: Cell) => string | undefined): [key: string, names: string[]][] {
  const found = new Map<string, string[]>();
  for (const cell of cells) {
    const text = key(cell);
    if (text !== undefined) found.set(text, [...found.get(text) ?? [], nameOf(cell.runtime.name)]);
  }
  return [...found].sort(([, one], [, other]) => other.length - one.length);
}

/** What became of a value in one library: the commonest verdict, then the runtimes that differ. */
function verdictsOf(cells: readonly Cell[], title: string): string {
  const texts = byRuntime(cells, ({ findings }) => {
    const verdict = findings.get(title)?.verdict;
    return verdict === undefined ? undefined : LEGEND[verdict][0];
  });
  if (texts.length === 0) return "";
  const [[first], ...others] = texts as [[string, string[]], ...[string, string[]][]];
  return [first, ...others.map(([text, names]) => `${names.join(", ")}: ${text}`)].join("<br>");
}

function summary(libraries: readonly string[], runtimes: readonly string[], cells: readonly Cell[]): string {
  const asked = cases.filter(({ beyond }) => beyond !== true).map(({ title }) => title);
  const all = cases.map(({ title }) => title);
  const rows = libraries.map((library) => [
    library,
    ...runtimes.map((name) => {
      const cell = cells.find((one) => one.library === library && one.runtime.name === name);
      if (cell === undefined) return "";
      if (cell.fails !== undefined) return "does not run";
      const [whole, part] = [countOf(cell, all), countOf(cell, asked)];
      return `${whole.right} of ${whole.of} (${part.right} of ${part.of})`;
    }),
  ]);
  return table(["right", ...runtimes.map(nameOf)], rows);
}

function tally(libraries: readonly string[], cells: readonly Cell[]): string {
  const verdicts = (Object.keys(LEGEND) as Verdict[]).filter((verdict) => verdict !== "none");
  const rows = libraries.map((library) => {
    const findings = cells.filter((cell) => cell.library === library).flatMap((cell) => [...cell.findings.values()]);
    return [library, ...verdicts.map((verdict) => String(findings.filter((one) => one.verdict === verdict).length))];
  });
  return table(["on all runtimes together", ...verdicts.map((verdict) => LEGEND[verdict][0])], rows);
}

function groupTable(group: readonly Case[], libraries: readonly string[], cells: readonly Cell[]): string {
  const rows = group.map(({ title, beyond }) => [
    `${title}${beyond === true ? " \\*" : ""}`,
    ...libraries.map((library) => verdictsOf(cells.filter((cell) => cell.library === library), title)),
  ]);
  return table(["", ...libraries], rows);
}

/** What differs, a line a value and note. */
function notesOf(cells: readonly Cell[]): string {
  const alive = cells.filter(({ fails }) => fails === undefined).length;
  const notes = cases.flatMap(({ title }) =>
    byRuntime(cells, ({ findings }) => {
      const note = findings.get(title)?.note;
      return note === undefined ? undefined : plain(note);
    }).map(([note, names]) => `- ${title}${names.length < alive ? ` (${names.join(", ")})` : ""}: ${note}`)
  );
  const dead = cells.filter(({ fails }) => fails !== undefined)
    .map(({ runtime, fails }) =>
      `- does not run on ${nameOf(runtime.name)}: \`echo(1)\` in two new processes: ${plain(fails!)}`
    );
  return [...dead, ...notes].join("\n");
}

/** The page. */
export function pageOf(cells: readonly Cell[]): string {
  const libraries = [...new Set(cells.map(({ library }) => library))];
  const versions = new Map(cells.map(({ runtime }) => [runtime.name, runtime.version]));
  const runtimes = [...versions.keys()];
  const parts = [
    "# What comes back",
    "Each value is sent to a worker that gives it back, or is made or thrown there; then it is compared with what was " +
    "sent: types, prototypes, identities, holes, `-0`, bytes. Generated by `npm run fidelity`.",
    [...runtimes.map((name) => `${nameOf(name)} (${versions.get(name)})`), ...libraries.map(versionOf)].join(", ") +
    ".",
    "Every library is driven as its own guide shows, with a worker file where it needs one, one worker, and the " +
    "default format. After a call that spoils the pool, the next value has a new process.",
    "## Legend",
    Object.values(LEGEND).map(([text, meaning]) => `- ${text}: ${meaning}`).join("\n"),
    "What is expected is what `structuredClone` gives on Node 24. Where a row has a \\*, a user wants more: a view " +
    "brings its own bytes only, a Buffer stays a Buffer, an error keeps its properties, `errors` and name, and a " +
    "registered class is kept. Values that runtimes differ about (`or refused`) are right either way, and so is an " +
    "object nested 10,000 deep. A cell holds what most runtimes do, then those that do otherwise.",
    "## In short",
    "How many values came out right, without the rows with a \\* in parentheses. Rows without anything to try in that " +
    "library or runtime do not count.",
    summary(libraries, runtimes, cells),
    tally(libraries, cells),
  ];
  for (const [heading, group] of Object.entries(groups)) {
    parts.push(`## ${heading}`, groupTable(group, libraries, cells));
  }
  parts.push(
    "## What differs",
    "The first difference found in a value, or what the error says; on all runtimes where none is named.",
  );
  for (const library of libraries) {
    const notes = notesOf(cells.filter((cell) => cell.library === library));
    if (notes !== "") parts.push(`### ${library}`, notes);
  }
  return `${parts.join("\n\n")}\n`;
}
