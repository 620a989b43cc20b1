import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runSeed } from "../../scripts/chaos/seed.ts";

/** How long each seed works, in seconds: 20 in all. */
const SECONDS = 5;

/** Pools that begin with one, two, three and four workers, and are resized between one and four all the time. */
const seeds: readonly [seed: number, what: string][] = [
  [17, "one worker at first"],
  [5, "two workers with setup and teardown"],
  [41, "three workers with a short queue"],
  [25, "four workers that are recycled"],
];

describe("chaos", () => {
  const total = { deaths: 0, aborts: 0, timeouts: 0, throws: 0 };
  for (const [seed, what] of seeds) {
    it(`${what}: all tasks settle once with their own outcome, and the process ends by itself`, async () => {
      const report = await runSeed({ seed, seconds: SECONDS, workers: 4, only: [], without: [] });
      assert.deepEqual(report.problems, [], `npm run chaos -- --seed ${seed} --seconds ${SECONDS} (${report.plan})`);
      const { counts, lost } = report.result!;
      assert.ok(counts.tasks > 0);
      assert.equal(lost, 0);
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
    });
  }

  it("had tasks that threw, died, were aborted and timed out", () => {
    for (const [name, count] of Object.entries(total)) assert.ok(count > 0, `${name}: none`);
  });
});
