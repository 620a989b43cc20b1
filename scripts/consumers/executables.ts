/** Programs that are one executable file, run in a folder of their own. */
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../process.ts";
import { findRuntime, type Runtime } from "../runtimes.ts";
import { type Case, type Chapter, type Lab, type Result, write } from "./_lab.ts";
import { done, extraModule, program, withoutModules } from "./_programs.ts";

const exe = process.platform === "win32" ? ".exe" : "";

/** Runs steps until one fails. */
async function inTurn(steps: readonly (() => Promise<Result>)[]): Promise<Result> {
  let result: Result = { state: "FAILED", note: "no step" };
  for (const step of steps) {
    result = await step();
    if (result.state !== "ok") break;
  }
  return result;
}

function folder(lab: Lab, name: string): string {
  const directory = join(lab.home, "executables", name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

function bunCompile(lab: Lab, ...options: string[]): Promise<Result> {
  const out = folder(lab, `bun${options.length}`);
  const directory = lab.project(`bun_compile_${options.length}`, program());
  const build = [findRuntime("bun").executable, "build", "--compile", "main.js", "extra.js", ...options];
  return inTurn([
    () => lab.expect([...build, `--outfile=${join(out, "program")}`], { cwd: directory }),
    () => lab.expect([join(out, `program${exe}`)], { cwd: out, output: done }),
  ]);
}

/** A single executable of Node: the bundle is put into a copy of Node with postject. */
async function nodeSea(lab: Lab, node: Runtime): Promise<Result> {
  const out = folder(lab, node.name);
  const modules = await lab.tool("postject@1.0.0-alpha.6");
  const directory = lab.project(`sea_${node.name}`, {
    "main.js": withoutModules("pathToFileURL(process.execPath)"),
    "sea.json": JSON.stringify({ main: "main.cjs", output: "sea.blob", disableExperimentalSEAWarning: true }),
  });
  write(out, { "extra.mjs": extraModule });
  const program = join(out, `program${exe}`);
  copyFileSync(node.executable, program);
  chmodSync(program, 0o755);
  const esbuild = [join(root, "node_modules/esbuild/bin/esbuild"), "main.js", "--bundle", "--platform=node"];
  const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
  const postject = [findRuntime("node").executable, join(modules, "postject/dist/cli.js"), program, "NODE_SEA_BLOB"];
  const inject = [...postject, "sea.blob", "--sentinel-fuse", fuse];
  return await inTurn([
    () => lab.expect([...esbuild, "--minify", "--outfile=main.cjs", "--log-level=error"], { cwd: directory }),
    () => lab.expect([node.executable, "--experimental-sea-config", "sea.json"], { cwd: directory }),
    () => lab.expect(inject, { cwd: directory }),
    () => lab.expect([program], { cwd: out, output: done }),
  ]);
}

async function denoCompile(lab: Lab): Promise<Result> {
  const deno = findRuntime("deno").executable;
  const out = folder(lab, "deno");
  const program = join(out, `program${exe}`);
  const directory = lab.project("deno_compile", {
    "main.js": withoutModules("import.meta.url"),
    "extra.mjs": extraModule,
    "empty.js": "",
    "deno.json": `{ "nodeModulesDir": "manual" }\n`,
  });
  const compile = [deno, "compile", "--quiet", "-A"];
  const lacking = await lab.lacksNetwork([...compile, "-o", join(out, `empty${exe}`), "empty.js"], directory);
  if (lacking) return { state: "not tried", note: "Deno's base binary is not available without network" };
  return await inTurn([
    () => lab.expect([...compile, "--include", "extra.mjs", "-o", program, "main.js"], { cwd: directory }),
    () => lab.expect([program], { cwd: out, output: done }),
  ]);
}

export function executables(lab: Lab): Chapter {
  const cases: Case[] = [
    { consumer: "bun build --compile", column: "bun", run: () => bunCompile(lab) },
    { consumer: "bun build --compile, minified", column: "bun", run: () => bunCompile(lab, "--minify") },
    ...["node20", "node24"].map((name): Case => ({
      consumer: "Node's single executable (postject)",
      column: name,
      run: () => nodeSea(lab, findRuntime(name)),
    })),
    { consumer: "deno compile", column: "deno", run: () => denoCompile(lab) },
  ];
  return {
    title: "Single executables",
    intro: "Bun's holds the task functions and the file for workers. In Node's the functions use nothing but their " +
      "arguments, and `pool.module` calls a file beside the executable.",
    cases,
  };
}
