/** The npm package as its users have it: JavaScript under node_modules, declarations, and bundled into one file. */
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import { buildDeclarations, buildJavaScript } from "../../scripts/build.ts";
import { capture, root } from "../../scripts/process.ts";
import { findRuntime, thisRuntime } from "../../scripts/runtimes.ts";

const program = `
import { initialize, isMain, ranges, shutdown, Task } from "@multicore/multicore";

const items = Array.from({ length: 100 }, (_, i) => i);

export function render(start, end) {
  return items.slice(start, end).map(String).join(",");
}

if (isMain) {
  await initialize({ modules: [import.meta.url], workers: 2 });
  const task = new Task();
  for (const [start, end] of ranges(items)) task.run(render, start, end);
  console.log((await task.get()).join(","));
  await shutdown();
}
`;

const expected = Array.from({ length: 100 }, (_, i) => i).join(",");

/** Runs a JavaScript program on the runtime that runs this test. */
async function run(directory: string, file: string): Promise<string> {
  const { executable, kind } = thisRuntime();
  const command = kind === "deno" ? [executable, "run", "-A", file] : [executable, file];
  const { code, output } = await capture(command, { cwd: directory, limit: 60_000 });
  assert.equal(code, 0, output);
  return output.trim();
}

describe("npm package", () => {
  // A path with a space and a letter outside ASCII: URLs of workers must survive both.
  const home = mkdtempSync(join(realpathSync(tmpdir()), "multicore é "));
  const installed = join(home, "node_modules/@multicore/multicore");

  before(async () => {
    mkdirSync(installed, { recursive: true });
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    for (const name of ["comlink", "superjson", "copy-anything"]) {
      cpSync(join(root, "node_modules", name), join(home, "node_modules", name), { recursive: true });
    }
    writeFileSync(join(home, "package.json"), `{ "type": "module" }`);
    await buildJavaScript(join(installed, "dist"));
  });

  after(() => rmSync(home, { recursive: true, force: true }));

  it("runs the README's program from node_modules", async () => {
    writeFileSync(join(home, "program.js"), program);
    assert.equal(await run(home, "program.js"), expected);
  });

  it("has no import.meta, which is a syntax error where a tool makes CommonJS of it", async () => {
    writeFileSync(join(home, "all.js"), `export * from "@multicore/multicore"; import "@multicore/multicore/worker";`);
    const { outputFiles, warnings } = await build({
      absWorkingDir: home,
      entryPoints: ["all.js"],
      bundle: true,
      write: false,
      logLevel: "silent",
      format: "cjs",
      platform: "node",
    });
    assert.deepEqual(warnings.map(({ text }) => text), []);
    assert.doesNotMatch(outputFiles[0]!.text, /import_meta/);
  });

  it("tells bundlers not to look for the modules of tasks", () => {
    const texts = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js")).map((file) => readFileSync(join(installed, "dist", file), "utf8"));
    const imports = texts.join("\n").match(/\bimport\([^"]{0,60}/g) ?? [];
    assert.ok(imports.length >= 2);
    for (const each of imports) assert.match(each, /^import\(\/\* webpackIgnore: true \*\/\/\* @vite-ignore \*\//);
  });

  it("runs when it was bundled into one file", async () => {
    writeFileSync(join(home, "program.js"), program);
    await build({
      absWorkingDir: home,
      entryPoints: ["program.js"],
      outfile: join(home, "bundle/program.mjs"),
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
    rmSync(join(home, "bundle/node_modules"), { recursive: true, force: true });
    assert.equal(await run(join(home, "bundle"), "program.mjs"), expected);
  });

  it("leaves nothing of an unused import in a bundle, and the whole worker entry", async () => {
    const bundle = async (contents: string): Promise<string> => {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: home },
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        platform: "node",
        logLevel: "error",
      });
      return outputFiles[0]!.text;
    };
    assert.equal(
      (await bundle(`import "@multicore/multicore"; import { run } from "@multicore/multicore";`)).trim(),
      "",
    );
    assert.ok((await bundle(`import { run } from "@multicore/multicore"; await run(() => 1);`)).length > 100_000);
    assert.ok((await bundle(`import "@multicore/multicore/worker";`)).length > 50_000);
  });

  it("starts workers from an entry of one's own", async () => {
    writeFileSync(join(home, "entry.js"), `import "@multicore/multicore/worker"; globalThis.entry = "mine";`);
    const own = program
      .replace("workers: 2", `workers: 2, worker: new URL("./entry.js", import.meta.url)`)
      .replace("await shutdown()", `console.log(await run(() => globalThis.entry)); $&`)
      .replace("initialize, ", "initialize, run, ");
    writeFileSync(join(home, "program.js"), own);
    assert.equal(await run(home, "program.js"), `${expected}\nmine`);
  });

  it("tells briefly of a module that is not there", async () => {
    writeFileSync(
      join(home, "missing.js"),
      `import { createPool, isMain } from "@multicore/multicore";
       const url = new URL("./not_there.js", import.meta.url).href;
       const tell = ({ code, message, stack }) => console.log(code, message.length < 1000, stack.length < 5000);
       if (isMain) {
         const pool = createPool({ workers: 1 });
         await pool.module(url).render().catch(tell);
         await pool.run(async (url) => void await import(url), url).catch((error) => tell(Object.assign(error, { code: 1 })));
         await pool.close();
         await createPool({ workers: 1, modules: [url] }).ready().catch(tell);
       }`,
    );
    const resolution = "ERR_MULTICORE_FUNCTION_RESOLUTION true true";
    assert.deepEqual((await run(home, "missing.js")).split("\n"), [resolution, "1 true true", resolution]);
  });

  it("declares its types for consumers who check libraries", async () => {
    await buildDeclarations(join(installed, "dist"));
    symlinkSync(join(root, "node_modules/@types"), join(home, "node_modules/@types"));
    writeFileSync(
      join(home, "consumer.ts"),
      `import { type Pool, ranges, run, Task } from "@multicore/multicore";
       import "@multicore/multicore/worker";
       const pairs: Iterable<readonly [number, number]> = ranges(3);
       const text: Promise<string> = run((n: number) => String(n), 1);
       const task: Task<string> = new Task<string>();
       export type { Pool };
       export { pairs, task, text };`,
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const node = [
      findRuntime("node").executable,
      tsc,
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2022",
    ];
    const { code, output } = await capture(
      [...node, "--lib", "es2024,esnext.disposable", "--types", "node", "consumer.ts"],
      { cwd: home },
    );
    assert.equal(code, 0, output);
  });

  it("keeps the names that users see", async () => {
    writeFileSync(
      join(home, "names.js"),
      `import * as all from "@multicore/multicore";
       const wrong = Object.entries(all).filter(([name, value]) => typeof value === "function" && value.name !== name);
       console.log(wrong.map(([name, value]) => name + " is called " + value.name).join(", "));
       if (all.isMain) {
         const pool = all.createPool({ workers: 1 });
         const error = await pool.run(() => ({ deep: Symbol("no") })).catch((error) => error);
         console.log(pool.constructor.name, error.constructor.name, error.constructor === all.SerializationError);
         await pool.close();
       }`,
    );
    assert.equal(await run(home, "names.js"), "Pool SerializationError true");
  });

  it("stays within 500 kB", () => {
    const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    assert.deepEqual(files, ["dist", "README.md", "LICENSE", "CHANGELOG.md"]);
    const dist = join(installed, "dist");
    const built = readdirSync(dist, { recursive: true, encoding: "utf8" }).map((name) => join(dist, name));
    assert.ok(built.some((file) => file.endsWith("mod.d.ts")), "the declarations count");
    const others = ["package.json", ...files.slice(1)].map((name: string) => join(root, name));
    const sizes = [...built, ...others].map((file) => statSync(file)).filter((file) => file.isFile());
    const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
    assert.ok(bytes > 100_000 && bytes <= 500_000, `${bytes} bytes unpacked`);
  });
});
