/** `npm run build`: writes the npm package's JavaScript and declarations to dist/. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import { reduceDeclarations } from "./declarations.ts";
import { main as generateWorker } from "./generate_worker.ts";
import { capture, root } from "./process.ts";
import { findRuntime } from "./runtimes.ts";
import { reexported, visibleNames } from "./visible_names.ts";

const entries = ["mod.ts", "adapters/runtime/worker.ts"];

/** Writes the JavaScript of the package to a directory: the two entries, and one file of what both share. */
export async function buildJavaScript(outdir: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    write: false,
    outbase: root,
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "shared",
    minify: true,
    lineLimit: 500, // a runtime prints the line that an uncaught error came from
    packages: "external",
    ignoreAnnotations: true, // `sideEffects` of package.json speaks of dist/
    format: "esm",
    platform: "neutral",
    target: "es2022",
    charset: "utf8",
    logLevel: "silent",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [visibleNames(reexported(join(root, "mod.ts")))],
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, withHints(text));
  }
}

/** Tells bundlers not to look for modules that are known only at run time; a minifier drops the comments of the sources. */
function withHints(text: string): string {
  return text.replace(/\bimport\((?=[\w$]+\))/g, "import(/* webpackIgnore: true *//* @vite-ignore */");
}

/** Writes the declarations of the package to a directory: what the entries need, without what is marked internal. */
export async function buildDeclarations(outdir: string): Promise<void> {
  const everything = mkdtempSync(join(root, "node_modules/.declarations-"));
  try {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const command = [findRuntime("node").executable, tsc, "-p", "scripts/tsconfig.build.json", "--outDir", everything];
    const { code, output } = await capture(command);
    if (code !== 0) throw new Error(`Cannot write declarations:\n${output}`);
    const written = entries.map((entry) => join(everything, entry.replace(/\.ts$/, ".d.ts")));
    for (const [file, text] of reduceDeclarations(written)) {
      const target = join(outdir, relative(everything, file));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  } finally {
    rmSync(everything, { recursive: true, force: true });
  }
}

export async function main(): Promise<number> {
  const dist = join(root, "dist");
  await generateWorker();
  rmSync(dist, { recursive: true, force: true });
  await buildJavaScript(dist);
  await buildDeclarations(dist);
  console.log("dist: built");
  return 0;
}
