import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runSeed } from "../../scripts/chaos/seed.ts";

describe("chaos", () => {
  // Up to four workers that are resized.
  for (const seed of [11]) {
    it(`seed ${seed}: all tasks settle once with their own outcome, and the process ends by itself`, async () => {
      const report = await runSeed({ seed, seconds: 4, workers: 4, only: [], without: [] });
      assert.deepEqual(report.problems, [], `npm run chaos -- --seed ${seed} (${report.plan})`);
      assert.ok(report.result!.counts.tasks > 0);
      assert.equal(report.result!.lost, 0);
    });
  }
});
