/**
 * The little that is read from files; on Deno by its own functions, as to load `node:fs` takes 5 to 8 ms there.
 *
 * @module
 */

import type { OpenFile } from "../../src/adapter.ts";
import process from "./_process.ts";

/** The part of `Deno` that is used. */
interface DenoFiles {
  readTextFileSync(path: string): string;
  readLinkSync(path: string): string;
  statSync(path: string): object;
}

const { Deno } = globalThis as unknown as { Deno?: DenoFiles };

/** Reads a whole text file, or gives `undefined` where that fails. */
export function readText(path: string): string | undefined {
  try {
    return Deno?.readTextFileSync(path) ?? process.getBuiltinModule("node:fs").readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Reads where a symbolic link leads.
 *
 * @throws if there is none
 */
export function readLink(path: string): string {
  return Deno?.readLinkSync(path) ?? process.getBuiltinModule("node:fs").readlinkSync(path);
}

/**
 * Whether there is a file.
 *
 * @throws if that cannot be told
 */
export function exists(path: string): boolean {
  if (Deno === undefined) {
    return process.getBuiltinModule("node:fs").statSync(path, { throwIfNoEntry: false }) !== undefined;
  }
  try {
    return Deno.statSync(path) !== undefined;
  } catch (error) {
    if ((error as Error).name === "NotFound") return false;
    throw error;
  }
}

/** Opens a file for reading: see `Adapter.openFile`. */
export function openFile(path: string): OpenFile {
  const fs = process.getBuiltinModule("node:fs");
  const fd = fs.openSync(path, "r");
  try {
    const stat = fs.fstatSync(fd);
    if (stat.isDirectory()) {
      throw Object.assign(new Error(`EISDIR: illegal operation on a directory, open '${path}'`), { code: "EISDIR" });
    }
    return {
      size: stat.size,
      read: (into, from) => {
        let length = 0;
        while (length < into.length) {
          const count = fs.readSync(fd, into, length, into.length - length, from + length);
          if (count === 0) break;
          length += count;
        }
        return length;
      },
      close: () => fs.closeSync(fd),
    };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}
