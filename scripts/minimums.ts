/**
 * `npm run minimums -- [--keep]`
 *
 * Runs the packed package on the oldest runtimes that package.json states: installs them from the npm registry into a
 * temporary folder, and checks what programs of several kinds print there.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Lab, plainCommand } from "./consumers/_lab.ts";
import { commonJs, done, program } from "./consumers/_programs.ts";
import { capture, root } from "./process.ts";
import type { Runtime } from "./runtimes.ts";

type Kind = Runtime["kind"];

/** The npm package with nothing but the executable for this machine, and where it stands in it. */
function packageOf(kind: Kind): { name: string; executable: string } {
  const { arch, platform } = process;
  const isWindows = platform === "win32";
  const exe = isWindows ? ".exe" : "";
  const cpu = arch === "arm64" ? "aarch64" : arch;
  switch (kind) {
    case "node":
      return { name: `node-${isWindows ? "win" : platform}-${arch}`, executable: `bin/node${exe}` };
    case "deno":
      return { name: `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`, executable: `deno${exe}` };
    case "bun":
      return { name: `@oven/bun-${isWindows ? "windows" : platform}-${cpu}`, executable: `bin/bun${exe}` };
  }
}

/** The oldest versions: `>=20.16` is 20.16.0. */
function stated(): [Kind, string][] {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    engines: Record<string, string>;
  };
  return (["node", "deno", "bun"] as const).map((kind) => {
    const numbers = /^>=(\d+)\.(\d+)(?:\.(\d+))?$/.exec(engines[kind] ?? "");
    if (numbers === null) throw new Error(`Cannot read the oldest ${kind} in package.json: received ${engines[kind]}`);
    return [kind, `${numbers[1]}.${numbers[2]}.${numbers[3] ?? 0}`];
  });
}

/** Installs a runtime, and makes sure that it is the one. */
async function install(lab: Lab, kind: Kind, version: string): Promise<Runtime> {
  const { name, executable } = packageOf(kind);
  const directory = join(lab.home, kind);
  await lab.install(directory, [`${name}@${version}`]);
  const path = join(directory, "node_modules", name, executable);
  const { output } = await capture([path, "--version"]);
  if (/\d+\.\d+\.\d+/.exec(output)?.[0] !== version) {
    throw new Error(`Cannot run ${kind} ${version}: received ${output}`);
  }
  return { name: kind, kind, version, executable: path };
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { keep: { type: "boolean", default: false } } });
  const lab = new Lab();
  let failed = 0;
  let tried = 0;
  try {
    await lab.prepare();
    const projects = {
      "modules": [lab.project("plain", program()), "main.js"],
      "CommonJS": [lab.project("required", commonJs()), "main.cjs"],
      "a path with spaces, %, # and letters outside ASCII": [lab.project("odd path é 100% #1 ü", program()), "main.js"],
    } as const;
    for (const [kind, version] of stated()) {
      const runtime = await install(lab, kind, version);
      for (const [title, [cwd, file]] of Object.entries(projects)) {
        // `require()` takes ES modules, as this package is, from 20.19 on.
        if (title === "CommonJS" && kind === "node" && /^20\.1[678]\./.test(version)) continue;
        const { state, note } = await lab.expect(plainCommand(runtime, file), { cwd, output: done });
        console.log(`${state.padEnd(7)} ${kind} ${version}, ${title} ${note}`);
        tried++;
        if (state !== "ok") failed++;
      }
    }
  } finally {
    if (values.keep) console.log(`The projects are in ${lab.home}`);
    else lab.remove();
  }
  console.log(`${tried} tried, ${failed} failed`);
  return failed === 0 && tried > 0 ? 0 : 1;
}
