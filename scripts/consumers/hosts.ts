/** The package inside of something else: a test runner, a thread, a child process. */
import { join } from "node:path";
import { findRuntimes, type Runtime } from "../runtimes.ts";
import { type Case, type Chapter, type Files, type Lab, notApplicable, plainCommand, type Result } from "./_lab.ts";
import { done, extraModule, program, withoutModules } from "./_programs.ts";

const vitestFiles: Files = {
  "helper.js": `export function helper(x) { return x * 6; }\n`,
  "tasks.js": `import { helper } from "./helper.js";\nexport function scale(x) { return helper(x); }\n`,
  "consumer.test.js": `
import { afterAll, expect, test } from "vitest";
import { createPool, FunctionResolutionError } from "@multicore/multicore";
import { scale } from "./tasks.js";
const tasks = new URL("./tasks.js", import.meta.url);
const pool = createPool({ workers: 2, modules: [tasks] });
afterAll(() => pool.close());
test("a function of its arguments", async () => {
  expect(await pool.run((a, b) => a + b, 40, 2)).toBe(42);
});
test("pool.module", async () => {
  expect(await pool.module(tasks).scale(7)).toBe(42);
});
test("a function that vitest rewrote is refused, and the error says what to do", async () => {
  const error = await pool.run(scale, 7).catch((cause) => cause);
  expect(error).toBeInstanceOf(FunctionResolutionError);
  expect(error.message).toMatch(/exports one of that name with another source.*pool\\.module/);
});
`,
};

/** Programs that start the program of every consumer inside of something. */
const starters: Readonly<Record<string, string>> = {
  "a thread of `node:worker_threads`": `
import { Worker } from "node:worker_threads";
const worker = new Worker(new URL("./main.js", import.meta.url));
worker.on("error", (error) => { console.error(error); process.exit(1); });
worker.on("exit", (code) => { process.exitCode = code; });
`,
  "a child of `child_process.fork`": `
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
const child = fork(fileURLToPath(new URL("./main.js", import.meta.url)));
child.on("exit", (code) => { process.exitCode = code ?? 1; });
`,
  "a child of `node:cluster`": `
import cluster from "node:cluster";
if (cluster.isPrimary) {
  const child = cluster.fork();
  child.on("exit", (code) => { process.exitCode = code ?? 1; });
} else {
  await import("./inside.js");
  while (!globalThis.finished) await new Promise((resolve) => setTimeout(resolve, 10));
  process.exit(0);
}
`,
};

function started(lab: Lab, [consumer, starter]: [string, string]): Case[] {
  let directory: string | undefined;
  const run = (runtime: Runtime): Promise<Result> => {
    directory ??= lab.project(consumer.replace(/\W+/g, "_"), {
      ...program(),
      "inside.js": withoutModules("import.meta.url").replace("await pool.close();", "$& globalThis.finished = true;"),
      "extra.mjs": extraModule,
      "start.js": `import process from "node:process";${starter}`,
    });
    return lab.expect(plainCommand(runtime, "start.js"), { cwd: directory, output: done });
  };
  return findRuntimes().map((runtime) => ({
    consumer,
    column: runtime.name,
    run: () => run(runtime),
  }));
}

function vitest(lab: Lab, pool: string): Case[] {
  const consumer = `vitest 4, pool \`${pool}\``;
  return findRuntimes().map((runtime) => ({
    consumer,
    column: runtime.name,
    run: async () => {
      if (runtime.kind !== "node") return notApplicable("vitest is for Node");
      const modules = await lab.tool("vitest@4", "vite@7");
      const directory = lab.project(`vitest_${pool}_${runtime.name}`, vitestFiles);
      const command = [runtime.executable, join(modules, "vitest/vitest.mjs"), "run", `--pool=${pool}`];
      return await lab.expect(command, { cwd: directory, output: "3 passed" });
    },
  }));
}

const jestFiles: Files = {
  "package.json": `{ "private": true }\n`,
  "babel.config.json": `{ "presets": [["@babel/preset-env", { "targets": { "node": "20" } }]] }\n`,
  "jest.config.json":
    `{ "transformIgnorePatterns": ["/node_modules/(?!(@multicore|superjson|copy-anything|comlink)/)"] }\n`,
  "tasks.mjs": `const factor = 6;\nexport function scale(x) { return x * factor; }\n`,
  "consumer.test.js": `
import { createPool } from "@multicore/multicore";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
const tasks = pathToFileURL(join(__dirname, "tasks.mjs"));
const pool = createPool({ workers: 2, modules: [tasks] });
afterAll(() => pool.close());
test("a function of its arguments", async () => {
  expect(await pool.run((a, b) => a + b, 40, 2)).toBe(42);
});
test("pool.module", async () => {
  expect(await pool.module(tasks).scale(7)).toBe(42);
});
`,
};

/** Jest makes CommonJS of the test and of the package. */
function jest(lab: Lab, environment: string): Case[] {
  return findRuntimes().map((runtime) => ({
    consumer: `jest 30, environment \`${environment}\``,
    column: runtime.name,
    run: async () => {
      if (runtime.kind !== "node") return notApplicable("jest is for Node");
      const modules = await lab.tool("jest@30", "jest-environment-jsdom@30", "@babel/preset-env@7");
      const directory = lab.project(`jest_${environment}_${runtime.name}`, jestFiles);
      const command = [runtime.executable, join(modules, "jest/bin/jest.js"), `--env=${environment}`];
      return await lab.expect(command, { cwd: directory, output: "2 passed" });
    },
  }));
}

/** Tools that hook how Node loads modules, with the package that brings them and the program that they load. */
const hooks: readonly [flags: readonly string[], packages: readonly string[], file: string][] = [
  [["--import", "./tracer.mjs"], ["import-in-the-middle@3"], "main.js"],
  [["--import", "@oxc-node/core/register"], ["@oxc-node/core"], "main.js"],
  [["--require", "ts-node/register/transpile-only"], ["ts-node@10", "typescript@5"], "cjs/main.ts"],
  [["--require", "esbuild-register"], ["esbuild-register@3", "esbuild"], "cjs/main.ts"],
  [["--import", "tsx"], ["tsx@4"], "cjs/main.ts"],
];

function hooked(lab: Lab, [flags, packages, file]: (typeof hooks)[number]): Case[] {
  return findRuntimes().map((runtime) => ({
    consumer: `\`node ${flags.join(" ")}\``,
    column: runtime.name,
    run: async () => {
      if (runtime.kind !== "node") return notApplicable("such hooks are for Node");
      await lab.tool(...packages);
      const typed = Object.entries(program({ self: "cjs", extension: "ts" }));
      const directory = lab.project(`hooked_${flags.join("_").replace(/\W+/g, "_")}_${runtime.name}`, {
        ...program(),
        "tracer.mjs":
          `import { register } from "node:module";\nregister("import-in-the-middle/hook.mjs", import.meta.url);\n`,
        "cjs/package.json": `{ "private": true }\n`,
        "cjs/tsconfig.json":
          `{ "compilerOptions": { "module": "commonjs", "moduleResolution": "node", "target": "es2022", "esModuleInterop": true } }\n`,
        ...Object.fromEntries(
          typed.map(([path, text]) => [`cjs/${path}`, text.replaceAll(/(from "\.\/\w+)\.ts"/g, '$1"')]),
        ),
      });
      return await lab.expect(plainCommand(runtime, file, flags), { cwd: directory, output: done });
    },
  }));
}

export function hosts(lab: Lab): Chapter {
  return {
    title: "Inside of something else",
    intro: "In vitest, `pool.module` and functions of their arguments work; an exported function that vitest rewrote " +
      "is refused with an error that names `pool.module`.",
    cases: [
      ...vitest(lab, "threads"),
      ...vitest(lab, "forks"),
      ...jest(lab, "node"),
      ...jest(lab, "jsdom"),
      ...hooks.flatMap((each) => hooked(lab, each)),
      ...Object.entries(starters).flatMap((each) => started(lab, each)),
    ],
  };
}
