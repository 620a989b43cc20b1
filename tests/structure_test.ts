/** The layers of the repository, as CONTRIBUTING.md draws them: dependencies point one way. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** TypeScript files under a directory, as `/` paths from the root; generated ones have no style. */
function filesOf(directory: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join(directory, path.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".gen.ts"));
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

const comments = /\/\*[^]*?\*\/|(?<![:"'`\w])\/\/.*$/gm;
const strings = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|\$\{[^{}]*\}|[^`\\])*`/g;

/** The specifiers that a source imports or re-exports, static and dynamic. */
function importsOf(source: string): string[] {
  const code = source.replace(comments, "");
  const found = code.matchAll(/(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*["']([^"']+)["']/g);
  return [...found].map(([, specifier]) => specifier!);
}

/** The imports of `file` that leave `allowed`, a directory of its own or a package. */
function strayImports(file: string, allowed: (target: string) => boolean): string[] {
  return importsOf(read(file))
    .filter((specifier) => {
      const target = specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
      return !allowed(target);
    })
    .map((specifier) => `${file} imports ${specifier}`);
}

describe("structure", () => {
  it("sees an import and a global where there is one", () => {
    const source = `
      import type { A } from "./a.ts"; // import "./comment.ts"
      export * from 'node:fs';
      const b = await import("../b.ts");`;
    assert.deepEqual(importsOf(source), ["./a.ts", "node:fs", "../b.ts"]);
    assert.deepEqual(globalsOf("x = globalThis.process; Deno.pid; // Bun"), ["globalThis.process", "Deno"]);
    assert.deepEqual(globalsOf("this.process(); 'Deno'; `process ${x}`; { process: 1 }"), []);
  });

  it("src imports only src and the two dependencies, never a runtime", () => {
    const allowed = (target: string): boolean => target.startsWith("src/") || /^(?:comlink|superjson)$/.test(target);
    const files = filesOf("src");
    assert.ok(files.length > 10, `found only ${files.length} files in src`);
    assert.deepEqual(files.flatMap((file) => strayImports(file, allowed)), []);
  });

  it("src names no global of one runtime", () => {
    const named = filesOf("src").flatMap((file) => globalsOf(read(file)).map((name) => `${file} names ${name}`));
    assert.deepEqual(named, []);
  });

  it("adapters import only src, each other, Node's modules and the two dependencies", () => {
    const allowed = (target: string): boolean => /^(?:src\/|adapters\/|node:|(?:comlink|superjson)$)/.test(target);
    const files = filesOf("adapters");
    assert.ok(files.length >= 4, `found only ${files.length} files in adapters`);
    assert.deepEqual(files.flatMap((file) => strayImports(file, allowed)), []);
  });

  it("mod.ts only re-exports, once the adapter is registered", () => {
    const statements = read("mod.ts").replace(comments, "").split(";").map((text) => text.trim()).filter(Boolean);
    const allowed = /^(?:export (?:type )?(?:\*(?: as \w+)?|\{[^}]*\}) from|import) "\.\/[^"]+"$/;
    assert.ok(statements.length > 0);
    assert.deepEqual(statements.filter((text) => !allowed.test(text)), []);
  });

  it("no shipped file is longer than 300 lines", () => {
    const long = ["mod.ts", ...filesOf("src"), ...filesOf("adapters")]
      .map((file) => [file, read(file).trimEnd().split("\n").length] as const)
      .filter(([, lines]) => lines > 300);
    assert.deepEqual(long, []);
  });

  it("the root holds only what belongs there", () => {
    const wanted = [
      ...["mod.ts", "src", "adapters", "tests", "scripts", "docs"],
      ...["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"],
      ...["deno.json", "package.json", "package-lock.json", "tsconfig.json"],
    ];
    const ignored = read(".gitignore").split("\n");
    const entries = readdirSync(root).filter((name) => !name.startsWith("."));
    const unwanted = entries.filter((name) => !wanted.includes(name) && !ignored.includes(`${name}/`));
    assert.deepEqual(unwanted, []);
  });
});

/** The globals of one runtime that a source names, outside comments and strings. */
function globalsOf(source: string): string[] {
  const code = source.replace(comments, "").replace(strings, '""');
  return code.match(/(?<![.\w$#])(?:globalThis\??\.)?(?:Deno|Bun|process|Buffer|require)\b(?!\s*[?:]|\w)/g) ?? [];
}
