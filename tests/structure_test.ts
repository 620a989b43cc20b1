/** The layers of the repository: what `npm run check` says of them, and that it would say it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  filesOf,
  findCircle,
  globalsOf,
  hasHeader,
  headlessFiles,
  importGraph,
  importsOf,
  longFiles,
  strayInAdapters,
  strayInMod,
  strayInSrc,
  upwardImports,
} from "../scripts/layers.ts";
import { root } from "../scripts/process.ts";
import { uncaptured, uncapturedInSrc } from "../scripts/captured_globals.ts";

describe("structure", () => {
  it("sees an import and a global where there is one", () => {
    const source = `
      import type { A } from "./a.ts"; // import "./comment.ts"
      export * from 'node:fs';
      const b = await import("../b.ts");`;
    assert.deepEqual(importsOf(source), ["./a.ts", "node:fs", "../b.ts"]);
    assert.deepEqual(globalsOf("x = globalThis.process; Deno.pid; // Bun"), ["globalThis.process", "Deno"]);
    assert.deepEqual(globalsOf("this.process(); 'Deno'; `process ${x}`; { process: 1 }"), []);
  });

  it("sees the files", () => {
    assert.ok(filesOf("src").length > 10 && filesOf("adapters").length >= 4);
  });

  it("src imports only src and the two dependencies, and names no global of one runtime", () => {
    assert.deepEqual(strayInSrc(), []);
  });

  it("each folder of adapters, and each entry, imports only what it may", () => {
    assert.deepEqual(strayInAdapters(), []);
  });

  it("no import runs up, from a folder of src to one above it", () => {
    assert.deepEqual(upwardImports(importGraph()), []);
  });

  it("no files import each other in a circle, types included", () => {
    assert.deepEqual(findCircle(importGraph()), []);
  });

  it("sees an import that runs up, and a file that has no place", () => {
    const graph = {
      "src/api/pool.ts": ["src/pool/stats.ts", "src/errors.ts"],
      "src/pool/stats.ts": ["src/pool/state/task.ts"],
      "src/pool/state/task.ts": ["src/pool/stats.ts"],
      "src/captured.ts": ["src/errors.ts"],
      "src/attic/box.ts": [],
    };
    assert.deepEqual(upwardImports(graph), [
      "src/attic/box.ts stands in no folder of ORDER (scripts/layers.ts)",
      "src/pool/state/task.ts imports src/pool/stats.ts, which stands above it",
      "src/captured.ts imports src/errors.ts, which stands above it",
    ]);
  });

  it("sees a circle of imports, of two files and of more, behind files that are in none", () => {
    const graph = { "mod.ts": ["a.ts", "b.ts"], "a.ts": ["b.ts", "c.ts"], "b.ts": ["node:fs"], "c.ts": ["d.ts"] };
    assert.deepEqual(findCircle(graph), []);
    assert.deepEqual(findCircle({ ...graph, "d.ts": ["c.ts"] }), ["c.ts", "d.ts", "c.ts"]);
    assert.deepEqual(findCircle({ ...graph, "d.ts": ["a.ts"] }), ["a.ts", "c.ts", "d.ts", "a.ts"]);
  });

  it("mod.ts only re-exports, once the adapter is registered", () => {
    assert.deepEqual(strayInMod(), []);
  });

  it("no shipped file is longer than 300 lines", () => {
    assert.deepEqual(longFiles(), []);
  });

  it("every shipped file begins with what it is for", () => {
    assert.deepEqual(headlessFiles(), []);
    assert.equal(hasHeader("/**\n * Adds.\n *\n * @module\n */\nexport {};"), true);
    assert.equal(hasHeader("/** Adds. @module */\nexport {};"), true);
    assert.equal(hasHeader("/** Adds two. */\nexport {};\n/** Later. @module */"), false);
    assert.equal(hasHeader('import "./a.ts";\n/** Later. @module */'), false);
  });

  it("sees a global, a method and a class that a program may have replaced", () => {
    const source = `
      import { Math, type Other } from "./captured.ts";
      import { push } from "./lists.ts";
      // Math.floor(1); new Map()
      const text: Map<string, Set<number>> = new Map(); "new Set()";
      push([...list], Math.floor(2)); list.push(1); this.#all.filter(isOdd);
      if (text instanceof Map) queueMicrotask(run); Object.keys(text); run.call(1); own.keys.size;`;
    assert.deepEqual(uncaptured(source), [
      ...["new Map", "instanceof Map", "queueMicrotask", "Object"],
      ...["list.push(", "this.#all.filter(", "run.call("],
    ]);
  });

  it("src takes globals and methods from src/captured.ts and src/lists.ts", () => {
    assert.deepEqual(uncapturedInSrc(), []);
  });

  it("the root holds only what belongs there", () => {
    const wanted = [
      ...["mod.ts", "cli.ts", "bullmq.ts", "src", "adapters", "tests", "scripts", "docs"],
      ...["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"],
      ...["deno.json", "package.json", "package-lock.json", "tsconfig.json"],
    ];
    const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n");
    const entries = readdirSync(root).filter((name) => !name.startsWith("."));
    const unwanted = entries.filter((name) => !wanted.includes(name) && !ignored.includes(`${name}/`));
    assert.deepEqual(unwanted, []);
  });
});
