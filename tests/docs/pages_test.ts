/** What the pages say about the sources and each other. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
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
});

describe("Pages", () => {
  it("link to files that exist", () => {
    const broken = ["README.md", ...guides].flatMap((page) =>
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
