/** Markdown tables of results. */
import { libraries } from "./libraries/mod.ts";
import { type Figure, figuresOf, type Result } from "./results.ts";
import type { Unit } from "./work.ts";
import { works } from "./works/mod.ts";

/** Three digits, with separators from a thousand on. */
export function formatValue(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1000) return Math.round(Number(value.toPrecision(3))).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

/** Whether more is better. */
export function isRate(unit: Unit): boolean {
  return unit === "tasks/s" || unit === "x";
}

function spreadText({ spread: { median, low, high, count } }: Figure): string {
  return count === 1 ? formatValue(median) : `${formatValue(median)} (${formatValue(low)}–${formatValue(high)})`;
}

/** The columns: the libraries in their own order, others behind. */
export function columnsOf(results: readonly Result[]): string[] {
  const present = new Set(results.map(({ library }) => library));
  const known = Object.keys(libraries).filter((name) => present.delete(name));
  return [...known, ...[...present].sort()];
}

/** Works in the order of the report. */
export function inOrder<T extends { work: string }>(items: readonly T[]): T[] {
  return works.flatMap(({ name }) => items.filter(({ work }) => work === name));
}

/** One table of all works on one runtime: medians with quartiles; below, what failed at a later figure or round, and why. */
export function tableOf(results: readonly Result[]): string {
  const columns = columnsOf(results);
  const figures = inOrder(figuresOf(results));
  const failures = inOrder(results.filter(({ fails }) => fails !== undefined));
  const notes: string[] = [];
  const marked = (library: string, reason: string): string => {
    const note = `${library}: ${reason}`;
    if (!notes.includes(note)) notes.push(note);
    return `[${notes.indexOf(note) + 1}]`;
  };
  const rows: string[] = [];
  const seen = new Set<string>();
  const addRow = (work: string, name: string, unit: Unit | "", workers: number): void => {
    const key = `${work} ${name} ${workers}`;
    if (seen.has(key)) return;
    seen.add(key);
    const cells = columns.map((library) => {
      const isOurs = (item: Figure | Result): boolean =>
        item.work === work && item.workers === workers && item.library === library;
      const figure = figures.find((candidate) => candidate.name === name && isOurs(candidate));
      const failure = failures.find(isOurs);
      if (figure === undefined) return failure === undefined ? "" : `fails ${marked(library, failure.fails!)}`;
      return failure === undefined ? spreadText(figure) : `${spreadText(figure)} ${marked(library, failure.fails!)}`;
    });
    rows.push(`| ${work} | ${name} | ${unit} | ${workers} | ${cells.join(" | ")} |`);
  };
  for (const figure of figures) addRow(figure.work, figure.name, figure.unit, figure.workers);
  for (const { work, workers } of failures) {
    if (!figures.some((figure) => figure.work === work && figure.workers === workers)) addRow(work, "", "", workers);
  }
  const head = ["work", "figure", "unit", "workers", ...columns];
  const rule = ["---", "---", "---", "--:", ...columns.map(() => "--:")];
  const table = [`| ${head.join(" | ")} |`, `| ${rule.join(" | ")} |`, ...rows].join("\n");
  if (notes.length === 0) return `${table}\n`;
  return `${table}\n\n${notes.map((note, i) => `- [${i + 1}] ${note.replaceAll("|", "\\|")}`).join("\n")}\n`;
}
