/** Runs the code blocks of the guides. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/process.ts";
import { testPages } from "./_blocks.ts";

testPages(readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).sort().map((name) => `docs/${name}`));
