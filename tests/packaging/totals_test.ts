/** The test runner's own tests: a total it misread would be a test run that cannot fail. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTotals } from "../../scripts/test_totals.ts";

describe("parseTotals()", () => {
  it("reads Node's summary and counts cancelled tests as failed", () => {
    const output = "✔ one (1ms)\nℹ tests 9\nℹ pass 5\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 1\n";
    assert.deepEqual(parseTotals("node", output, "tests/a_test.ts"), { passed: 5, failed: 2, skipped: 2 });
  });

  it("does not take Node's entry for a file without tests for a test", () => {
    const output = "✔ /some where/tests/a_test.ts (178.8ms)\nℹ tests 1\nℹ pass 1\nℹ fail 0\n";
    assert.deepEqual(parseTotals("node", output, "tests/a_test.ts"), { passed: 0, failed: 0, skipped: 0 });
  });

  it("counts the innermost tests of Deno's report", () => {
    const output = [
      "suite ...",
      "  one ...",
      "------- output -------",
      "noise ... ok (1ms)",
      "----- output end -----",
      "  one ... ok (1ms)",
      "  two ... ignored (0ms)",
      "  inner ...",
      "    in ... \x1b[0m\x1b[31mFAILED\x1b[0m (3ms)",
      "  inner ... FAILED (due to 1 failed step) (3ms)",
      "suite ... FAILED (due to 1 failed step) (4ms)",
      "top ... ok (1ms)",
      "FAILED | 1 passed (1 step) | 1 failed (2 steps) | 0 ignored (1 step) (13ms)",
    ].join("\n");
    assert.deepEqual(parseTotals("deno", output, "tests/a_test.ts"), { passed: 2, failed: 1, skipped: 1 });
  });

  it("counts an error outside Deno's tests", () => {
    const output = "Uncaught error from ./tests/a_test.ts FAILED\nFAILED | 0 passed | 1 failed (0ms)\n";
    assert.deepEqual(parseTotals("deno", output, "tests/a_test.ts"), { passed: 0, failed: 1, skipped: 0 });
  });

  it("reads Bun's summary", () => {
    const output =
      "(pass) suite > one [1ms]\n\n 4 pass\n 2 skip\n 1 todo\n 3 fail\nRan 7 tests across 1 file. [38ms]\n";
    assert.deepEqual(parseTotals("bun", output, "tests/a_test.ts"), { passed: 4, failed: 3, skipped: 3 });
  });

  it("gives zeros when the runner came to no summary", () => {
    assert.deepEqual(parseTotals("node", "Segmentation fault", "tests/a_test.ts"), {
      passed: 0,
      failed: 0,
      skipped: 0,
    });
  });
});
