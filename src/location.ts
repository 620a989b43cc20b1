/**
 * Where this library's own code was loaded from. A stack frame tells, since `import.meta` is a syntax error where a tool
 * makes CommonJS of this library, as Jest does.
 *
 * @module
 */

import { some } from "./lists.ts";

/** A frame of V8 or JavaScriptCore with the place of the code in it, without line and column. */
const FRAME = /(?:\(|\bat (?:async )?)((?:[\w-]{2,}:|[A-Za-z]:[\\/]|\/)[^\n]*?)(?::\d+){1,2}\)?$/m;

let found: { readonly place: string } | undefined;

/** The file or URL of this module as stack frames name it; that of the bundle where it is in one; `""` if none tells. */
export function ownLocation(): string {
  if (found === undefined) {
    let stack: unknown;
    try {
      ({ stack } = new Error());
    } catch {
      // A hook of the program that writes stacks threw.
    }
    found = { place: typeof stack === "string" ? FRAME.exec(stack)?.[1] ?? "" : "" };
  }
  return found.place;
}

/**
 * The file or URL of whoever called the library, without query and fragment, which tools change when they reload; that of
 * the bundle where both are in one; `""` if no frame tells.
 */
export function callerLocation(): string {
  const own = fileOf(ownLocation());
  let stack: unknown;
  try {
    ({ stack } = new Error());
  } catch {
    // As above.
  }
  if (typeof stack !== "string") return "";
  const folders = ownFolders();
  for (const line of stack.split("\n")) {
    const place = FRAME.exec(line)?.[1];
    if (place === undefined || fileOf(place) === own || some(folders, (folder) => place.startsWith(folder))) continue;
    return fileOf(place);
  }
  return own;
}

function fileOf(place: string): string {
  return place.replace(/[?#].*$/s, "");
}

/**
 * The folder of the installed package's own JavaScript, with `/` at its end, as stack frames name it; `undefined` where
 * the code is in a bundle or comes from its sources.
 */
export function distFolder(): string | undefined {
  return /^(.*[\\/]@multicore[\\/]multicore[\\/]dist[\\/])(?:mod|shared)\.js$/.exec(ownLocation())?.[1];
}

/** The folders of the library's own files, whose frames tell a user nothing; none in a bundle. */
export function ownFolders(): string[] {
  const dist = distFolder();
  if (dist !== undefined) return [dist];
  const root = /^(.*[\\/])src[\\/]location\.[jt]s$/.exec(ownLocation())?.[1];
  return root === undefined ? [] : [`${root}src/`, `${root}adapters/`];
}

/** A folder as stack frames may write it: as it is, and as the path of its URL, which Deno 2.9.0 writes without escapes. */
export function spellingsOf(folder: string): string[] {
  const path = folder.replace(/^file:\/\//, "");
  if (path === folder) return [folder];
  try {
    return [folder, decodeURI(path)];
  } catch {
    return [folder, path]; // a "%" that stands for itself
  }
}
