/** The layers of the repository, as CONTRIBUTING.md draws them: dependencies point one way, and never in a circle. */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { uncapturedInSrc } from "./captured_globals.ts";
import { root } from "./process.ts";
import { shippedFiles } from "./sources.ts";

/**
 * Folders and loose files of `src` from top to bottom: each may import itself and what stands below it. One that is not named
 * here has no place yet.
 */
export const ORDER: readonly string[] = [
  "api",
  "collections",
  "validate.ts",
  "admission",
  "pool",
  "pool/supervision",
  "pool/scheduling",
  "pool/state",
  "worker",
  "local",
  "executor",
  "options.ts",
  "option_checks.ts",
  "functions",
  "transport",
  "codec",
  "errors.ts",
  "adapter.ts",
  "stack.ts",
  "location.ts",
  "urls.ts",
  "lists.ts",
  "captured.ts",
];

/** What each folder of `adapters` may import. One that is not named here has no place yet. */
const ADAPTERS: Readonly<Record<string, RegExp>> = {
  runtime: /^(?:src\/|adapters\/(?:runtime|terminal)\/|node:)/,
  terminal: /^(?:src\/|adapters\/terminal\/|node:)/,
  bullmq: /^(?:mod\.ts$|src\/|adapters\/(?:bullmq|terminal)\/|node:|bullmq$)/,
};

/** What each entry beside `mod.ts` may import; `mod.ts` only re-exports. */
const ENTRIES: Readonly<Record<string, RegExp>> = {
  "cli.ts": /^(?:mod\.ts$|adapters\/(?:runtime|terminal)\/)/,
  "bullmq.ts": /^(?:mod\.ts$|adapters\/bullmq\/)/,
};

/** The files that each file imports, types included. */
export type ImportGraph = Readonly<Record<string, readonly string[]>>;

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

/** What `file` imports: files as `/` paths from the root, anything else by its specifier. */
function targetsOf(file: string): string[] {
  return importsOf(read(file)).map((specifier) =>
    specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier
  );
}

/** The imports of `file` that are not `allowed`. */
function strayImports(file: string, allowed: RegExp): string[] {
  return targetsOf(file).filter((target) => !allowed.test(target)).map((target) => `${file} imports ${target}`);
}

/** The imports of all shipped files. */
export function importGraph(): ImportGraph {
  const files = ["mod.ts", ...entries(), ...filesOf("src"), ...filesOf("adapters")];
  return Object.fromEntries(files.map((file) => [file, targetsOf(file)]));
}

/** The entries beside `mod.ts` that there are. */
function entries(): string[] {
  return Object.keys(ENTRIES).filter((file) => existsSync(join(root, file)));
}

/** The place of a file of `src` in `ORDER`, -1 for none. */
function rankOf(file: string): number {
  const path = file.slice("src/".length);
  return ORDER.indexOf(path.includes("/") ? posix.dirname(path) : path);
}

/** Imports of `src` that run up, from a folder to one that stands above it, and files that have no place. */
export function upwardImports(graph: ImportGraph): string[] {
  const files = Object.keys(graph).filter((file) => file.startsWith("src/"));
  const homeless = files.filter((file) => rankOf(file) < 0).map((file) =>
    `${file} stands in no folder of ORDER (scripts/layers.ts)`
  );
  const upward = files.flatMap((file) =>
    graph[file]!.filter((target) => target.startsWith("src/") && rankOf(target) >= 0 && rankOf(target) < rankOf(file))
      .map((target) => `${file} imports ${target}, which stands above it`)
  );
  return [...homeless, ...upward];
}

/** One circle of imports, the first that is found, file by file; empty if there is none. */
export function findCircle(graph: ImportGraph): string[] {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] => {
    const start = way.indexOf(file);
    if (start >= 0) return [...way.slice(start), file];
    if (done.has(file)) return [];
    for (const target of graph[file] ?? []) {
      const circle = visit(target, [...way, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of Object.keys(graph)) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

/** `src` imports only `src` and the two dependencies, and names no global of one runtime. */
export function strayInSrc(): string[] {
  const allowed = /^(?:src\/|(?:comlink|superjson)$)/;
  return filesOf("src").flatMap((file) => [
    ...strayImports(file, allowed),
    ...globalsOf(read(file)).map((name) => `${file} names ${name}`),
  ]);
}

/** The folders of `adapters` import only what `ADAPTERS` allows each, and the entries what `ENTRIES` does. */
export function strayInAdapters(): string[] {
  const inFolders = filesOf("adapters").flatMap((file) => {
    const allowed = ADAPTERS[file.split("/")[1]!];
    return allowed === undefined
      ? `${file} stands in no folder of ADAPTERS (scripts/layers.ts)`
      : strayImports(file, allowed);
  });
  return [...inFolders, ...entries().flatMap((file) => strayImports(file, ENTRIES[file]!))];
}

/** `mod.ts` only re-exports, once the adapter is registered. */
export function strayInMod(): string[] {
  const statements = read("mod.ts").replace(comments, "").split(";").map((text) => text.trim()).filter(Boolean);
  const allowed = /^(?:export (?:type )?(?:\*(?: as \w+)?|\{[^}]*\}) from|import) "\.\/[^"]+"$/;
  return statements.filter((text) => !allowed.test(text)).map((text) => `mod.ts has ${text}`);
}

/** No shipped file is longer than 300 lines. */
export function longFiles(): string[] {
  return ["mod.ts", ...entries(), ...filesOf("src"), ...filesOf("adapters")]
    .map((file) => [file, read(file).trimEnd().split("\n").length] as const)
    .filter(([, lines]) => lines > 300)
    .map(([file, lines]) => `${file} has ${lines} lines`);
}

/** Whether a source begins with a comment for the whole file, that says what it is for. */
export function hasHeader(source: string): boolean {
  return /^\/\*\*(?:(?!\*\/)[^])+ @module(?:\n| \*\/)/.test(source);
}

/** Every shipped file begins with what it is for. */
export function headlessFiles(): string[] {
  return ["mod.ts", ...entries(), ...filesOf("src"), ...filesOf("adapters")]
    .filter((file) => !hasHeader(read(file)))
    .map((file) => `${file} does not begin with a comment that says what it is for, and @module`);
}

/** Everything that breaks the layers. */
export function layers(): string {
  const graph = importGraph();
  const circle = findCircle(graph);
  return [
    ...strayInSrc(),
    ...strayInAdapters(),
    ...strayInMod(),
    ...longFiles(),
    ...headlessFiles(),
    ...uncapturedInSrc(),
    ...upwardImports(graph),
    ...(circle.length === 0 ? [] : [`a circle of imports: ${circle.join(" -> ")}`]),
  ].join("\n");
}
