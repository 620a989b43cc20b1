/** `npm run docs`: writes the API reference to docs/api, from the comments of the public symbols. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { capture, root } from "./process.ts";
import { findRuntime } from "./runtimes.ts";

export async function main(): Promise<number> {
  const output = join(root, "docs/api");
  rmSync(output, { recursive: true, force: true });
  const options = ["--html", "--quiet", "--name=multicore", `--output=${output}`];
  const { code, output: text } = await capture([findRuntime("deno").executable, "doc", ...options, "mod.ts"]);
  console.log(code === 0 ? "docs/api/index.html: written" : text);
  return code ?? 1;
}
