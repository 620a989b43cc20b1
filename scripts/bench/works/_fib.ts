/** The CPU-bound work, shared by `fib` and `fib_hog`. */
import type { PoolUnderTest } from "../library.ts";
import { median } from "../stats.ts";
import { fib } from "../tasks.ts";
import { type Context, expect, warmUp } from "../work.ts";

const N = 27;
const COUNT = 32;
const FIB_27 = 196_418;

function inline(): number {
  const started = performance.now();
  for (let i = 0; i < COUNT; i++) expect(fib(N) === FIB_27, String(FIB_27));
  return performance.now() - started;
}

async function pooled(pool: PoolUnderTest, args: readonly number[]): Promise<number> {
  const started = performance.now();
  const results = await pool.runMany("fib", args);
  const ms = performance.now() - started;
  expect(results.length === COUNT && results.every((value) => value === FIB_27), String(FIB_27), results[0]);
  return ms;
}

/** Times fib(27) x 32 in the pool and in this thread, in turn. `begin` runs after the warm-up. */
export async function measureFib({ create, quick, report }: Context, begin?: () => Promise<void>): Promise<void> {
  const pool = await create();
  await warmUp(pool, quick);
  const args = Array.from({ length: COUNT }, () => N);
  await pooled(pool, args);
  inline();
  await begin?.();
  const totals: number[] = [];
  const speedUps: number[] = [];
  for (let i = 0; i < (quick ? 2 : 7); i++) {
    const before = inline();
    const total = await pooled(pool, args);
    const after = inline();
    totals.push(total);
    speedUps.push((before + after) / 2 / total);
  }
  report("speed-up", "x", median(speedUps));
  report("total", "ms", median(totals));
}
