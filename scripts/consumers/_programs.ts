/** The programs of the consumers. Each one checks its results and prints `done` with them. */
import type { Files } from "./_lab.ts";

/** What every program prints when all is right. */
export const done = "consumer: 42 6 0,1,2,3,4,5,6,7,8,9 36 boom";

/** `types` is what stands behind a parameter in TypeScript. */
function tasks(type: (name: string) => string): string {
  return `
const factor = 6;
function helper(x${type("number")})${type("number")} { return x * factor; }
export function scale(x${type("number")})${type("number")} { return helper(x); }
export function fail()${type("never")} { throw new RangeError("boom"); }
`;
}

const calls = (cast: string) => `
  const task = new Task${cast && "<string>"}();
  for (const [start, end] of ranges(items)) task.run(part, start, end);
  const parts = (await task.get()).join(",");
  const sum = await run((a${cast && ": number"}, b${cast && ": number"}) => a + b, 40, 2);
  const scaled = await run(scale, 1);
  const words = await extra.count("to be or not to be");
  const told = await run(fail).catch((error${cast && ": Error"}) => error instanceof RangeError ? error.message : "?");
  console.log("consumer:", sum, scaled, parts, words * 6, told);
  await shutdown();
`;

/** How a module names itself, in modules and in CommonJS. */
const selfOf = {
  esm: "import.meta.url",
  cjs: `pathToFileURL(__filename).href`,
};

/** How a program gets to its imports. */
export interface Style {
  /** Which module system it ends up in. */
  readonly self?: "esm" | "cjs";
  /** Extension of the files. */
  readonly extension?: "js" | "ts" | "cjs" | "mjs";
  /** How the package is imported. */
  readonly from?: string;
}

const names = "initialize, isMain, module, ranges, run, shutdown, Task";

/** Tasks in the main file, in a file that it imports, and in one that only the workers load. */
export function program({ self = "esm", extension = "js", from = "@multicore/multicore" }: Style = {}): Files {
  const typed = extension === "ts";
  const type = (name: string): string => typed ? `: ${name}` : "";
  const modules = typed ? `<typeof import("./extra.ts")>` : "";
  const main = `
import { ${names} } from "${from}";
import { pathToFileURL } from "node:url";
import { fail, scale } from "./tasks.${extension}";
export { fail, scale };

const self = ${selfOf[self]};
const items = Array.from({ length: 10 }, (_, i) => i);
export function part(start${type("number")}, end${type("number")})${type("string")} {
  return items.slice(start, end).join(",");
}

async function main()${type("Promise<void>")} {
  await initialize({ modules: [self], workers: 2 });
  const extra = module${modules}(new URL("./extra.${extension}", self));
${calls(typed ? "typed" : "")}
}

if (isMain) {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
void pathToFileURL;
`;
  return {
    [`main.${extension}`]: typed ? `import process from "node:process";${main}` : main,
    [`tasks.${extension}`]: tasks(type),
    [`extra.${extension}`]: `export function count(text${type("string")})${type("number")} {
  return text.split(" ").length;
}
`,
  };
}

/** The program in CommonJS, as it is written by hand. */
export function commonJs(): Files {
  const toCommonJs = (text: string): string =>
    text
      .replace(/^import \{ (.*) \} from ("[^"]+");$/gm, "const { $1 } = require($2);")
      .replace(/^export \{ (.*) \};$/gm, "Object.assign(module.exports, { $1 });")
      .replace(/^export function (\w+)/gm, "module.exports.$1 = $1;\nfunction $1");
  const files = program({ self: "cjs", extension: "cjs" });
  const written = Object.entries(files).map(([path, text]) => [path, toCommonJs(text)]);
  // `module` is CommonJS's own there, and Node sees the names of such an object only.
  const out = Object.fromEntries(written) as Files;
  out["main.cjs"] = out["main.cjs"]!.replace("isMain, module,", "isMain, module: pooled,").replace(
    "= module(",
    "= pooled(",
  )
    .replace(/^Object.*\n/m, "").replace(/^module.exports.part.*\n/m, "module.exports = { fail, scale, part };\n");
  return out;
}

/** Functions that use nothing but their arguments, and a file beside; for places that no worker can import. */
export function withoutModules(beside: string, from = "@multicore/multicore"): string {
  return `
import { createPool } from "${from}";
import { pathToFileURL } from "node:url";
async function main() {
  const pool = createPool({ workers: 2 });
  const items = Array.from({ length: 10 }, (_, i) => i);
  const sum = await pool.run((a, b) => a + b, 40, 2);
  const part = await pool.run(async (values) => values.join(","), items);
  const extra = pool.module(new URL("./extra.mjs", ${beside}));
  const words = await extra.count("to be or not to be");
  const told = await pool.run(() => { throw new RangeError("boom"); })
    .catch((error) => error instanceof RangeError ? error.message : "?");
  console.log("consumer:", sum, words, part, words * 6, told);
  await pool.close();
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
`;
}

/** The file beside such a program. */
export const extraModule = `export function count(text) { return text.split(" ").length; }\n`;
