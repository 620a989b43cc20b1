/** Reads how many tests passed, failed and were skipped from what a test runner printed. */
import { stripVTControlCharacters } from "node:util";

/** Numbers of tests. */
export interface Totals {
  passed: number;
  failed: number;
  /** Skipped and todo. */
  skipped: number;
}

export function addTotals(a: Totals, b: Totals): Totals {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The last number that `pattern` captures in `output`, or 0. */
function last(output: string, pattern: RegExp): number {
  return Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
}

/** `ℹ pass 3`. The runner reports a file without tests as one passed test that bears the file's name. */
function nodeTotals(output: string, file: string): Totals {
  const number = (name: string): number => last(output, new RegExp(`^ℹ ${name} (\\d+)$`, "gm"));
  const passed = number("pass");
  const isEmpty = passed === 1 && output.split("\n").some((line) => /^✔ (.*) \(/.exec(line)?.[1]?.endsWith(file));
  return {
    passed: isEmpty ? 0 : passed,
    failed: number("fail") + number("cancelled"),
    skipped: number("skipped") + number("todo"),
  };
}

/**
 * The summary counts a suite as one test and its tests as steps, so this counts the lines of tests that hold no others:
 * a suite's own result comes after theirs, less indented.
 */
function denoTotals(output: string): Totals {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const report = output.replace(/^-+ output -+$[^]*?^-+ output end -+$/gm, "");
  let before = 0; // indentation of the result before
  for (const [, indent, result] of report.matchAll(/^( *)\S.* \.\.\. (ok|FAILED|ignored) \(.*\)$/gm)) {
    const depth = indent!.length;
    const isSuite = depth < before;
    before = depth;
    if (isSuite) continue;
    if (result === "ok") totals.passed++;
    else if (result === "FAILED") totals.failed++;
    else totals.skipped++;
  }
  return { ...totals, failed: Math.max(totals.failed, last(output, /\| (\d+) failed/g)) };
}

/** ` 3 pass`. */
function bunTotals(output: string): Totals {
  const number = (name: string): number => last(output, new RegExp(`^ (\\d+) ${name}$`, "gm"));
  return { passed: number("pass"), failed: number("fail"), skipped: number("skip") + number("todo") };
}

/** The totals of one file's run; all zero when the runner did not come to print them. */
export function parseTotals(kind: "node" | "deno" | "bun", output: string, file: string): Totals {
  const plain = stripVTControlCharacters(output).replaceAll("\r", "");
  switch (kind) {
    case "node":
      return nodeTotals(plain, file);
    case "deno":
      return denoTotals(plain);
    case "bun":
      return bunTotals(plain);
  }
}
