/** What the pages say about the sources and each other. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { ORDER } from "../../scripts/layers.ts";
import { root } from "../../scripts/process.ts";

const guides = readdirSync(join(root, "docs")).filter((name) => /\.(?:md|txt)$/.test(name)).map((name) =>
  `docs/${name}`
);

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** All that ships, with the messages that are broken over several lines joined. */
function sources(): string {
  return ["src", "adapters"].flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".gen.ts"))
      .map((name) => read(join(directory, name)))
  ).join("\n").replace(/["'`]\s*\+\s*["'`]/g, "");
}

describe("Troubleshooting", () => {
  const messages = [...read("docs/troubleshooting.md").matchAll(/\*\*(?:Warning: )?`([^]*?)`\*\*/g)];

  it("has the messages of the sources", () => {
    const text = sources();
    assert.ok(messages.length > 30);
    const missing = messages.flatMap(([, message]) => message!.replace(/\s+/g, " ").split("…"))
      .map((part) => part.trim())
      .filter((part) => part.length > 2 && !text.includes(part) && !text.includes(part.replaceAll(`"`, `\\"`)));
    assert.deepEqual(missing, []);
  });

  it("finds the messages in a source", () => {
    const source =
      'f(`Cannot read ${g(`a ${b}`)} of "x"`); "Cannot go"; `Worker ${id} ended`; /** "Cannot talk" */ "no"';
    assert.deepEqual(messagesOf(source), ['Cannot read … of "x"', "Cannot go", "Worker … ended"]);
  });

  it("has a row for every message of the sources", () => {
    const rows = messages.map(([, message]) => message!.replace(/\s+/g, " "));
    const inSources = [...new Set(messagesOf(sources()))];
    assert.ok(inSources.length > 60, `found only ${inSources.length} messages`);
    const uncovered = inSources.filter((message) => !rows.some((row) => begins(message, row) || begins(row, message)));
    assert.deepEqual(uncovered, []);
  });
});

/** The texts of a source that begin as this library's errors do, with an ellipsis for each value. */
function messagesOf(source: string): string[] {
  const code = source.replace(/\/\*[^]*?\*\//g, "");
  const start =
    /(["`])(?=(?:Cannot|Options? |Unknown option|A task|Task |Worker \$|Function '|The (?:pool|task|machine)) ?)/g;
  return [...code.matchAll(start)].map(({ 1: quote, index }) => {
    let text = "";
    for (let i = index + 1; i < code.length && code[i] !== quote && code[i] !== "\n"; i++) {
      if (quote === "`" && code.startsWith("${", i)) {
        i = endOfValue(code, i + 1);
        text += "…";
      } else text += code[i] === "\\" ? code[++i] : code[i];
    }
    return text;
  });
}

/** Where the braces end that open at `start`. */
function endOfValue(code: string, start: number): number {
  let depth = 0;
  for (let i = start; i < code.length; i++) {
    if (code[i] === "{") depth++;
    else if (code[i] === "}" && --depth === 0) return i;
  }
  return code.length;
}

/** Whether a message begins with a pattern, in which each ellipsis stands for anything. */
function begins(message: string, pattern: string): boolean {
  const parts = pattern.trim().split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*?")}`).test(message);
}

describe("Pages", () => {
  it("link to files that exist", () => {
    const broken = ["README.md", "CONTRIBUTING.md", "src/transport/README.md", ...guides].flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .filter(([, target]) => !existsSync(join(root, dirname(page), target!)))
        .map(([, target]) => `${page}: ${target}`)
    );
    assert.deepEqual(broken, []);
  });

  it("name only exports of the library in their imports", () => {
    const exported = new Set([...read("mod.ts").matchAll(/export (?:type )?\{([^}]*)\}/g)]
      .flatMap(([, names]) => names!.split(",").map((name) => name.trim())));
    const unknown = ["README.md", ...guides].flatMap((page) =>
      [...read(page).matchAll(/import (?:type )?\{([^}]*)\} from "@multicore\/multicore"/g)]
        .flatMap(([, names]) => names!.split(",").map((name) => name.trim()).filter(Boolean))
        .filter((name) => !exported.has(name))
        .map((name) => `${page}: ${name}`)
    );
    assert.deepEqual(unknown, []);
  });
});

describe("Architecture", () => {
  const page = read("docs/architecture.md");
  const files = [...page.matchAll(/`((?:[\w.]+\/)*[\w.]+\.ts)`/g)].map(([, path]) => path!);

  it("names only files that exist", () => {
    assert.ok(files.length > 50, `found only ${files.length} names`);
    const paths = files.map((file) => /^(?:mod\.ts$|adapters\/|scripts\/)/.test(file) ? file : `src/${file}`);
    assert.deepEqual(paths.filter((path) => !existsSync(join(root, path))), []);
  });

  it("has a row for every folder of src, in the order that the check knows", () => {
    const rows = [...page.matchAll(/^\| `([\w/]+)\/` +\|/gm)].map(([, folder]) => folder!);
    assert.deepEqual(rows, ORDER.filter((place) => !place.endsWith(".ts")));
  });
});
