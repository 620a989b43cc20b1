/** The layers of the repository: what `npm run check` says of them, and that it would say it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  filesOf,
  globalsOf,
  importsOf,
  longFiles,
  strayInAdapters,
  strayInMod,
  strayInSrc,
} from "../scripts/layers.ts";
import { root } from "../scripts/process.ts";

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

  it("adapters import only src, each other, Node's modules and the two dependencies", () => {
    assert.deepEqual(strayInAdapters(), []);
  });

  it("mod.ts only re-exports, once the adapter is registered", () => {
    assert.deepEqual(strayInMod(), []);
  });

  it("no shipped file is longer than 300 lines", () => {
    assert.deepEqual(longFiles(), []);
  });

  it("the root holds only what belongs there", () => {
    const wanted = [
      ...["mod.ts", "src", "adapters", "tests", "scripts", "docs"],
      ...["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"],
      ...["deno.json", "package.json", "package-lock.json", "tsconfig.json"],
    ];
    const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n");
    const entries = readdirSync(root).filter((name) => !name.startsWith("."));
    const unwanted = entries.filter((name) => !wanted.includes(name) && !ignored.includes(`${name}/`));
    assert.deepEqual(unwanted, []);
  });
});
