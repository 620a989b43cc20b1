/** Runs the examples in the doc comments of the public API. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { describe, it } from "node:test";
import * as api from "../../mod.ts";
import { capture, root } from "../../scripts/process.ts";
import { thisRuntime } from "../../scripts/runtimes.ts";
import { reexported } from "../../scripts/visible_names.ts";
import { blocksOf, docComments, testPages } from "./_blocks.ts";

const sources = ["mod.ts", ...[...reexported(join(root, "mod.ts"))].map((file) => relative(root, file))]
  .map((file) => file.replaceAll(sep, "/"))
  .filter((file) => read(file).includes("@example"));

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

testPages(sources);

describe("Doc comments", () => {
  it("lose nothing but their frame", () => {
    const source = "const a = 1;\n/**\n * Says.\n *\n * ```ts\n *   b(); // * 2\n * ```\n */\nb();\n/** c */";
    const markdown = docComments(source);
    assert.equal(markdown, "\n\nSays.\n\n```ts\n  b(); // * 2\n```\n \n\n c ");
    assert.deepEqual(blocksOf(markdown).map(({ line, code }) => [line, code]), [[5, "  b(); // * 2\n"]]);
  });

  it("have an example for every public function, for Task and for isMain", () => {
    const comments = new Map(
      sources.flatMap((file) =>
        [...read(file).matchAll(/^\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport (?:async )?(?:function|class|const) (\w+)/gm)]
          .map(([, comment, name]) => [name!, comment!])
      ),
    );
    const isError = (value: unknown): boolean => typeof value === "function" && value.prototype instanceof Error;
    const names = Object.entries(api).filter(([, value]) => !isError(value)).map(([name]) => name);
    assert.ok(names.length > 15);
    assert.deepEqual(names.filter((name) => !comments.get(name)?.includes("@example")), []);
  });

  const { kind, executable } = thisRuntime();
  const skip = kind !== "deno" && "Deno only";
  it("pass deno test --doc", { skip, timeout: 120_000 }, async () => {
    const flags = ["--no-check", "--no-remote"]; // the types were checked above
    const { code, output } = await capture([executable, "test", "--doc", "-A", ...flags, ...sources], { cwd: root });
    assert.equal(code, 0, output);
    assert.match(output, /\d+ passed/);
  });
});
