/** All values of `npm run fidelity`, through this library. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cases } from "../../scripts/fidelity/cases/mod.ts";
import { runCell } from "../../scripts/fidelity/cell.ts";
import { RIGHT } from "../../scripts/fidelity/protocol.ts";
import { thisRuntime } from "../../scripts/runtimes.ts";

const timeout = 110_000;

describe("fidelity", { timeout }, () => {
  it("has no two cases of one title", () => {
    assert.equal(new Set(cases.map(({ title }) => title)).size, cases.length);
  });

  it("finds every value right in this library", { timeout }, async () => {
    const { fails, findings } = await runCell(thisRuntime(), "multicore", cases.map(({ title }) => title));
    assert.equal(fails, undefined);
    assert.equal(findings.size, cases.length);
    const wrong = [...findings].filter(([, { verdict }]) => verdict !== "none" && !RIGHT.includes(verdict));
    assert.deepEqual(wrong, []);
  });
});
