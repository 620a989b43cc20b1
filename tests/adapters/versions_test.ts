/** Which versions of the runtimes are refused. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { outdated, type RuntimeGlobals } from "../../adapters/runtime/_process.ts";

const on: Record<string, (version: string) => RuntimeGlobals> = {
  // Deno and Bun claim to be a Node as well.
  Deno: (deno) => ({ Deno: { version: { deno } }, process: { versions: { node: "24.0.0" } } }),
  Bun: (version) => ({ Bun: { version }, process: { versions: { node: "24.0.0" } } }),
  Node: (node) => ({ process: { versions: { node } } }),
};

describe("outdated()", () => {
  const cases: [name: string, old: string[], recent: string[]][] = [
    ["Deno", ["1.46.3", "2.1.4", "2.8.3"], ["2.9.0", "2.9.6", "2.10.0", "3.0.0", "2.9.1+a1b2c3d"]],
    ["Bun", ["1.2.5", "1.3.0", "1.3.13"], ["1.3.14", "1.4.0", "2.0.0", "1.4.0-canary.1"]],
    ["Node", ["18.20.0", "20.15.1"], ["20.16.0", "20.20.2", "22.3.0", "24.0.0"]],
  ];
  for (const [name, old, recent] of cases) {
    it(`names ${name} and its version where that is too old`, () => {
      for (const version of old) assert.equal(outdated(on[name]!(version)), `${name} ${version}`);
      for (const version of recent) assert.equal(outdated(on[name]!(version)), undefined, version);
    });
  }

  it("lets pass what it cannot read", () => {
    assert.equal(outdated({}), undefined);
    assert.equal(outdated({ Bun: {} }), undefined);
    assert.equal(outdated(on.Deno!("unknown")), undefined);
  });

  it("lets this runtime pass", () => {
    assert.equal(outdated(globalThis as unknown as RuntimeGlobals), undefined);
  });

  it("knows the versions that the pages and the package name", () => {
    const wanted = [/Node 20\.16/, /Deno 2\.9/, /Bun 1\.3\.14/];
    const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    for (const file of ["README.md", "docs/troubleshooting.md"]) {
      for (const version of wanted) assert.match(read(file), version);
    }
    assert.deepEqual(JSON.parse(read("package.json")).engines, { node: ">=20.16", deno: ">=2.9", bun: ">=1.3.14" });
  });
});
