/** Which files make up the package. */
import { readdirSync } from "node:fs";
import { join, sep } from "node:path";
import { root } from "./process.ts";

/** The TypeScript files under a directory of the repository, as sorted `/` paths from its root. */
export function typeScriptFiles(directory: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `${directory}/${path.replaceAll(sep, "/")}`)
    .sort();
}

/** The files that ship: to JSR as they are, to npm as JavaScript. */
export function shippedFiles(): string[] {
  return ["mod.ts", ...typeScriptFiles("src"), ...typeScriptFiles("adapters")];
}
