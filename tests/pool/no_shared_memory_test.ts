import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { capture } from "../../scripts/process.ts";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { fixture } from "./_support.ts";

describe("without shared memory", () => {
  it("the library can be imported, and a pool says what is missing", { timeout: 60_000 }, async () => {
    const program = fileURLToPath(fixture("programs/without_shared_memory"));
    const { output, code } = await capture(programCommand(thisRuntime(), program), { limit: 50_000 });
    assert.equal(code, 0, output);
    const error = JSON.parse(output);
    assert.equal(error.name, "MulticoreError");
    assert.equal(error.code, "ERR_MULTICORE_NO_SHARED_MEMORY");
    assert.match(error.message, /no SharedArrayBuffer: (node|deno|bun) \d/);
    assert.deepEqual(error.ranges, [[0, 2], [2, 4]]);
  });
});
