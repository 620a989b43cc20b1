/** Values without identity, and the built-in objects that hold one. */
import { type Case, echo } from "../case.ts";

const dates = (): Date[] => [new Date(0), new Date(8.64e15), new Date(-8.64e15), new Date(-1)];

function withLastIndex(): RegExp {
  const regexp = /a(?<b>.)/giu;
  regexp.lastIndex = 3;
  return regexp;
}

export const plain: Case[] = [
  echo("`undefined`", () => undefined),
  echo("`null`", () => null),
  echo("`undefined` as a property and an element", () => ({ a: undefined, b: [undefined, null] })),
  echo("`-0`, alone and nested", () => [-0, { zero: -0 }, 0]),
  echo("`-0` as the argument", () => -0),
  echo("`NaN` and infinities", () => [NaN, Infinity, -Infinity, { nan: NaN }]),
  echo("doubles at the edges", () => [5e-324, Number.MAX_VALUE, 2 ** 53 + 2, -(2 ** 31), 0.1]),
  echo("BigInt, small and of 4,000 bits", () => [0n, -1n, 2n ** 4000n, -(2n ** 64n)]),
  echo("string with lone surrogates", () => ["\ud800", "a\udc00b", "\ud83d\ude00", "\0"]),
  echo("string of 32 million characters", () => "añ€𝄞xyz".repeat(4_000_000)),
  echo("object with a lone surrogate as key", () => ({ "\udfff": 1 })),
  echo("Date, also the first and last one", dates),
  echo("invalid Date", () => new Date(NaN)),
  echo("Date nested in a plain object", () => ({ at: [{ when: new Date(86_400_000) }] })),
  echo("RegExp; `lastIndex` becomes 0", withLastIndex, { becomes: () => /a(?<b>.)/giu }),
  echo("boxed number, string, boolean", () => [Object(-0), Object("text"), Object(false)]),
  echo("boxed BigInt", () => Object(7n)),
];
