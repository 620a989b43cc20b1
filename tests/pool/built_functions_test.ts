import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { programCommand, thisRuntime } from "../../scripts/runtimes.ts";
import { createPool } from "../../mod.ts";
import { fixture, flags, raise, raised, settles } from "./_support.ts";

/** The command that runs a program with a heap of so many MiB; Bun has no limit. */
function command(args: readonly string[], heap: number): string[] {
  const runtime = thisRuntime();
  const [executable, ...rest] = programCommand(runtime, fileURLToPath(fixture("programs/built_functions")), args);
  if (runtime.kind === "node") rest.unshift(`--max-old-space-size=${heap}`);
  if (runtime.kind === "deno") rest.splice(1, 0, `--v8-flags=--max-old-space-size=${heap}`);
  return [executable!, ...rest];
}

describe("a program that builds functions for ever", () => {
  for (const [count, size] of [[6000, 12_000], [800, 100_000]] as const) {
    it(`runs ${count} of ${size} characters in a small heap and little shared memory`, () => {
      const [executable, ...args] = command([String(count), String(size)], 128);
      const { status, signal, stdout, stderr } = spawnSync(executable!, args, { encoding: "utf8", timeout: 110_000 });
      assert.deepEqual([stdout.trim(), status, signal], ["0 wrong, small", 0, null], stderr.slice(0, 2000));
    });
  }

  it("gets each result of functions that wait while thousands of others come and go", async () => {
    const pool = createPool({ workers: 2 });
    const gate = flags();
    const wait = (gate: Int32Array, i: number) => {
      Atomics.store(gate, 1, 1);
      while (Atomics.load(gate, 0) === 0) Atomics.wait(gate, 0, 0, 50);
      return i;
    };
    const blocked = pool.run(wait, gate, -1);
    await raised(gate, 1);
    const build = (i: number) => new Function(`return ${i}`) as () => number;
    const early = Array.from({ length: 50 }, (_, i) => build(-100 - i));
    const results: number[] = [];
    for (let i = 0; i < 3000; i += 500) {
      const fns = Array.from({ length: 500 }, (_, j) => build(i + j));
      results.push(...await settles(Promise.all(fns.map((fn) => pool.run(fn)))));
    }
    assert.deepEqual(results, Array.from({ length: 3000 }, (_, i) => i));
    raise(gate, 0);
    assert.equal(await settles(blocked), -1);
    assert.deepEqual(await settles(Promise.all(early.map((fn) => pool.run(fn)))), early.map((_, i) => -100 - i));
    await pool.close();
  });
});
