/** The documents of the demo: every Markdown file under node_modules. */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** One Markdown file. */
export interface Document {
  /** Its path under the folder, with `/`, such as `marked/README.md`. */
  readonly path: string;
  readonly text: string;
}

/** The folder that is searched; `MULTICORE_DEMO_DOCUMENTS` names another one. */
export const folder: string = process.env.MULTICORE_DEMO_DOCUMENTS ??
  fileURLToPath(new URL("../../node_modules", import.meta.url));

/** Reads all documents, in the order of their paths. */
export function readDocuments(): Document[] {
  const found: Document[] = [];
  const search = (directory: string): void => {
    for (const entry of readdirSync(`${folder}/${directory}`, { withFileTypes: true })) {
      const path = directory + entry.name;
      if (entry.isDirectory()) search(`${path}/`);
      else if (entry.isFile() && /\.md$/i.test(entry.name)) {
        found.push({ path, text: readFileSync(`${folder}/${path}`, "utf8") });
      }
    }
  };
  search("");
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}
