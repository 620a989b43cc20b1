/** Tools that hook `require`, as ts-node, swc, esbuild-register and Babel do: workers load what the program has. */
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { runCommand } from "./_programs.ts";
import { settles, withPool } from "./_support.ts";

const library = JSON.stringify(new URL("../../mod.ts", import.meta.url));

/** `hook.cjs` puts a number in the place of a word, in files of CommonJS and in those of a type that Node does not know. */
const files: Record<string, string> = {
  "package.json": `{ "private": true }`,
  "hook.cjs": `
const { readFileSync } = require("node:fs");
const native = require.extensions[".js"];
for (const extension of [".js", ".jsx"]) {
  require.extensions[extension] = (module, file) => {
    const compile = module._compile;
    module._compile = function (text, name) { return compile.call(this, text.replaceAll("A_NUMBER", "6"), name); };
    if (extension === ".js") native(module, file);
    else module._compile(readFileSync(file, "utf8"), file);
  };
}
// As source-map-support does it, which these tools bring along: stacks name other files than those that run.
Error.prepareStackTrace = (error, sites) => error + sites.map(() => "\\n    at mapped (source.ts:1:1)").join("");
`,
  "tasks.js": `
const helper = (x) => x * A_NUMBER;
exports.scale = function scale(x) { return helper(x); };
Object.assign(exports, { hidden(x) { return helper(x) + A_NUMBER - 6; } });
`,
  "view.jsx": `module.exports = { render: (x) => x * A_NUMBER };`,
  "single.jsx": `module.exports = (x) => x * A_NUMBER;`,
  "failing.jsx": `throw new RangeError("fails by itself, " + A_NUMBER);`,
  "esm.mjs": `export const untouched = () => import.meta.url.length > 0;`,
  "main.mjs": `
import { createRequire } from "node:module";
import { createPool } from ${library};
const require = createRequire(import.meta.url);
const { scale, hidden } = require("./tasks.js");
const url = (file) => new URL(file, import.meta.url);
const pool = createPool({ workers: 1, modules: [url("./tasks.js")] });
const show = async (promise) => console.log(await promise.catch((error) => error.name + ": " + error.message));
await show(pool.run(scale, 7));
await show(pool.run(hidden, 7));
await show(pool.module(url("./view.jsx")).render(7));
await show(pool.module(url("./single.jsx")).default(7));
await show(pool.module(url("./failing.jsx")).any());
await show(pool.module(url("./esm.mjs")).untouched());
await pool.close();
`,
};

describe("a hook of require", { skip: thisRuntime().kind !== "node" }, () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "multicore-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  after(() => rmSync(folder, { recursive: true, force: true }));
  const main = join(folder, "main.mjs");

  it("is there for modules and module() in the workers", async () => {
    const command = programCommand(thisRuntime(), main);
    command.splice(command.indexOf(main), 0, "--require", join(folder, "hook.cjs"));
    const { stdout, stderr } = await runCommand("main.mjs", command);
    const wanted = ["42", "42", "42", "42", "RangeError: fails by itself, 6", "true"];
    assert.deepEqual(stdout, wanted, stderr);
  });

  it("is not asked where there is none", async () => {
    const plain = "const helper = (x) => x * 6;\nexports.scale = function scale(x) { return helper(x); };\n" +
      "Object.assign(exports, { hidden(x) { return helper(x); } });";
    writeFileSync(join(folder, "tasks.js"), plain);
    const { stdout, stderr } = await runCommand("main.mjs", programCommand(thisRuntime(), main));
    assert.deepEqual(stdout.slice(0, 2), ["42", "42"], stderr);
    assert.notEqual(stdout[2], "42");
    assert.equal(stdout.at(-1), "true");
  });
});

describe("exports of a CommonJS module", () => {
  it("are found however they are put there", async () => {
    const home = mkdtempSync(join(realpathSync(tmpdir()), "multicore-"));
    const file = join(home, "tasks.cjs");
    writeFileSync(file, "const x = 6;\nObject.assign(module.exports, { [`hid${'den'}`]: (y) => x * y });");
    try {
      await withPool({ workers: 1 }, async (pool) => {
        const tasks = pool.module<{ hidden(y: number): number }>(pathToFileURL(file));
        assert.equal(await settles(tasks.hidden(7)), 42);
      });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
