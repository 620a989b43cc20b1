/**
 * Progress on standard error: one line that is drawn again where that is a terminal, else a line every few seconds.
 *
 * @module
 */

import type { ProgressDisplay, ProgressReport } from "../../src/adapter.ts";

/** What is written to. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Time between two lines where there is no terminal, in ms. */
const LINE_MS = 5000;
/** Width of the bar, in columns, at most. */
const BAR = 30;

/** A count, shortened from ten thousand on: 12.3k, 4.56M. */
export function formatCount(count: number): string {
  if (count < 10_000) return String(Math.round(count * 10) / 10);
  const units = ["k", "M", "G", "T"];
  let i = -1;
  for (; count >= 999.5 && i < units.length - 1; i++) count /= 1000;
  return `${count >= 99.95 ? Math.round(count) : count.toPrecision(3)}${units[i]}`;
}

/** Seconds as 0:07, 12:30 or 3:04:05. */
export function formatSeconds(seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor(all / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

/** One line of at most `width` columns: bar, done and total, rate, time left, failures. */
export function progressLine({ done, total, failed, rate, eta }: ProgressReport, width: number): string {
  const parts = [total === undefined ? formatCount(done) : `${formatCount(done)}/${formatCount(total)}`];
  if (rate > 0) parts.push(`${formatCount(rate)}/s`);
  if (eta !== undefined && done !== total) parts.push(`ETA ${formatSeconds(eta)}`);
  if (failed > 0) parts.push(`${formatCount(failed)} failed`);
  while (parts.length > 1 && parts.join("  ").length > width) parts.splice(1, 1);
  const text = parts.join("  ");
  const share = total === undefined ? 0 : total === 0 ? 1 : Math.min(1, done / total);
  const room = Math.min(BAR, width - text.length - 8);
  if (total === undefined || room < 5) return text.slice(0, width);
  const full = Math.floor(share * room);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `[${"#".repeat(full)}${"-".repeat(room - full)}]${percent} ${text}`;
}

/** Makes a display on a terminal, or on whatever takes lines. */
export function createProgressBar(terminal: Terminal, now: () => number = () => Date.now()): ProgressDisplay {
  const isTerminal = terminal.isTTY === true;
  let last: ProgressReport | undefined;
  let lineAt = now();
  const draw = (progress: ProgressReport): void => {
    terminal.write(`\r${progressLine(progress, Math.max(10, (terminal.columns ?? 80) - 1))}\x1b[K`);
  };
  return {
    update(progress) {
      last = progress;
      if (isTerminal) return draw(progress);
      if (now() - lineAt < LINE_MS) return;
      lineAt = now();
      terminal.write(`${progressLine(progress, 100)}\n`);
    },
    end() {
      if (last === undefined) return;
      if (isTerminal) terminal.write("\n");
      else terminal.write(`${progressLine(last, 100)}\n`);
    },
  };
}
