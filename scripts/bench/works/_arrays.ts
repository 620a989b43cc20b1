/** What the works on typed arrays share. */
import type { PoolUnderTest } from "../library.ts";
import { median } from "../stats.ts";
import { type Context, timeCalls, warmUp } from "../work.ts";

/** The sizes, with their names. */
export const SIZES: readonly (readonly [label: string, bytes: number])[] = [
  ["1 KiB", 2 ** 10],
  ["16 KiB", 2 ** 14],
  ["64 KiB", 2 ** 16],
  ["1 MiB", 2 ** 20],
  ["16 MiB", 2 ** 24],
  ["64 MiB", 2 ** 26],
];

/** How one size is put to a pool. */
export interface Passage {
  /** Makes what the calls of this size need, such as an array. Not timed. */
  call(pool: PoolUnderTest, bytes: number): {
    before?: () => Promise<void>;
    call: () => Promise<unknown>;
    check: (value: unknown) => void;
  };
}

/** Milliseconds that one call may take; a library that is slower stops before the size that would take longer. */
const LONGEST = 2000;

/** Measures every size, smallest first, after calls of that size that do not count. */
export async function measureSizes({ create, quick, report }: Context, { call: prepare }: Passage): Promise<void> {
  const pool = await create();
  await warmUp(pool, quick);
  let before = { bytes: 1, us: 0, label: "" };
  for (const [label, bytes] of SIZES) {
    const expected = before.us / 1000 * bytes / before.bytes;
    if (expected > LONGEST && before.us > 100_000) {
      throw new Error(`${before.label} takes ${Math.round(before.us / 1000)} ms, so ${label} is not tried`);
    }
    const { call, check, before: prepared } = prepare(pool, bytes);
    await timeCalls(call, check, { ms: quick ? 100 : 500, most: 2000, least: 3, before: prepared });
    const times = await timeCalls(call, check, { ms: quick ? 150 : 1000, most: 5000, least: 5, before: prepared });
    before = { bytes, us: median(times), label };
    report(`${label}, p50`, "us", before.us);
  }
}
