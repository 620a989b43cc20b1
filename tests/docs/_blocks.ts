/** The code blocks of the Markdown pages, as programs. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { capture, type Outcome, root } from "../../scripts/process.ts";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";

/** One code block. */
export interface Block {
  /** The line on which it begins, counted from 1. */
  readonly line: number;
  /** The language and what follows it. */
  readonly info: string;
  readonly code: string;
  /** The name in its first line, `// file: tasks.ts`, or one made of the line's number. */
  readonly file: string;
}

/** All fenced blocks of a page. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const match of markdown.matchAll(/^```(.*)\n([^]*?)^```$/gm)) {
    const line = markdown.slice(0, match.index).split("\n").length;
    const [, info = "", code = ""] = match;
    const file = /^\/\/ file: (\S+)\n/.exec(code)?.[1] ?? `block_${line}.ts`;
    blocks.push({ line, info, code, file });
  }
  return blocks;
}

/** What a block says that it prints: the comments behind its calls of `console.log`. */
export function claimsOf(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\);? \/\/ (.+)$/gm)].map(([, text]) => text!);
}

/** Output without what differs between the runtimes: spaces, quotes, commas at ends. */
function plain(text: string): string {
  return text.replace(/["'`\s]/g, "").replace(/,(?=[\]}])/g, "");
}

const hasSqlite = await import("node:sqlite").then(() => true, () => false);
/** How many programs run at a time: they wait more than they work. */
const AT_ONCE = 3;
/** How long one program may run, in ms. */
const LIMIT = 60_000;

/** Defines the tests of some pages: each `ts` block runs by itself, prints what it claims, and ends. */
export function testPages(pages: readonly string[]): void {
  const home = mkdtempSync(join(realpathSync(tmpdir()), "multicore-docs-"));
  const module = pathToFileURL(join(root, "mod.ts")).href;
  const waiting: (() => void)[] = [];
  let running = 0;
  const run = async (file: string): Promise<Outcome> => {
    if (running++ >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await capture(programCommand(thisRuntime(), file), { cwd: home, limit: LIMIT });
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
  after(() => rmSync(home, { recursive: true, force: true }));

  const files: string[] = [];
  for (const page of pages) {
    describe(page, () => {
      const directory = join(home, basename(page, ".md"));
      const blocks = blocksOf(readFileSync(join(root, page), "utf8")).filter(({ info }) => /^ts\b/.test(info));
      mkdirSync(directory);
      for (const { file, code } of blocks) {
        files.push(join(directory, file));
        writeFileSync(join(directory, file), code.replaceAll(`"@multicore/multicore"`, JSON.stringify(module)));
      }
      it("names each file once", () => {
        assert.deepEqual(blocks.length, new Set(blocks.map(({ file }) => file)).size);
      });
      for (const { line, file, info, code } of blocks) {
        const skip = /node:sqlite/.test(code) && !hasSqlite ? "this runtime has no node:sqlite" : false;
        assert.equal(info, "ts", `${page}:${line}: every block runs`);
        const outcome = skip ? undefined : run(join(directory, file));
        it(`line ${line} runs`, { skip, timeout: 2 * LIMIT }, async () => {
          const { code: exitCode, output } = (await outcome)!;
          assert.equal(exitCode, 0, output);
          const lines = output.split("\n").map(plain);
          for (const claim of claimsOf(code)) {
            assert.ok(lines.includes(plain(claim)), `claims to print ${claim}\nbut prints ${output}`);
          }
        });
      }
    });
  }

  const skip = thisRuntime().kind !== "deno" && "checked on Deno";
  it("all blocks have the types they claim", { skip, timeout: 2 * LIMIT }, async () => {
    const config = `--config=${join(root, "deno.json")}`;
    const { code, output } = await capture([thisRuntime().executable, "check", config, ...files]);
    assert.equal(code, 0, output);
  });
}
