/** Bar charts as SVG. */
import type { Figure } from "./results.ts";
import { formatValue, isRate } from "./table.ts";
import type { Unit } from "./work.ts";

/** The bars of one runtime. */
export interface Group {
  label: string;
  figures: readonly Figure[];
}

const WIDTH = 720;
const LEFT = 120;
const RIGHT = 110;
const BAR = 16;
const GAP = 14;
const HEAD = 34;

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Where a value's bar ends, in px: logarithmic if the values span more than a factor of 20. */
function scaleOf(values: readonly number[]): (value: number) => number {
  const positive = values.filter((value) => value > 0);
  const most = Math.max(...positive, 1e-9);
  const least = Math.min(...positive, most);
  const span = WIDTH - LEFT - RIGHT;
  if (most / least <= 20) return (value) => Math.max(0, value) / most * span;
  const floor = Math.log10(least) - 0.5;
  return (value) => value <= 0 ? 0 : (Math.log10(value) - floor) / (Math.log10(most) - floor) * span;
}

/** A chart with a bar a library, in a group a runtime; a thin line shows the quartiles. */
export function chartOf(title: string, unit: Unit, groups: readonly Group[]): string {
  const figures = groups.flatMap((group) => group.figures);
  const scale = scaleOf(figures.flatMap(({ spread }) => [spread.median, spread.high]));
  const parts: string[] = [];
  let y = HEAD;
  for (const { label, figures } of groups) {
    parts.push(`<text x="4" y="${y + 12}" font-weight="bold">${escape(label)}</text>`);
    y += BAR + 2;
    for (const { library, spread } of figures) {
      const length = scale(spread.median).toFixed(1);
      const middle = y + BAR / 2 - 1;
      const [from, to] = [LEFT + scale(spread.low), LEFT + scale(spread.high)];
      const color = library === "multicore" ? "#1f6feb" : "#8b949e";
      parts.push(
        `<text x="${LEFT - 6}" y="${y + 11}" text-anchor="end">${escape(library)}</text>`,
        `<rect x="${LEFT}" y="${y}" width="${length}" height="${BAR - 3}" fill="${color}"/>`,
        `<path d="M${from.toFixed(1)} ${middle}H${to.toFixed(1)}" stroke="#d29922" stroke-width="2"/>`,
        `<text x="${(Math.max(to, LEFT + Number(length)) + 6).toFixed(1)}" y="${y + 11}">${
          formatValue(spread.median)
        }</text>`,
      );
      y += BAR;
    }
    y += GAP;
  }
  const better = isRate(unit) ? "more is better" : "less is better";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="#6e7781" role="img">`,
    `<title>${escape(title)}</title>`,
    `<text x="4" y="18" font-size="14" font-weight="bold">${escape(title)} (${better})</text>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}
