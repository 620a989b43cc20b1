/** The code blocks of the Markdown pages and of doc comments, as programs. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { capture, type ResultWriter, root } from "../../scripts/process.ts";
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

/** The text of a source's doc comments, each line where it stands in the source. */
export function docComments(source: string): string {
  const lines = (text: string): string => text.replace(/[^\n]+/g, "");
  let markdown = "";
  let end = 0;
  for (const { 0: comment, index } of source.matchAll(/\/\*\*[^]*?\*\//g)) {
    markdown += lines(source.slice(end, index)) + comment.slice(3, -2).replace(/^ *\*(?: |$)/gm, "");
    end = index + comment.length;
  }
  return markdown;
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

/** Defines the tests of some pages, or of the doc comments of some sources: each `ts` block runs by itself, prints what it claims, and ends. */
export function testPages(pages: readonly string[]): void {
  const home = mkdtempSync(join(realpathSync(tmpdir()), "multicore-docs-"));
  const module = pathToFileURL(join(root, "mod.ts")).href;
  const waiting: (() => void)[] = [];
  let running = 0;
  const run = async (file: string): Promise<ResultWriter> => {
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
      const directory = join(home, page.replace(/\W/g, "_"));
      const text = readFileSync(join(root, page), "utf8");
      const isSource = page.endsWith(".ts");
      const blocks = blocksOf(isSource ? docComments(text) : text).filter(({ info }) => /^ts\b/.test(info));
      assert.ok(!isSource || blocks.length > 0, `${page} has no examples`);
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
        // In doc comments `ignore` is for `deno test --doc`, which takes the example out of its module.
        assert.ok(info === "ts" || (isSource && info === "ts ignore"), `${page}:${line}: every block runs`);
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
