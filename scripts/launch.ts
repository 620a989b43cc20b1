/** `npm run demo|bench|chaos|fidelity|memory -- [--runtime node|node24|deno|bun] [arguments]`: runs that program on one runtime. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { passThrough, root } from "./process.ts";
import { findRuntime, programCommand, type Runtime } from "./runtimes.ts";

const programs: Record<string, string> = {
  demo: "scripts/examples/demo.ts",
  bench: "scripts/bench/main.ts",
  chaos: "scripts/chaos/main.ts",
  fidelity: "scripts/fidelity/main.ts",
  memory: "scripts/memory/main.ts",
};

/** The runtime whose package manager started the script: `bun run demo` is to run on that very Bun. */
function callersRuntime(): Runtime {
  const [, kind, version = ""] = /^(bun|deno)\/(\S+)/.exec(process.env.npm_config_user_agent ?? "") ?? [];
  const executable = process.env.npm_execpath ?? "";
  if (kind === "bun" && /[\\/]bunx?(?:\.exe)?$/.test(executable) && existsSync(executable)) {
    return { name: "bun", kind, version, executable };
  }
  return findRuntime(kind ?? "node");
}

export async function main([name = "", ...args]: string[]): Promise<number> {
  const program = programs[name];
  if (program === undefined) {
    throw new RangeError(`Cannot launch: expected one of ${Object.keys(programs).join(", ")}: received ${name}`);
  }
  const at = args.findIndex((argument) => /^--runtime(?:=|$)/.test(argument));
  let runtime: Runtime | undefined;
  if (at >= 0) {
    const [option, following] = args.splice(at, args[at]!.includes("=") ? 1 : 2) as [string, string?];
    runtime = findRuntime(option.split("=")[1] ?? following ?? "");
  }
  return await passThrough(programCommand(runtime ?? callersRuntime(), join(root, program), args));
}
