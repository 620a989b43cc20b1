/** Node's permission model and Deno's permissions, with the flags that docs/permissions.md names. */
import { findRuntimes, type Runtime } from "../runtimes.ts";
import { type Case, type Chapter, type Lab, notApplicable, type Result } from "./_lab.ts";
import { done, program } from "./_programs.ts";

const selfContained = `
import { run, shutdown } from "@multicore/multicore";
try {
  console.log("sum:", await run((a, b) => a + b, 40, 2));
  await shutdown();
} catch (error) {
  console.log(error.name, error.code, error.message); // nothing is left to do: the program ends
}
`;

export function permissions(lab: Lab): Chapter {
  let directory: string | undefined;
  const cwd = (): string => directory ??= lab.project("permissions", { ...program(), "sum.js": selfContained });
  const node = ({ executable, name }: Runtime, file: string, ...flags: string[]): string[] => {
    const model = name === "node20" ? "--experimental-permission" : "--permission";
    return [executable, model, `--allow-fs-read=${lab.home}`, ...flags, file];
  };
  const deno = ({ executable }: Runtime, file: string, ...flags: string[]): string[] => {
    return [executable, "run", "--no-prompt", ...flags, file];
  };
  const rows: Record<string, (runtime: Runtime) => Promise<Result> | Result> = {
    "reading the program's folder, and workers": (runtime) => {
      if (runtime.kind === "bun") return notApplicable("Bun has no permissions");
      const command = runtime.kind === "node"
        ? node(runtime, "main.js", "--allow-worker")
        : deno(runtime, "main.js", "--allow-read=.");
      return lab.expect(command, { cwd: cwd(), output: done });
    },
    "no permission, functions of their arguments": (runtime) => {
      if (runtime.kind === "bun") return notApplicable("Bun has no permissions");
      if (runtime.kind === "node") return notApplicable("Node's model always asks for workers");
      return lab.expect(deno(runtime, "sum.js"), { cwd: cwd(), output: "sum: 42" });
    },
    "without `--allow-worker`: an error that names it": (runtime) => {
      if (runtime.kind !== "node") return notApplicable("only Node has this flag");
      const output = "ERR_MULTICORE_PERMISSION Cannot start a worker: Node's permission model needs --allow-worker";
      return lab.expect(node(runtime, "sum.js"), { cwd: cwd(), output });
    },
  };
  const cases = Object.entries(rows).flatMap(([consumer, run]) =>
    findRuntimes().map((runtime): Case => ({ consumer, column: runtime.name, run: () => run(runtime) }))
  );
  return { title: "Permissions", intro: "With the flags of [permissions](permissions.md).", cases };
}
