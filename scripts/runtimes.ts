/** The runtimes that tests, demo, bench, chaos and fidelity run on, and how each runs a TypeScript program. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./process.ts";

/** One runtime on this machine. */
export interface Runtime {
  /** `node20` (the machine's own Node, by its real version), `node24`, `deno` or `bun`. */
  name: string;
  /** Which program it is. */
  kind: "node" | "deno" | "bun";
  /** Its version as it states it, such as `24.21.0`. */
  version: string;
  /** The path of its executable. */
  executable: string;
}

const modules = join(root, "node_modules");
const exe = process.platform === "win32" ? ".exe" : "";

/** What an executable says about itself, or `undefined` when it does not start or is another program. */
function versionOf(kind: Runtime["kind"], executable: string): string | undefined {
  const args = kind === "node" ? ["-p", "process.versions.bun ? '' : process.versions.node"] : ["--version"];
  const { status, stdout } = spawnSync(executable, args, { encoding: "utf8", timeout: 60_000 });
  return status === 0 ? /^(?:deno )?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] : undefined;
}

function isInModules(path: string): boolean {
  return (realpathSync(path) + sep).includes(`${sep}node_modules${sep}`);
}

/** The machine's own Node: the one that runs npm, this process's, or the first on the PATH. */
function ownNode(): Runtime {
  const paths = (process.env.PATH ?? "").split(delimiter).map((path) => join(path, `node${exe}`));
  for (const executable of [process.env.npm_node_execpath ?? "", process.execPath, ...paths]) {
    if (!/^node/.test(executable.split(/[\\/]/).at(-1)!)) continue;
    if (!existsSync(executable) || isInModules(executable)) continue;
    const version = versionOf("node", executable);
    if (version === undefined) continue;
    const major = parseInt(version);
    if (major < 20) throw new Error(`Cannot use ${executable} as Node must be 20 or newer: received ${version}`);
    return { name: `node${major}`, kind: "node", version, executable };
  }
  throw new Error("Cannot find a Node on this machine outside node_modules: install Node 20 or newer");
}

/** A runtime that is an npm package of ours. */
function packaged(name: string, kind: Runtime["kind"], directory: string, executable: string): Runtime {
  const path = join(modules, directory, executable);
  const version = existsSync(path) ? versionOf(kind, path) : undefined;
  if (version === undefined) {
    throw new Error(
      `Cannot run ${join("node_modules", directory, executable)}: run \`npm ci\` with install scripts on`,
    );
  }
  const expected = JSON.parse(readFileSync(join(modules, directory, "package.json"), "utf8")).version;
  if (version !== expected) throw new Error(`Cannot use ${path} as it must be ${expected}: received ${version}`);
  return { name, kind, version, executable: path };
}

/** Every runtime, the machine's own Node first; its version takes the place of the packaged Node of the same major. */
export function findRuntimes(): Runtime[] {
  const found = [
    ownNode(),
    packaged("node24", "node", "node24", `bin/node${exe}`),
    packaged("deno", "deno", "deno", `deno${exe}`),
    packaged("bun", "bun", "bun", "bin/bun.exe"),
  ];
  return found.filter(({ name }, index) => found.findIndex((other) => other.name === name) === index);
}

/** The runtime of that name; `node` is the machine's own. */
export function findRuntime(name: string): Runtime {
  if (name === "node") return ownNode();
  const all = findRuntimes();
  const runtime = all.find((candidate) => candidate.name === name);
  if (runtime !== undefined) return runtime;
  const names = ["node", ...all.map((candidate) => candidate.name)].join(", ");
  throw new RangeError(`Cannot find runtime: expected one of ${names}: received ${name}`);
}

/** The runtime that runs this very code. */
export function thisRuntime(): Runtime {
  const { bun, node } = process.versions;
  const deno = process.versions["deno"];
  const kind = deno !== undefined ? "deno" : bun !== undefined ? "bun" : "node";
  const version = deno ?? bun ?? node;
  return { name: kind === "node" ? `node${parseInt(node)}` : kind, kind, version, executable: process.execPath };
}

/** The options a Node needs to load TypeScript: none where it strips types by itself. */
export function nodeOptions({ version }: Runtime): string[] {
  const [major, minor] = version.split(".").map(Number) as [number, number];
  const native = major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
  return native ? [] : ["--import", pathToFileURL(join(root, "scripts/loader.mjs")).href];
}

/** The command that runs a TypeScript program on a runtime. */
export function programCommand(runtime: Runtime, file: string, args: readonly string[] = []): string[] {
  const { kind, executable } = runtime;
  switch (kind) {
    case "node":
      return [executable, ...nodeOptions(runtime), file, ...args];
    case "deno":
      return [executable, "run", "-A", "--no-check", `--config=${join(root, "deno.json")}`, file, ...args];
    case "bun":
      return [executable, file, ...args];
  }
}

/** Prints every runtime and its version. */
export function main(): number {
  for (const { name, version, executable } of findRuntimes()) {
    console.log(`${name.padEnd(8)}${version.padEnd(10)}${executable}`);
  }
  return 0;
}
