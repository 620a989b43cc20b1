/** `npm run check`: everything that can be said about the sources without running them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isCurrent } from "./generate_worker.ts";
import { layers } from "./layers.ts";
import { capture, root } from "./process.ts";
import { findRuntime } from "./runtimes.ts";

/** One step: resolves with what is wrong, or with nothing. */
type Step = () => Promise<string> | string;

function command(executable: string, ...args: string[]): Step {
  return async () => {
    const { code, output, timedOut } = await capture([executable, ...args]);
    if (timedOut) return `${output}\nkilled: it ran too long`;
    return code === 0 ? "" : output || `ended with exit code ${code}`;
  };
}

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, file), "utf8"));
}

/** deno.json and package.json describe one package. */
function agreement(): string {
  const deno = readJson("deno.json");
  const npm = readJson("package.json");
  const wrong: string[] = [];
  for (const key of ["name", "version", "license"]) {
    if (deno[key] !== npm[key]) wrong.push(`${key}: deno.json says ${deno[key]}, package.json says ${npm[key]}`);
  }
  const sources = deno.exports as Record<string, string>;
  const built = { ...npm.exports as Record<string, unknown> };
  delete built["./package.json"];
  const expected = Object.fromEntries(
    Object.entries(sources).map(([name, path]) => {
      const stem = path.replace(/^\.\//, "./dist/").replace(/\.ts$/, "");
      return [name, { types: `${stem}.d.ts`, default: `${stem}.js` }];
    }),
  );
  if (JSON.stringify(built) !== JSON.stringify(expected)) {
    wrong.push(`exports of package.json should be ${JSON.stringify(expected, null, 2)}`);
  }
  const { version, dependencies } =
    (readJson("package-lock.json").packages as Record<string, Record<string, unknown>>)[""]!;
  if (version !== npm.version) wrong.push(`version: package-lock.json says ${version}: run \`npm install\``);
  if (JSON.stringify(dependencies) !== JSON.stringify(npm.dependencies)) {
    wrong.push("dependencies: package-lock.json differs from package.json: run `npm install`");
  }
  return wrong.join("\n");
}

/** The lock file must hold on every machine, whatever registry it uses. */
function lockFile(): string {
  const resolved = readFileSync(join(root, "package-lock.json"), "utf8").match(/^\s*"resolved".*$/gm) ?? [];
  return resolved.length === 0 ? "" : `package-lock.json names registry hosts:\n${resolved.slice(0, 5).join("\n")}`;
}

function steps(): [name: string, step: Step][] {
  const deno = findRuntime("deno").executable;
  const tsc = [process.execPath, join(root, "node_modules/typescript/bin/tsc")] as const;
  const offline = "--import-map=tests/std/offline.json";
  return [
    ["deno.json, package.json and package-lock.json agree", agreement],
    ["package-lock.json names no registry", lockFile],
    ["layers", layers],
    ["inlined worker is current", async () => await isCurrent() ? "" : "run `npm run generate` and commit the result"],
    ["format", command(deno, "fmt", "--check")],
    ["lint", command(deno, "lint")],
    ["types (tsc)", command(...tsc, "-p", "tsconfig.json")],
    ["declarations (tsc)", command(...tsc, "-p", "scripts/tsconfig.build.json", "--noEmit")],
    ["types (deno)", command(deno, "check", "--no-remote", offline, "mod.ts", "adapters", "src", "tests", "scripts")],
    ["documentation", command(deno, "doc", "--quiet", "--lint", "mod.ts")],
    ["publish (dry run)", command(deno, "publish", "--dry-run", "--allow-dirty")],
  ];
}

export async function main(): Promise<number> {
  let failed = 0;
  for (const [name, step] of steps()) {
    const started = performance.now();
    const wrong = await Promise.resolve().then(step).catch((error) => String(error?.stack ?? error));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${wrong === "" ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (wrong === "") continue;
    failed++;
    console.log(wrong.trimEnd().replace(/^/gm, "    "));
  }
  return failed === 0 ? 0 : 1;
}
