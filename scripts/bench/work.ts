/** What a work is: one question put to every library in the same way. */
import type { PoolUnderTest } from "./library.ts";

/** Units of figures. For rates and speed-ups more is better, for the others less. */
export type Unit = "us" | "ms" | "tasks/s" | "x" | "ms/s" | "KiB" | "bytes";

/** One question. */
export interface Work {
  /** The name for `--only`: that of its file. */
  readonly name: string;
  /** What is measured, in one sentence for the report. */
  readonly question: string;
  /**
   * The libraries that can be asked.
   *
   * @default all
   */
  readonly libraries?: readonly string[];
  /**
   * Numbers of workers for which the question makes sense.
   *
   * @default all
   */
  readonly workers?: readonly number[];
  /**
   * Rounds of a full run, for works that take many samples in one.
   *
   * @default 5
   */
  readonly rounds?: number;
  /** Answers it for one library; throws if a result is wrong. */
  measure(context: Context): Promise<void>;
}

/** What a work is given in its child process. */
export interface Context {
  readonly library: string;
  readonly workers: number;
  /** Whether the run is to be short. */
  readonly quick: boolean;
  /** When the child process was started, as `Date.now()` gives it. */
  readonly spawned: number;
  /** Creates the pool; it is closed after the work. */
  create(): Promise<PoolUnderTest>;
  /** Hands over a figure. */
  report(name: string, unit: Unit, value: number): void;
}

/** Fails a work whose result is wrong. */
export function expect(condition: boolean, what: string, received?: unknown): asserts condition {
  if (!condition) throw new Error(`Wrong result: expected ${what}: received ${String(received)}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** How long and how often a call is timed. */
export interface Budget {
  /** Milliseconds after which no further call is made. */
  readonly ms: number;
  /** Calls at most. */
  readonly most: number;
  /**
   * Calls at least.
   *
   * @default 10
   */
  readonly least?: number;
  /** Runs before each call, not timed. */
  readonly before?: () => Promise<void>;
}

/** Times calls one after the other, checks each result, gives the times in us. */
export async function timeCalls<T>(
  call: (index: number) => Promise<T>,
  check: (value: T, index: number) => void,
  { ms, most, least = 10, before }: Budget,
): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + ms;
  for (let i = 0; i < most; i++) {
    if (before !== undefined) await before();
    const started = performance.now();
    const value = await call(i);
    const ended = performance.now();
    times.push((ended - started) * 1000);
    check(value, i);
    if (ended > end && i + 1 >= least) break;
  }
  return times;
}

/** Calls `addOne` for a while, so that the workers are up and the code is compiled. */
export async function warmUp(pool: PoolUnderTest, quick: boolean): Promise<void> {
  await pool.runMany("addOne", Array.from({ length: 100 }, (_, i) => i)); // reaches every worker
  const budget = { ms: quick ? 200 : 600, most: 20_000, least: 100 };
  await timeCalls((i) => pool.run("addOne", i), (value, i) => expect(value === i + 1, `${i + 1}`, value), budget);
}
