/**
 * Sources that the workers read themselves, part by part: the caller only names the parts.
 *
 * @module
 */

/** Marks the sources that the library itself can read. */
const READER: unique symbol = Symbol.for("multicore.reader") as never;

/**
 * A source that workers read themselves. The library cuts it into parts, names each by `part`, and has a worker call
 * `read` with that name.
 *
 * @typeParam T the items
 * @typeParam P what names a part; it is sent to the worker
 * @example Usage
 * ```ts
 * import { isMain, map, type PartedSource, shutdown } from "@multicore/multicore";
 *
 * if (isMain) {
 *   const evens: PartedSource<number, [number, number]> = {
 *     size: 10,
 *     part: (from, to) => [from, to],
 *     read: function (part) {
 *       const items = [];
 *       for (let i = part[0]; i < part[1]; i++) if (i % 2 === 0) items.push(i);
 *       return items;
 *     },
 *   };
 *   console.log(await map(evens, (x: number) => x * 10)); // [0, 20, 40, 60, 80]
 *   await shutdown();
 * }
 * ```
 */
export interface PartedSource<T, P = unknown> {
  /** How much there is, in any unit: bytes of a file, say. */
  readonly size: number;
  /** Names the part from `from` up to `to`; parts touch each other and cover all. Called in the caller. */
  part(from: number, to: number): P;
  /** Gives the items of a part. It runs in a worker, as the functions given to `run` do. */
  read: (part: P) => Iterable<T> | AsyncIterable<T>;
}

/** Makes a source that a reader of the library's own reads. */
export function builtInSource<T, P>(
  reader: string,
  size: number,
  part: (from: number, to: number) => P,
): PartedSource<T> {
  const read = (): never => {
    throw new TypeError("Cannot read this source here: workers do");
  };
  return { size, part, read, [READER]: reader } as PartedSource<unknown> as PartedSource<T>;
}

/** Whether a value is a source that workers read. */
export function isPartedSource(value: object): value is PartedSource<unknown, unknown> {
  const { size, part, read } = value as Partial<PartedSource<unknown, unknown>>;
  return typeof size === "number" && typeof part === "function" && typeof read === "function";
}

/** The name of the library's own reader, or the user's function. */
export function readerOf(source: object): string | ((part: unknown) => unknown) | null {
  if (!isPartedSource(source)) return null;
  return (source as unknown as { [READER]?: string })[READER] ?? source.read;
}
