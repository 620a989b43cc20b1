/** The installed package in a program with module hooks, as tracers (`import-in-the-middle`) and oxc-node set them. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { buildJavaScript } from "../../scripts/build.ts";
import { capture, root } from "../../scripts/process.ts";
import { thisRuntime } from "../../scripts/runtimes.ts";
import { distFolder, ownFolders } from "../../src/location.ts";

const files: Record<string, string> = {
  "package.json": `{ "type": "module" }`,
  "register.mjs": `import { register } from "node:module"; register("./hooks.mjs", import.meta.url);`,
  // Such hooks know files and the runtime's own modules; workers need the hooks as well, for the word in tasks.js.
  "hooks.mjs": `
export function resolve(specifier, context, next) {
  if (specifier.startsWith("data:")) throw new Error("Cannot find module '" + specifier.slice(0, 30) + "'");
  return next(specifier, context);
}
export async function load(url, context, next) {
  const loaded = await next(url, context);
  return url.endsWith("tasks.js") ? { ...loaded, source: String(loaded.source).replace("A_NUMBER", "6") } : loaded;
}
`,
  "tasks.js": `const helper = (x) => x * A_NUMBER;\nexport function scale(x) { return helper(x); }`,
  "main.js": `
import { createPool } from "@multicore/multicore";
import { scale } from "./tasks.js";
const tasks = new URL("./tasks.js", import.meta.url);
const pool = createPool({ workers: 2, modules: [tasks] });
console.log(await pool.run(scale, 7), await pool.module(tasks).scale(7), await pool.run((x) => x + 1, 41));
await pool.close();
`,
};

describe("module hooks", { skip: thisRuntime().kind !== "node" }, () => {
  const home = mkdtempSync(join(realpathSync(tmpdir()), "multicore é "));

  before(async () => {
    const installed = join(home, "node_modules/@multicore/multicore");
    mkdirSync(installed, { recursive: true });
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    for (const name of ["comlink", "superjson", "copy-anything"]) {
      cpSync(join(root, "node_modules", name), join(home, "node_modules", name), { recursive: true });
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
    await buildJavaScript(join(installed, "dist"));
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const { executable } = thisRuntime();
  const cases: [what: string, flags: string[], env: Record<string, string>][] = [
    ["--import", ["--import", "./register.mjs"], {}],
    ["NODE_OPTIONS", [], { NODE_OPTIONS: "--import ./register.mjs" }],
  ];
  for (const [what, flags, env] of cases) {
    it(`by ${what} that take no data: URL let workers start, and reach their modules`, async () => {
      const { code, output } = await capture([executable, ...flags, "main.js"], { cwd: home, env, limit: 60_000 });
      assert.deepEqual({ code, output: output.trim() }, { code: 0, output: "42 42 42" });
    });
  }
});

describe("the library's own place", () => {
  it("is known from a stack frame", () => {
    const folders = ownFolders().map((folder) => folder.startsWith("file:") ? fileURLToPath(folder) : folder);
    assert.deepEqual(folders, [join(root, "src/"), join(root, "adapters/")]);
    assert.equal(distFolder(), undefined);
  });
});
