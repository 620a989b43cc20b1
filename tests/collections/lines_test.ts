/** Files whose lines the workers read: every line once, whatever the file and wherever it is cut. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { createPool, lines, type Pool } from "../../mod.ts";
import { failure, settles, thrown } from "../pool/_support.ts";

const seed = Number(process.env["MULTICORE_SEED"] ?? Date.now() % 2 ** 31);
const timeout = 120_000;
const same = <T>(x: T): T => x;

let pool: Pool;
let folder: string;
before(() => {
  pool = createPool({ workers: 2 });
  folder = mkdtempSync(join(tmpdir(), "multicore-lines-"));
});
after(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

let files = 0;
function write(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.txt`);
  writeFileSync(path, content);
  return path;
}

const read = (path: string | URL, chunk?: number): Promise<string[]> =>
  settles(pool.map(lines(path), same, chunk === undefined ? {} : { chunk }).then((all) => all));

describe("lines()", { timeout }, () => {
  it("end with LF, CRLF, or the file", async () => {
    const cases: [string, string[]][] = [
      ["", []],
      ["a", ["a"]],
      ["a\n", ["a"]],
      ["a\nb", ["a", "b"]],
      ["a\r\nb\r\n", ["a", "b"]],
      ["a\r\nb\nc", ["a", "b", "c"]],
      ["\n", [""]],
      ["\n\n", ["", ""]],
      ["a\n\nb\n", ["a", "", "b"]],
      ["\r\n\r\na", ["", "", "a"]],
      ["a\rb\n", ["a\rb"]],
      ["a\r\r\n", ["a\r"]],
    ];
    for (const [content, expected] of cases) {
      const path = write(content);
      for (const chunk of [undefined, 1, 2, 3, 1000]) {
        assert.deepEqual(await read(path, chunk), expected, `${JSON.stringify(content)} in parts of ${chunk}`);
      }
    }
  });

  it("may be given by a file: URL", async () => {
    const url = pathToFileURL(write("x\ny\n"));
    assert.deepEqual(await read(url), ["x", "y"]);
    assert.deepEqual(await read(url.href), ["x", "y"]);
  });

  it("keep characters of several bytes whole across the borders of parts", async () => {
    const text = ["äöü", "日本語", "😀😀", "é", "", "ß"];
    for (let chunk = 1; chunk < 50; chunk++) assert.deepEqual(await read(write(text.join("\n")), chunk), text);
  });

  it("may be far longer than a part", async () => {
    const long = "é😀x".repeat(100_000);
    for (const chunk of [undefined, 1000, 65_536]) {
      assert.deepEqual(await read(write(`a\n${long}\nb\n${long}`), chunk), ["a", long, "b", long]);
    }
  });

  it("come each once, in order, whatever the file and the parts", { timeout }, async () => {
    const content = fc.array(
      fc.tuple(
        fc.oneof(fc.constant(""), fc.string({ unit: "grapheme", maxLength: 30 }), fc.constant("x".repeat(200))),
        fc.constantFrom("\n", "\r\n"),
      ),
      { maxLength: 80 },
    );
    await fc.assert(
      fc.asyncProperty(content, fc.boolean(), fc.integer({ min: 1, max: 300 }), async (parts, hasEnd, chunk) => {
        let text = parts.map(([line, end]) => line.replace(/[\r\n\ufeff]/g, "") + end).join("");
        if (!hasEnd) text = text.replace(/\r?\n$/, "");
        const expected = text.split(/\r?\n/);
        if (expected.at(-1) === "") expected.pop();
        const path = write(text);
        assert.deepEqual(await read(path, chunk), expected);
        const unordered = await settles(pool.map(lines(path), same, { chunk, ordered: false }).then((all) => all));
        assert.deepEqual(unordered.sort(), expected.slice().sort());
        const seen: string[] = [];
        for await (const line of pool.map(lines(path), same, { chunk, buffer: 50 })) seen.push(line);
        assert.deepEqual(seen, expected);
      }),
      { numRuns: process.env["MULTICORE_LONG"] === "1" ? 1000 : 25, seed },
    );
  });

  it("go through every verb", { timeout }, async () => {
    const all = Array.from({ length: 3000 }, (_, i) => `line ${i}`);
    const path = write(all.join("\n"));
    const options = { chunk: 500 };
    assert.deepEqual(
      await settles(pool.filter(lines(path), (x) => x.endsWith("7"), options).then((x) => x)),
      all.filter((x) => x.endsWith("7")),
    );
    assert.equal(await settles(pool.find(lines(path), (x) => x.endsWith("99"), options)), "line 99");
    assert.equal(await settles(pool.some(lines(path), (x) => x === "line 2999", options)), true);
    assert.equal(await settles(pool.every(lines(path), (x) => x.startsWith("line"), options)), true);
    await settles(pool.forEach(lines(path), same, options));
    const text = await settles(pool.reduce(lines(path), {
      initial: () => "",
      step: (text, line) => text + line + "\n",
      combine: (a, b) => a + b,
    }, options));
    assert.equal(text, all.map((x) => x + "\n").join(""));
    assert.equal(await settles(pool.reduce(lines(path), (a, b) => a > b ? a : b, "", options)), "line 999");
  });

  it("of JSON are parsed, and empty ones left out", async () => {
    const path = write('{"a":1}\n\n[2,"é"]\r\n\r\n3\n"x"');
    for (const chunk of [undefined, 1, 7]) {
      const options = chunk === undefined ? {} : { chunk };
      const all = await settles(pool.map(lines(path, { format: "json" }), same, options).then((all) => all));
      assert.deepEqual(all, [{ a: 1 }, [2, "é"], 3, "x"]);
    }
  });

  it("of JSON that is none fail with a SyntaxError", async () => {
    const path = write('{"a":1}\n{"a":\n{"a":3}\n');
    const error = await failure(pool.map(lines(path, { format: "json" }), same).then());
    assert.ok(error instanceof SyntaxError, String(error));
  });

  it("fail by name where the file is compressed, missing, or a folder", async () => {
    const gzipped = write(gzipSync("a\nb\n"));
    assert.match(thrown(() => lines(gzipped)).message, /gzip/);
    const missing = join(folder, "missing.txt");
    const error = thrown(() => lines(missing));
    assert.equal(error.code, "ENOENT");
    assert.match(error.message, /missing\.txt/);
    mkdirSync(join(folder, "sub"));
    const isFolder = await failure((async () => await pool.map(lines(join(folder, "sub")), same))());
    assert.match(String(isFolder.message) + String(isFolder.code), /directory|EISDIR/i);
    // deno-lint-ignore no-explicit-any
    const bad = (...args: unknown[]) => thrown(() => (lines as any)(...args));
    assert.match(bad(5).message, /path/);
    assert.match(bad(missing, { format: "xml" }).message, /'format'.*"text" or "json"/);
    assert.match(bad(missing, { encoding: "x" }).message, /encoding/);
    assert.deepEqual(await read(write("fine")), ["fine"]);
  });
});
