/** The package from its tarball in projects of several kinds. */
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../process.ts";
import { findRuntimes, type Runtime } from "../runtimes.ts";
import {
  type Case,
  type Chapter,
  type Files,
  type Lab,
  notApplicable,
  plainCommand,
  type Result,
  write,
} from "./_lab.ts";
import { commonJs, done, extraModule, program, withoutModules } from "./_programs.ts";

/** Projects that every runtime can share: they only read. */
function rows(lab: Lab): Record<string, (runtime: Runtime) => Promise<Result>> {
  const shared = (name: string, files: () => Files): () => string => {
    let directory: string | undefined;
    return () => directory ??= lab.project(name, files());
  };
  const plain = shared("plain", program);
  const typed = shared("typed", () => program({ extension: "ts" }));
  const required = shared("required", commonJs);
  const odd = shared("odd path é 100% #1 ü", program);
  const run = (runtime: Runtime, cwd: string, file: string): Promise<Result> =>
    lab.expect(plainCommand(runtime, file), { cwd, output: done });
  let link: string | undefined;
  let workspace: Promise<string> | undefined;
  let empty: Promise<string> | undefined;
  return {
    "installed by npm in an empty project": async (runtime) => {
      empty ??= (async () => {
        const directory = join(lab.home, "empty");
        await lab.install(directory, [lab.tarball]);
        write(directory, { "index.mjs": withoutModules("import.meta.url"), "extra.mjs": extraModule });
        return directory;
      })();
      return run(runtime, await empty, "index.mjs");
    },
    "modules: tasks in the main file, another file, a file for workers only": (runtime) =>
      run(runtime, plain(), "main.js"),
    "the same in TypeScript": async (runtime) => {
      if (runtime.name === "node20") return notApplicable("Node 20 runs no TypeScript");
      return await run(runtime, typed(), "main.ts");
    },
    "CommonJS: require()": (runtime) => run(runtime, required(), "main.cjs"),
    "a path with spaces, %, # and letters outside ASCII": (runtime) => run(runtime, odd(), "main.js"),
    "a project behind a symbolic link": (runtime) => {
      if (link === undefined) symlinkSync(plain(), link = join(lab.home, "link"), "junction");
      return run(runtime, link, join(link, "main.js"));
    },
    "a package of an npm workspace": async (runtime) => {
      workspace ??= (async () => {
        const directory = join(lab.home, "workspace");
        await lab.install(directory, []);
        write(directory, {
          "package.json": `{ "private": true, "workspaces": ["packages/*"] }\n`,
          "packages/app/package.json": JSON.stringify({
            name: "app",
            version: "1.0.0",
            type: "module",
            dependencies: { "@multicore/multicore": `file:${lab.tarball}`, tasks: "*" },
          }),
          "packages/tasks/package.json":
            `{ "name": "tasks", "version": "1.0.0", "type": "module", "exports": "./tasks.js" }`,
        });
        const { "tasks.js": tasks = "", "main.js": main = "", "extra.js": extra = "" } = program();
        write(join(directory, "packages"), {
          "tasks/tasks.js": tasks,
          "app/main.js": main.replace('"./tasks.js"', '"tasks"'),
          "app/extra.js": extra,
        });
        await lab.install(directory, []);
        return join(directory, "packages/app");
      })();
      return run(runtime, await workspace, "main.js");
    },
  };
}

/** Deno as it loads the package from JSR: TypeScript sources, through `links`. */
function fromJsr(lab: Lab): Promise<Result> {
  const linked = join(lab.home, "linked");
  mkdirSync(linked, { recursive: true });
  for (const name of ["mod.ts", "deno.json", "package.json", "src", "adapters"]) {
    cpSync(join(root, name), join(linked, name), { recursive: true });
  }
  const directory = lab.project("jsr", {
    ...program({ extension: "ts", from: "jsr:@multicore/multicore@*" }),
    "deno.json": JSON.stringify({ links: ["../../../linked"], nodeModulesDir: "manual" }),
  });
  cpSync(join(directory, "node_modules"), join(linked, "node_modules"), { recursive: true });
  const deno = findRuntimes().find(({ kind }) => kind === "deno")!;
  return lab.expect(plainCommand(deno, "main.ts"), { cwd: directory, output: done });
}

export function installed(lab: Lab): Chapter {
  const cases: Case[] = [];
  for (const [consumer, run] of Object.entries(rows(lab))) {
    for (const runtime of findRuntimes()) cases.push({ consumer, column: runtime.name, run: () => run(runtime) });
  }
  for (const { name, kind } of findRuntimes()) {
    const run = (): Promise<Result> | Result => kind === "deno" ? fromJsr(lab) : notApplicable("Only Deno has `links`");
    cases.push({ consumer: "the sources, as from JSR (`links`)", column: name, run });
  }
  return { title: "Installed", intro: "The tarball in `node_modules`, no build step.", cases };
}
