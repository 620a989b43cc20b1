/** Programs that were bundled, with the package inside, and are run without node_modules. */
import { join } from "node:path";
import { root } from "../process.ts";
import { findRuntime, findRuntimes } from "../runtimes.ts";
import { type Case, type Chapter, type Lab, notApplicable, plainCommand, type Result, write } from "./_lab.ts";
import { done, program, type Style } from "./_programs.ts";

/** Makes `bundle/main.<extension>` in a project. */
interface Bundler {
  readonly name: string;
  readonly style?: Style;
  /** Extension of what comes out; `js` unless stated. */
  readonly extension?: string;
  /** Gives the command. */
  readonly command: (lab: Lab) => Promise<string[]> | string[];
  /** A file of settings to write. */
  readonly files?: Record<string, string>;
  /** Runtimes that it cannot be for, with the reason. */
  readonly except?: Readonly<Record<string, string>>;
}

const entries = ["main.js", "extra.js"];

function esbuild(...options: string[]): () => string[] {
  const script = join(root, "node_modules/esbuild/bin/esbuild");
  return () => [script, ...entries, "--bundle", "--platform=node", "--outdir=bundle", "--log-level=error", ...options];
}

function bun(...options: string[]): () => string[] {
  return () => [findRuntime("bun").executable, "build", ...entries, "--outdir=bundle", ...options];
}

const cjs = { style: { self: "cjs" }, extension: "cjs" } as const;
const onlyBun = { node20: "the bundle is for Bun", node24: "the bundle is for Bun", deno: "the bundle is for Bun" };

const vite = (minify: boolean): string => `
export default {
  ssr: { noExternal: true },
  build: { ssr: true, outDir: "bundle", minify: ${minify}, rollupOptions: { input: ["main.js", "extra.js"] } },
};
`;
const rollup = (format: string): string => `
import { nodeResolve } from "@rollup/plugin-node-resolve";
export default {
  input: ["main.js", "extra.js"],
  external: /^node:/,
  output: { dir: "bundle", format: "${format}"${format === "cjs" ? `, entryFileNames: "[name].cjs"` : ""} },
  plugins: [nodeResolve()],
};
`;

function viteCommand(lab: Lab): Promise<string[]> {
  return lab.tool("vitest@4", "vite@7").then((modules) => [
    findRuntime("node").executable,
    join(modules, "vite/bin/vite.js"),
    "build",
    "--logLevel=warn",
  ]);
}

function rollupCommand(lab: Lab): Promise<string[]> {
  return lab.tool("rollup@4", "@rollup/plugin-node-resolve@16").then((modules) => [
    findRuntime("node").executable,
    join(modules, "rollup/dist/bin/rollup"),
    "-c",
    "--silent",
  ]);
}

/** Both take the same settings. */
const webpack = `
export default {
  mode: "production",
  target: "node20",
  entry: { main: "./main.js", extra: "./extra.js" },
  experiments: { outputModule: true },
  output: {
    path: import.meta.dirname + "/bundle",
    module: true,
    chunkFormat: "module",
    library: { type: "module" },
  },
  module: { parser: { javascript: { importMeta: false, url: false } } },
};
`;

/** A CommonJS bundle of the same modules. */
const webpackCommonJs = `
export default {
  mode: "production",
  target: "node20",
  entry: { main: "./main.js", extra: "./extra.js" },
  node: { __filename: false },
  output: { path: import.meta.dirname + "/bundle", library: { type: "commonjs-static" }, filename: "[name].cjs" },
};
`;

function webpackCommand(lab: Lab): Promise<string[]> {
  return lab.tool("webpack@5", "webpack-cli@7").then((modules) => [
    findRuntime("node").executable,
    join(modules, "webpack/bin/webpack.js"),
  ]);
}

function rspackCommand(lab: Lab): Promise<string[]> {
  return lab.tool("@rspack/core@1", "@rspack/cli@1").then((modules) => [
    findRuntime("node").executable,
    join(modules, "@rspack/cli/bin/rspack.js"),
    "build",
  ]);
}

const bundlers: readonly Bundler[] = [
  { name: "esbuild, ESM", command: esbuild("--format=esm") },
  { name: "esbuild, ESM, minified", command: esbuild("--format=esm", "--minify") },
  { name: "esbuild, ESM, code splitting", command: esbuild("--format=esm", "--splitting", "--minify") },
  { name: "esbuild, CommonJS", ...cjs, command: esbuild("--format=cjs", "--out-extension:.js=.cjs") },
  {
    name: "esbuild, CommonJS, minified",
    ...cjs,
    command: esbuild("--format=cjs", "--out-extension:.js=.cjs", "--minify"),
  },
  { name: "vite 7, SSR", command: viteCommand, files: { "vite.config.js": vite(false) } },
  { name: "vite 7, SSR, minified", command: viteCommand, files: { "vite.config.js": vite(true) } },
  { name: "rollup 4, ESM", command: rollupCommand, files: { "rollup.config.js": rollup("es") } },
  { name: "rollup 4, CommonJS", ...cjs, command: rollupCommand, files: { "rollup.config.js": rollup("cjs") } },
  { name: "webpack 5, ESM", command: webpackCommand, files: { "webpack.config.js": webpack } },
  { name: "webpack 5, CommonJS", ...cjs, command: webpackCommand, files: { "webpack.config.js": webpackCommonJs } },
  { name: "rspack 1, ESM", command: rspackCommand, files: { "rspack.config.js": webpack } },
  { name: "rspack 1, CommonJS", ...cjs, command: rspackCommand, files: { "rspack.config.js": webpackCommonJs } },
  { name: "bun build, for Bun", command: bun("--target=bun"), except: onlyBun },
  { name: "bun build, for Bun, minified", command: bun("--target=bun", "--minify"), except: onlyBun },
  { name: "bun build, for Node", command: bun("--target=node") },
  { name: "bun build, for Node, minified", command: bun("--target=node", "--minify") },
  {
    name: "deno bundle",
    command: () => [findRuntime("deno").executable, "bundle", "--quiet", ...entries, "--outdir", "bundle"],
    files: { "deno.json": `{ "nodeModulesDir": "manual" }\n` },
  },
  {
    name: "deno bundle, minified",
    command: () => [findRuntime("deno").executable, "bundle", "--quiet", "--minify", ...entries, "--outdir", "bundle"],
    files: { "deno.json": `{ "nodeModulesDir": "manual" }\n` },
  },
];

function bundleCases(lab: Lab, bundler: Bundler, index: number): Case[] {
  const { name, style, extension = "js", command, files = {}, except = {} } = bundler;
  let built: Promise<Result> | undefined;
  const out = join(lab.home, "bundles", `${index}`);
  const build = async (): Promise<Result> => {
    const sources = program(style);
    if (style?.self === "cjs") sources["main.js"] = sources["main.js"]!.replace("./extra.js", "./extra.cjs");
    const tools = await command(lab);
    const directory = lab.project(`bundle_${index}`, { ...sources, ...files });
    const result = await lab.expect(tools, { cwd: directory });
    if (result.state === "ok") lab.move(join(directory, "bundle"), out);
    write(out, { "package.json": `{ "type": "module" }\n` });
    return result;
  };
  return findRuntimes().map((runtime) => ({
    consumer: name,
    column: runtime.name,
    run: async () => {
      const reason = except[runtime.name];
      if (reason !== undefined) return notApplicable(reason);
      const result = await (built ??= build());
      if (result.state !== "ok") return result;
      return await lab.expect(plainCommand(runtime, `main.${extension}`), { cwd: out, output: done });
    },
  }));
}

export function bundled(lab: Lab): Chapter {
  return {
    title: "Bundled",
    intro: "The same program, with the package inside the bundle and without `node_modules` beside it; " +
      "a file for workers only is built as a second entry.",
    cases: bundlers.flatMap((bundler, index) => bundleCases(lab, bundler, index)),
  };
}
