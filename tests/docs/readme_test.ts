/** Runs the README's code blocks. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { pathToFileURL } from "node:url";
import { capture, root } from "../../scripts/process.ts";
import { thisRuntime } from "../../scripts/runtimes.ts";
import { blocksOf, testPages } from "./_blocks.ts";

testPages(["README.md"]);

const { kind, executable } = thisRuntime();
const [example] = blocksOf(readFileSync(join(root, "README.md"), "utf8")).filter(({ info }) => info === "ts");
const numbers = Array.from({ length: 100 }, (_, i) => i).join(",");

it("the example needs only --allow-read on Deno", { skip: kind !== "deno" && "Deno only" }, async () => {
  const home = mkdtempSync(join(realpathSync(tmpdir()), "multicore-readme-"));
  try {
    const file = join(home, "example.ts");
    const module = pathToFileURL(join(root, "mod.ts")).href;
    writeFileSync(file, example!.code.replace("@multicore/multicore", module));
    const flags = ["--no-prompt", "--no-check", `--config=${join(root, "deno.json")}`, "--allow-read"];
    const { code, output } = await capture([executable, "run", ...flags, file], { limit: 60_000 });
    assert.deepEqual({ code, output: output.trim() }, { code: 0, output: numbers });
  } finally {
    rmSync(home, { recursive: true });
  }
});
