/**
 * Keeps the names that users see when the JavaScript is minified: those of classes and of exported functions, which
 * stand in stack traces and in what a runtime prints of an error. All other names need no room.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/** A function that sets a name, as a module that only the bundle has. */
const KEEPER = `export const keepName = (target, value) => {
  Object.defineProperty(target, "name", { value, configurable: true });
};`;

/** The files that a module re-exports from, through other such modules as well. */
export function reexported(module: string): Set<string> {
  const files = new Set<string>();
  for (const [, path] of readFileSync(module, "utf8").matchAll(/^export (?:type )?\{[^}]*\} from "(\..*)";$/gm)) {
    const file = join(dirname(module), path!);
    files.add(file);
    reexported(file).forEach((each) => files.add(each));
  }
  return files;
}

/** Has esbuild keep the names of what these files export. */
export function visibleNames(files: ReadonlySet<string>): Plugin {
  return {
    name: "visible-names",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^visible-names$/ }, () => ({ path: "keeper", namespace: "visible-names" }));
      onLoad({ filter: /./, namespace: "visible-names" }, () => ({ contents: KEEPER }));
      onLoad({ filter: /\.ts$/, namespace: "file" }, ({ path }) => {
        if (!files.has(path)) return undefined;
        const text = readFileSync(path, "utf8");
        const functions = new Set([...text.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name));
        const classes = text.replace(
          /^export (?:abstract )?class (\w+)[^{]*\{$/gm,
          (start, name) => `${start} static { keepName(this, "${name}"); }`,
        );
        if (classes === text && functions.size === 0) return undefined;
        const calls = [...functions].map((name) => `keepName(${name}, "${name}");\n`).join("");
        return { contents: `import { keepName } from "visible-names";\n${classes}\n${calls}`, loader: "ts" };
      });
    },
  };
}
