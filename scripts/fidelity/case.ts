/** What a case is, and the usual ones. */
import type { PoolUnderTest, TaskName } from "../bench/library.ts";
import { differ } from "./differ.ts";
import { makers } from "./makers.ts";
import { type Finding, textOf } from "./protocol.ts";

/** One line of the table. */
export interface Case {
  title: string;
  /** Whether more is asked than structured clone gives. */
  beyond?: boolean;
  run(pool: PoolUnderTest): Promise<Finding>;
}

/** What is expected of an echo. */
export interface Expectation<T> {
  /** What should come back, made of what was sent; the same, if not given. */
  becomes?: (value: T) => unknown;
  /** More than structured clone gives. */
  beyond?: boolean;
  /** A clear refusal is as right as the value. */
  mayRefuse?: boolean;
  /** Whether the runtime has such values. */
  has?: boolean;
}

const none: Finding = { verdict: "none" };

/** Calls a task of the fidelity's own module. */
export function call(pool: PoolUnderTest, task: string, argument: unknown): Promise<unknown> {
  return pool.run(task as TaskName, argument);
}

/** How a promise settled. */
export async function settled(promise: () => Promise<unknown>): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await promise() };
  } catch (error) {
    return { error };
  }
}

/** What an error at a call means: an empty one says nothing. */
export function rejection(error: unknown, isRight: boolean): Finding {
  const { message } = Object(error) as { message?: unknown };
  if (typeof message !== "string" || message === "") {
    return { verdict: "lost", note: "rejected without saying why" };
  }
  return isRight ? { verdict: "refused" } : { verdict: "rejected", note: textOf(error) };
}

/** What a result means. */
export function comparison(wanted: unknown, got: unknown): Finding {
  const difference = differ(wanted, got);
  if (difference === undefined) return { verdict: "kept" };
  const isLost = (got === undefined || got === null) && wanted !== got;
  return isLost ? { verdict: "lost", note: `gave ${got}` } : { verdict: "changed", note: difference };
}

/** A value that is sent and comes back. */
export function echo<T>(title: string, make: () => T, expectation: Expectation<T> = {}): Case {
  const { becomes = (value) => value, beyond = false, mayRefuse = false, has = true } = expectation;
  return {
    title,
    beyond,
    async run(pool) {
      if (!has) return none;
      const value = make();
      const outcome = await settled(() => call(pool, "echo", value));
      return "error" in outcome ? rejection(outcome.error, mayRefuse) : comparison(becomes(value), outcome.value);
    },
  };
}

/** A value that cannot cross, as an argument. */
export function refused(title: string, make: () => unknown): Case {
  return {
    title,
    run: async (pool) => refusal(await settled(async () => await call(pool, "echo", make()))),
  };
}

/** A result that cannot cross. */
export function refusedResult(title: string, maker: keyof typeof makers): Case {
  return { title, run: async (pool) => refusal(await settled(() => call(pool, "make", maker))) };
}

function refusal(outcome: Awaited<ReturnType<typeof settled>>): Finding {
  if ("error" in outcome) return rejection(outcome.error, true);
  const { value } = outcome;
  if (value === undefined || value === null) return { verdict: "lost", note: `gave ${value}` };
  return { verdict: "changed", note: "came back as something else, without an error" };
}

/** What a task makes. */
export function result(title: string, maker: keyof typeof makers): Case {
  return {
    title,
    async run(pool) {
      const outcome = await settled(() => call(pool, "make", maker));
      return "error" in outcome ? rejection(outcome.error, false) : comparison(makers[maker]!(), outcome.value);
    },
  };
}

/** What a task throws; `becomes` says what should be caught. */
export function thrown(
  title: string,
  maker: keyof typeof makers,
  { beyond = false, becomes = (value) => value, has = true }: Expectation<unknown> = {},
): Case {
  return {
    title,
    beyond,
    async run(pool) {
      if (!has) return none;
      const outcome = await settled(() => call(pool, "fail", maker));
      if (!("error" in outcome)) return { verdict: "lost", note: "the call succeeded" };
      const wanted = becomes(makers[maker]!());
      const finding = comparison(wanted, outcome.error);
      if (finding.verdict === "kept" || !(wanted instanceof Error)) return finding;
      const { message } = Object(outcome.error) as { message?: unknown };
      if (String(message).includes(wanted.message)) return finding;
      return { verdict: "lost", note: `another error: ${textOf(outcome.error)}` };
    },
  };
}
