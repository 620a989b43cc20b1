// Lets a Node without TypeScript (Node 20) run this repository's sources: `node --import <this file> program.ts`.
// Worker threads inherit `--import`, so task modules and worker entries load the same way. Where Node strips types
// by itself this does nothing.
import { register } from "node:module";

if (process.versions.bun === undefined && !process.features.typescript) {
  process.setSourceMapsEnabled(true); // so that stacks name lines of the .ts file
  register("./loader_hooks.mjs", import.meta.url);
}
