/**
 * Reduces the declarations that tsc wrote to those that users of the package can reach: a public type pulls in what it
 * names, and nothing else of that file.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A declaration file, taken apart. */
interface Source {
  /** The comment that describes the module. */
  readonly heading: string;
  /** The statements that declare a name, with their comments. */
  readonly statements: { readonly name: string; readonly text: string }[];
  /** Where a name that is not declared here comes from. */
  readonly imports: Map<string, Reference>;
  /** Names that are passed on from another file. */
  readonly passedOn: Map<string, Reference>;
}

interface Reference {
  readonly file: string;
  readonly typeOnly: boolean;
}

function parse(file: string): Source {
  const text = readFileSync(file, "utf8");
  const source: Source = { heading: "", statements: [], imports: new Map(), passedOn: new Map() };
  let comment = "";
  let heading = "";
  // tsc indents everything within a statement, so that one starts where a line does.
  for (const part of text.split(/^(?=\/\*\*|export |import |declare |type |interface )/m)) {
    if (part.startsWith("/**")) {
      if (part.includes("@module")) heading = part;
      else comment = part;
      continue;
    }
    const link = /^(import|export) (type )?\{([^]*)\} from "(\..*)\.ts";\s*$/.exec(part);
    const name = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const) (\w+)/.exec(part)
      ?.[1];
    if (link !== null) {
      const [, kind, type, names, path] = link;
      for (const item of names!.split(",").map((each) => each.trim()).filter(Boolean)) {
        const reference = { file: `${join(dirname(file), path!)}.d.ts`, typeOnly: !!type || item.startsWith("type ") };
        (kind === "import" ? source.imports : source.passedOn).set(item.replace(/^type /, ""), reference);
      }
    } else if (name !== undefined) {
      source.statements.push({ name, text: comment + part });
    } else if (!/^(?:import "[^"]+"|export \{\});\s*$/.test(part)) {
      throw new Error(`Cannot reduce ${file}: expected a declaration: received ${part}`);
    }
    comment = "";
  }
  return { ...source, heading };
}

/** The names that a statement uses, at most: words outside comments. */
function words(text: string): Set<string> {
  return new Set(text.replace(/\/\*[^]*?\*\//g, "").match(/[A-Za-z_$][\w$]*/g) ?? []);
}

/** Import or export statements, one a file and kind. */
function links(keyword: string, references: Iterable<[string, Reference]>, from: string): string {
  const groups = new Map<string, string[]>();
  for (const [name, { file, typeOnly }] of references) {
    const path = relativePath(dirname(from), file);
    const key = JSON.stringify([typeOnly ? `${keyword} type` : keyword, path]);
    groups.set(key, [...groups.get(key) ?? [], name]);
  }
  return [...groups].map(([key, names]) => {
    const [start, path] = JSON.parse(key);
    return `${start} { ${names.join(", ")} } from "${path}";\n`;
  }).join("");
}

function relativePath(from: string, file: string): string {
  const [a, b] = [from, file].map((path) => path.split(/[\\/]/)) as [string[], string[]];
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const up = a.length - same;
  return `${up === 0 ? "./" : "../".repeat(up)}${b.slice(same).join("/").replace(/\.d\.ts$/, ".js")}`;
}

/**
 * Makes types of shared arrays readable before TypeScript 5.7, where typed arrays take no type argument: there such a
 * type is an error, which counts as `any` where it is ignored. `Sure` puts the plain typed array in its place, where the
 * compiler lets it (5.4 does, 5.6 leaves `any`).
 */
function forOlderTypeScript(text: string): string {
  const shared = /\b(\w+Array)<SharedArrayBuffer>/g;
  const lines = text.replace(
    /^export type .*Array<SharedArrayBuffer>.*$/gm,
    (line) =>
      `// @ts-ignore: before TypeScript 5.7 typed arrays take no type argument\n${
        line.replace(shared, "Sure<$&, $1>")
      }`,
  );
  return lines === text ? text : `type Sure<T, Otherwise> = 0 extends 1 & T ? Otherwise : T;\n${lines}`;
}

/** Takes the examples out of comments: a fifth of all declarations, and the sources and their pages have them. */
function withoutExamples(text: string): string {
  return text.replace(/^ *\* @example[^]*?(?=^ *\* @|^ *\*\/)/gm, "");
}

/** The declarations that `entries` export, and what these need: file to text. */
export function reduceDeclarations(entries: readonly string[]): Map<string, string> {
  const sources = new Map<string, Source>();
  const wanted = new Map<string, Set<string>>();
  const sourceOf = (file: string): Source => {
    if (!sources.has(file)) sources.set(file, parse(file));
    return sources.get(file)!;
  };
  const want = (file: string, name: string): void => {
    const names = wanted.get(file) ?? new Set();
    wanted.set(file, names);
    const source = sourceOf(file);
    const reference = source.imports.get(name) ?? source.passedOn.get(name);
    const own = source.statements.filter((statement) => statement.name === name);
    if (names.has(name) || (reference === undefined && own.length === 0)) return; // a global, a member, a parameter
    names.add(name);
    if (reference !== undefined) want(reference.file, name);
    for (const { text } of own) words(text).forEach((word) => want(file, word));
  };
  for (const entry of entries) {
    const { statements, passedOn } = sourceOf(entry);
    wanted.set(entry, new Set());
    for (const name of [...statements.map((statement) => statement.name), ...passedOn.keys()]) want(entry, name);
  }
  return new Map([...wanted].map(([file, names]) => {
    const { heading, imports, passedOn, statements } = sourceOf(file);
    const text = (entries.includes(file) ? heading : "") +
      links("import", [...imports].filter(([name]) => names.has(name)), file) +
      links("export", [...passedOn].filter(([name]) => names.has(name)), file) +
      statements.filter(({ name }) => names.has(name)).map((statement) => statement.text).join("");
    const indented = withoutExamples(text).replace(/^(?: {4})+/gm, (spaces) => " ".repeat(spaces.length / 2)); // as the sources are
    return [file, /^(?:import|export) /m.test(text) ? forOlderTypeScript(indented) : `${indented}export {};\n`];
  }));
}
