/** docs/options.md against the sources: the options, and the defaults that the doc comments name. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createPool } from "../../mod.ts";
import { root } from "../../scripts/process.ts";

/** The sections of the page, and where the interface of each stands. */
const SECTIONS: Readonly<Record<string, readonly [file: string, name: string]>> = {
  "`createPool` and `initialize`": ["src/options.ts", "PoolOptions"],
  "`memory`": ["src/options.ts", "MemoryOptions"],
  "`resourceLimits`": ["src/adapter.ts", "ResourceLimits"],
  "A call": ["src/options.ts", "CallOptions"],
  "`retries`": ["src/options.ts", "RetryOptions"],
  "`Task`": ["src/api/task.ts", "TaskOptions"],
  "`get` and `getSync`": ["src/options.ts", "GetOptions"],
  "`close` and `shutdown`": ["src/options.ts", "CloseOptions"],
  "`ranges`": ["src/collections/ranges.ts", "RangesOptions"],
  "Collections": ["src/options.ts", "CollectionOptions"],
  "`reduce`": ["src/api/collection_runner.ts", "ReduceOptions"],
  "`sort`": ["src/collections/sort.ts", "SortOptions"],
  "`lines`": ["src/collections/lines.ts", "LinesOptions"],
};

interface Option {
  readonly name: string;
  readonly default: string | undefined;
}

/** The options of an interface, with the default that the doc comment names; `undefined` if there is no such interface. */
function optionsOf(file: string, name: string): Option[] | undefined {
  const path = join(root, file);
  const source = existsSync(path) ? readFileSync(path, "utf8") : "";
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n([^]*?)^\\}`, "m").exec(source)?.[1];
  return body?.split(/(?<=;\n)(?= {2}(?:\/\*\*|readonly))/).map((text) => ({
    name: /^ {2}(?:readonly )?(\w+)\??:/m.exec(text)![1]!,
    default: /@default ([^]*?)\n\s*\*\//.exec(text)?.[1]?.replace(/\n\s*\* */g, " ").trim(),
  }));
}

/** The rows of the page's sections. */
const rows = new Map<string, Option[]>();
for (const section of readFileSync(join(root, "docs/options.md"), "utf8").split(/^##+ /m).slice(1)) {
  const table = [...section.matchAll(/^\| `(\w+)` *\| (.*?) *\|/gm)];
  rows.set(section.slice(0, section.indexOf("\n")), table.map(([, name, text]) => ({ name: name!, default: text! })));
}

/** The options that an error says are known. */
function known(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    return /known are (.*)$/.exec((error as Error).message)![1]!.split(", ");
  }
  assert.fail("the option was taken");
}

describe("docs/options.md", () => {
  it("has a section for every interface of options", () => {
    assert.deepEqual([...rows.keys()].sort(), Object.keys(SECTIONS).sort());
    const names = [
      ...readFileSync(join(root, "src/options.ts"), "utf8").matchAll(/^export interface (\w+Options)\b/gm),
    ];
    const covered = new Set(Object.values(SECTIONS).map(([, name]) => name));
    assert.ok(names.length >= 6);
    assert.deepEqual(names.map(([, name]) => name!).filter((name) => !covered.has(name)), []);
  });

  for (const [section, [file, name]] of Object.entries(SECTIONS)) {
    const options = optionsOf(file, name);
    it(`has the options of ${name}`, { skip: options === undefined && "not in the sources" }, () => {
      const page = rows.get(section)!;
      assert.ok(options!.length > 0 && page.length > 0);
      assert.deepEqual(page.map(({ name }) => name), options!.map(({ name }) => name));
      for (const [i, option] of options!.entries()) {
        if (option.default !== undefined) assert.equal(page[i]!.default, option.default, `default of ${option.name}`);
      }
    });
  }

  it("has the options that are checked", async () => {
    const wrong = { nope: 1 } as never;
    await using pool = createPool({ workers: 1 });
    const names = (section: string) => rows.get(section)!.map(({ name }) => name).sort();
    const checked: Record<string, string[]> = {
      "`createPool` and `initialize`": known(() => createPool(wrong)),
      "`memory`": known(() => createPool({ memory: wrong })),
      "A call": known(() => pool.with(wrong)),
      "`retries`": known(() => pool.with({ retries: wrong })),
      "`get` and `getSync`": known(() => pool.task().getSync(wrong)),
    };
    for (const [section, options] of Object.entries(checked)) assert.deepEqual(options.sort(), names(section), section);
    const error = await pool.close(wrong).catch((error: unknown) => error);
    const fail = (): never => {
      throw error;
    };
    assert.deepEqual(known(fail).sort(), names("`close` and `shutdown`"));
  });
});
