/** The declarations, compiled by several versions of TypeScript with `skipLibCheck: false`. */
import { join } from "node:path";
import { findRuntime } from "../runtimes.ts";
import type { Case, Chapter, Files, Lab, Result } from "./_lab.ts";
import { typedProgram } from "./_typed.ts";

/** Versions of TypeScript, each with declarations of Node's that it can read. */
const versions: readonly (readonly [typescript: string, node: string])[] = [
  ["5.4", "22.7"],
  ["5.6", "22.7"],
  ["5.9", "24"],
  ["6.0", "26"],
  ["7.0", "26"],
];

/** Compiler options besides the strict ones. */
const settings: Readonly<Record<string, object>> = {
  "`NodeNext`, @types/node": { module: "NodeNext", types: ["node"], lib: ["ES2022"] },
  "`Bundler`, @types/node": { module: "ESNext", moduleResolution: "Bundler", types: ["node"], lib: ["ES2022"] },
  "`NodeNext`, without @types/node": {
    module: "NodeNext",
    types: [],
    lib: ["ES2022", "DOM", "ESNext.Disposable"],
  },
};

async function compile(lab: Lab, typescript: string, node: string, options: object): Promise<Result> {
  const name = typescript.replace(".", "");
  const files: Files = {
    ...typedProgram,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        ...options,
        target: "ES2022",
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        typeRoots: [`./node_modules/@types`],
      },
      files: ["consumer.ts"],
    }),
  };
  const modules = await lab.tool(`types${name}@npm:typescript@${typescript}`, `node${name}@npm:@types/node@${node}`);
  const directory = lab.project(`types_${name}_${JSON.stringify(options).replace(/\W+/g, "_")}`, files);
  lab.copy(join(modules, `node${name}`), join(directory, "node_modules/@types/node"));
  for (const each of ["undici-types"]) {
    const nested = join(modules, `node${name}/node_modules`, each);
    lab.copy(lab.exists(nested) ? nested : join(modules, each), join(directory, "node_modules", each));
  }
  const tsc = join(modules, `types${name}/bin/tsc`);
  return await lab.expect([findRuntime("node").executable, tsc, "-p", "."], { cwd: directory });
}

export function types(lab: Lab): Chapter {
  const cases = versions.flatMap(([typescript, node]) =>
    Object.entries(settings).map(([name, options]): Case => ({
      consumer: `TypeScript ${typescript}`,
      column: name,
      run: () => compile(lab, typescript, node, options),
    }))
  );
  return {
    title: "Types",
    intro: "A program that uses the whole public API, with `strict`, `exactOptionalPropertyTypes` and without " +
      "`skipLibCheck`. Without @types/node the settings need `lib` with `DOM` and `ESNext.Disposable`.",
    cases,
  };
}
