/** `npm run build`: writes the npm package's JavaScript and declarations to dist/. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { main as generateWorker } from "./generate_worker.ts";
import { capture, root } from "./process.ts";
import { findRuntime } from "./runtimes.ts";
import { shippedFiles } from "./sources.ts";

/** Keeps every module a file of its own, since merging would move `import.meta.url`. */
const perFile: Plugin = {
  name: "per-file",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) => {
      if (kind === "entry-point") return;
      return { path: path.replace(/^(\..*)\.ts$/, "$1.js"), external: true };
    });
  },
};

/** Writes the JavaScript of the package to a directory. */
export async function buildJavaScript(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: shippedFiles(),
    outbase: root,
    outdir,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    charset: "utf8",
    logLevel: "silent",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [perFile],
  });
}

/** Writes the declarations of the package to a directory. */
export async function buildDeclarations(outdir: string): Promise<void> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { code, output } = await capture([
    findRuntime("node").executable,
    tsc,
    "-p",
    "scripts/tsconfig.build.json",
    "--outDir",
    outdir,
  ]);
  if (code !== 0) throw new Error(`Cannot write declarations:\n${output}`);
}

export async function main(): Promise<number> {
  const dist = join(root, "dist");
  await generateWorker();
  rmSync(dist, { recursive: true, force: true });
  await buildJavaScript(dist);
  await buildDeclarations(dist);
  console.log(`dist: ${shippedFiles().length} modules`);
  return 0;
}
