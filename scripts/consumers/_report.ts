/** Tables of results, for docs/consumers.md and the terminal. */
import type { Result } from "./_lab.ts";

/** A case with its result. */
export interface Entry {
  readonly consumer: string;
  readonly column: string;
  readonly result: Result;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}

/** A table of consumers and columns; reasons stand below, each once. */
export function table(entries: readonly Entry[]): string {
  const columns = [...new Set(entries.map(({ column }) => column))];
  const rows = [...new Set(entries.map(({ consumer }) => consumer))];
  const reasons: string[] = [];
  const cell = (consumer: string, column: string): string => {
    const entry = entries.find((each) => each.consumer === consumer && each.column === column);
    if (entry === undefined) return "";
    const { state, note } = entry.result;
    if (note === "") return state;
    const at = reasons.includes(note) ? reasons.indexOf(note) + 1 : reasons.push(note);
    return `${state} (${at})`;
  };
  const lines = [
    `| consumer | ${columns.join(" | ")} |`,
    `| --- |${" --- |".repeat(columns.length)}`,
    ...rows.map((row) => `| ${escape(row)} | ${columns.map((column) => cell(row, column)).join(" | ")} |`),
  ];
  const notes = reasons.map((reason, index) => `${index + 1}. ${escape(reason)}`);
  return [...lines, ...notes.length > 0 ? ["", ...notes] : []].join("\n");
}
