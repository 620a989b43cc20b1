/** The layers of the repository, as CONTRIBUTING.md draws them: dependencies point one way. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "./process.ts";
import { shippedFiles } from "./sources.ts";

/** TypeScript files under a directory, as `/` paths from the root; generated ones have no style. */
export function filesOf(directory: string): string[] {
  return shippedFiles().filter((path) => path.startsWith(`${directory}/`) && !path.endsWith(".gen.ts"));
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

const comments = /\/\*[^]*?\*\/|(?<![:"'`\w])\/\/.*$/gm;
const strings = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|\$\{[^{}]*\}|[^`\\])*`/g;

/** The specifiers that a source imports or re-exports, static and dynamic. */
export function importsOf(source: string): string[] {
  const code = source.replace(comments, "").replace(/`(?:\\[^]|[^`\\])*`/g, "``");
  const found = code.matchAll(/(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*["']([^"']+)["']/g);
  return [...found].map(([, specifier]) => specifier!);
}

/** The globals of one runtime that a source names, outside comments and strings. */
export function globalsOf(source: string): string[] {
  const code = source.replace(comments, "").replace(strings, '""');
  return code.match(/(?<![.\w$#])(?:globalThis\??\.)?(?:Deno|Bun|process|Buffer|require)\b(?!\s*[?:]|\w)/g) ?? [];
}

/** The imports of `file` that leave `allowed`, a directory of its own or a package. */
function strayImports(file: string, allowed: RegExp): string[] {
  return importsOf(read(file))
    .filter((specifier) => {
      const target = specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
      return !allowed.test(target);
    })
    .map((specifier) => `${file} imports ${specifier}`);
}

/** `src` imports only `src` and the two dependencies, and names no global of one runtime. */
export function strayInSrc(): string[] {
  const allowed = /^(?:src\/|(?:comlink|superjson)$)/;
  return filesOf("src").flatMap((file) => [
    ...strayImports(file, allowed),
    ...globalsOf(read(file)).map((name) => `${file} names ${name}`),
  ]);
}

/** `adapters` import only `src`, each other, Node's modules and the two dependencies. */
export function strayInAdapters(): string[] {
  const allowed = /^(?:src\/|adapters\/|node:|(?:comlink|superjson)$)/;
  return filesOf("adapters").flatMap((file) => strayImports(file, allowed));
}

/** `mod.ts` only re-exports, once the adapter is registered. */
export function strayInMod(): string[] {
  const statements = read("mod.ts").replace(comments, "").split(";").map((text) => text.trim()).filter(Boolean);
  const allowed = /^(?:export (?:type )?(?:\*(?: as \w+)?|\{[^}]*\}) from|import) "\.\/[^"]+"$/;
  return statements.filter((text) => !allowed.test(text)).map((text) => `mod.ts has ${text}`);
}

/** No shipped file is longer than 300 lines. */
export function longFiles(): string[] {
  return ["mod.ts", ...filesOf("src"), ...filesOf("adapters")]
    .map((file) => [file, read(file).trimEnd().split("\n").length] as const)
    .filter(([, lines]) => lines > 300)
    .map(([file, lines]) => `${file} has ${lines} lines`);
}

/** Everything that breaks the layers. */
export function layers(): string {
  return [...strayInSrc(), ...strayInAdapters(), ...strayInMod(), ...longFiles()].join("\n");
}
