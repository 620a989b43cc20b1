/** Tools that reload evaluate the program and this library once more in the same process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { capture, root } from "../../scripts/process.ts";
import { findRuntime, programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { runCommand } from "./_programs.ts";
import { fixture, until } from "./_support.ts";

const home = mkdtempSync(join(realpathSync(tmpdir()), "multicore-reload-"));
const bundle = join(home, "multicore.mjs");

const bundled = `
const { build } = await import("esbuild");
await build({
  absWorkingDir: process.argv[1], entryPoints: ["mod.ts"], outfile: process.argv[2], bundle: true, ignoreAnnotations: true,
  format: "esm", platform: "neutral", mainFields: ["module", "main"], external: ["node:*"], target: "es2022",
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
});`;

/** What `reloaded.ts` prints with that in `NODE_ENV`. */
async function reloaded(mode: string): Promise<string[]> {
  const runtime = thisRuntime();
  // Bun drops the query of a file URL, and keeps that of a path.
  const library = runtime.kind === "bun" ? bundle : pathToFileURL(bundle).href;
  const command = programCommand(runtime, fileURLToPath(fixture("programs/reloaded")), [library]);
  const { code, stdout, stderr } = await runCommand("reloaded", command, { NODE_ENV: mode });
  assert.equal(code, 0, stderr);
  return stdout;
}

describe("a library that is evaluated twice in one process", { timeout: 110_000 }, () => {
  before(async () => {
    const node = findRuntime("node").executable;
    const { code, output } = await capture([node, "--input-type=module", "-e", bundled, root, bundle]);
    assert.equal(code, 0, output);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it("closes the pools that the same file made before, in development, and those alone", async () => {
    assert.deepEqual(await reloaded("development"), [
      '{"earlier":"PoolClosedError","elsewhere":true,"later":true,"sibling":true,"late":true}',
      "pending: ok",
      "default: true",
    ]);
  });

  it("leaves all pools alone elsewhere", async () => {
    assert.deepEqual(await reloaded("production"), [
      '{"earlier":true,"elsewhere":true,"later":true,"sibling":true,"late":true}',
      "pending: ok",
      "default: true",
    ]);
  });
});

describe("bun --hot", { timeout: 110_000 }, () => {
  const skip = thisRuntime().kind === "bun" ? false : "Bun only";
  it("leaves no threads of earlier evaluations", { skip }, async () => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), "multicore-hot-"));
    const file = join(folder, "main.ts");
    const write = (round: number): void =>
      writeFileSync(
        file,
        `import { createPool, type Pool } from ${JSON.stringify(join(root, "mod.ts"))};
const all = (globalThis as { all?: Pool[] }).all ??= [];
const pool = createPool({ workers: 2 });
const value = await pool.run((x: number) => x + 1, ${round});
all.push(pool);
const left = () => all.slice(0, -1).reduce((sum, each) => sum + each.stats().workers, 0);
while (left() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
console.log(\`round \${value} of \${all.length} pools\`);
`,
      );
    write(0);
    const child = spawn(thisRuntime().executable, ["--hot", file], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => text += chunk);
    try {
      for (let round = 1; round <= 4; round++) {
        await until(() => text.includes(`round ${round} of ${round} pools`), `round ${round} is over: ${text}`);
        write(round);
      }
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
