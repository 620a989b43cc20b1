/**
 * A copy of a revision as JavaScript: what npm ships, and what stays the same while a run is on. Without it a start
 * on Node would measure the TypeScript loader.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { root } from "../process.ts";

/** Keeps every module a file of its own. */
const perFile: Plugin = {
  name: "per-file",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) => {
      if (kind === "entry-point") return;
      return { path: path.replace(/^(\..*)\.ts$/, "$1.js"), external: true };
    });
  },
};

function filesUnder(base: string, directory: string): string[] {
  return readdirSync(join(base, directory), { recursive: true, encoding: "utf8" })
    .map((path) => `${directory}/${path.replaceAll(sep, "/")}`);
}

/**
 * Writes the library of the repository `from` to `to`, with this revision's bench if `withBench`.
 *
 * @returns the URL-able paths of the library and of the bench's child
 */
export async function takeSnapshot(from: string, to: string, withBench: boolean): Promise<string> {
  mkdirSync(to, { recursive: true });
  const directories = ["src", "adapters", ...withBench ? ["scripts/bench"] : []];
  const files = directories.flatMap((directory) => filesUnder(from, directory));
  const options: BuildOptions = {
    absWorkingDir: from,
    outbase: from,
    outdir: to,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    charset: "utf8",
    logLevel: "silent",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  };
  await build({ ...options, entryPoints: files.filter((file) => file.endsWith(".ts")), plugins: [perFile] });
  // The library itself in one file, as users of the package load it: fifty would take longer to start.
  // `sideEffects` of package.json speaks of dist/.
  await build({ ...options, entryPoints: ["mod.ts"], packages: "external", ignoreAnnotations: true });
  for (const file of files.filter((name) => name.endsWith(".py"))) {
    writeFileSync(join(to, file), readFileSync(join(from, file)));
  }
  writeFileSync(join(to, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(to, "deno.json"), JSON.stringify({ nodeModulesDir: "manual", lock: false }));
  symlinkSync(join(root, "node_modules"), join(to, "node_modules"), "junction");
  return join(to, "mod.js");
}
