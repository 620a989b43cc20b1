/**
 * The worker entry as a file of the installed package, if it is there. Node starts workers from it where module hooks
 * do not take the source inside the library.
 *
 * @module
 */

import { distFolder } from "../../src/location.ts";
import { exists } from "./_files.ts";
import process from "./_process.ts";

let found: { readonly entry: URL | undefined } | undefined;

/** The package's own file, or `undefined` where there is none, as in a bundle. */
export function ownEntry(): URL | undefined {
  found ??= { entry: find() };
  return found.entry;
}

function find(): URL | undefined {
  const folder = distFolder();
  if (folder === undefined) return undefined;
  try {
    const { fileURLToPath, pathToFileURL } = process.getBuiltinModule("node:url");
    const entry = new URL("adapters/runtime/worker.js", folder.startsWith("file:") ? folder : pathToFileURL(folder));
    return exists(fileURLToPath(entry)) ? entry : undefined;
  } catch {
    return undefined; // this program may not look
  }
}
