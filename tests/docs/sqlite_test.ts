/** The example of persistent connections. */
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { capture, root } from "../../scripts/process.ts";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";

const hasSqlite = await import("node:sqlite").then(() => true, () => false);

describe("scripts/examples/sqlite.ts", () => {
  const skip = !hasSqlite && "this runtime has no node:sqlite";

  it("asks 10,000 queries on one connection a worker and leaves the database unused", { skip }, async () => {
    const program = join(root, "scripts/examples/sqlite.ts");
    const { code, output } = await capture(programCommand(thisRuntime(), program), { limit: 60_000 });
    assert.equal(code, 0, output);
    const [, connections] = /10000 queries, connections by worker: ([\d ]+)/.exec(output) ?? assert.fail(output);
    assert.match(connections!, /^1( 1)*$/);
    assert.ok(connections!.split(" ").length <= availableParallelism());
    assert.match(output, /in use before the pool is closed: true, afterwards: false/);
  });
});
