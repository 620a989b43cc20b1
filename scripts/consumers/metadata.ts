/** What publint and arethetypeswrong say, and how large the package is. */
import { join } from "node:path";
import { findRuntime } from "../runtimes.ts";
import { type Chapter, type Lab, ok, type Result } from "./_lab.ts";

/** Bytes of the unpacked package, without source maps. */
const LARGEST = 300_000;

function size({ packed }: Lab): Result {
  const files = packed.files.filter(({ path }) => !path.endsWith(".map"));
  const sum = files.reduce((total, file) => total + file.size, 0);
  for (const file of files.sort((a, b) => b.size - a.size)) {
    console.log(`${String(file.size).padStart(8)} ${file.path}`);
  }
  console.log(`${String(sum).padStart(8)} bytes in ${files.length} files`);
  return sum < LARGEST ? ok : { state: "FAILED", note: `${sum} bytes` };
}

export function metadata(lab: Lab): Chapter {
  const node = findRuntime("node").executable;
  const tool = async (packages: string, script: string, ...args: string[]): Promise<Result> => {
    const modules = await lab.tool(packages);
    return await lab.expect([node, join(modules, script), ...args], { cwd: lab.home, show: true });
  };
  const column = "result";
  return {
    title: "Metadata",
    intro: `publint with \`--strict\`; arethetypeswrong with all its rules, ESM only; ${LARGEST / 1000} kB at most.`,
    cases: [
      {
        consumer: "publint 0.3",
        column,
        run: () => tool("publint@0.3", "publint/src/cli.js", "run", "--strict", "--pack", "false", lab.installed),
      },
      {
        consumer: "arethetypeswrong 0.18",
        column,
        run: () =>
          tool("@arethetypeswrong/cli@0.18", "@arethetypeswrong/cli/dist/index.js", lab.tarball, "--profile=esm-only"),
      },
      { consumer: "unpacked size", column, run: () => size(lab) },
    ],
  };
}
