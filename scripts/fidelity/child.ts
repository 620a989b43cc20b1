/** The child process of one library: runs the cases it is given until one spoils the pool. */
import process from "node:process";
import { libraries } from "../bench/libraries/mod.ts";
import type { PoolUnderTest } from "../bench/library.ts";
import type { Case } from "./case.ts";
import { cases } from "./cases/mod.ts";
import { type Answer, type Finding, MARK, type Request, RIGHT, textOf } from "./protocol.ts";

function answer(line: Answer): void {
  console.log(MARK + JSON.stringify(line));
}

/** A promise's value, or `undefined` after so many ms. */
async function within<T>(limit: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(resolve, limit, undefined));
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Why the pool does not answer, or `undefined`. */
async function failure(pool: PoolUnderTest, limit: number): Promise<string | undefined> {
  try {
    const given = await within(limit, pool.run("echo", 1));
    if (given === 1) return undefined;
    return given === undefined ? `no answer within ${limit / 1000} s` : `echo(1) gave ${given}`;
  } catch (error) {
    return textOf(error);
  }
}

async function find(one: Case, pool: PoolUnderTest, limit: number): Promise<Finding> {
  const found = await within(
    limit,
    one.run(pool).catch((error): Finding => ({
      verdict: "rejected",
      note: textOf(error),
    })),
  );
  return found ?? { verdict: "hung" };
}

async function main({ library, cases: titles, limit }: Request): Promise<void> {
  let pool: PoolUnderTest;
  try {
    pool = await (await libraries[library]!()).create(1);
    const fails = await failure(pool, limit);
    answer({ kind: "start", fails });
    if (fails !== undefined) return;
  } catch (error) {
    return answer({ kind: "start", fails: textOf(error) });
  }
  for (const title of titles) {
    answer({ kind: "begin", title });
    const finding = await find(cases.find((one) => one.title === title)!, pool, limit);
    // A pool that answers nothing after a case is no witness for the next one.
    const spoilt = RIGHT.includes(finding.verdict) ? undefined : await failure(pool, Math.min(limit, 5000));
    answer({ kind: "end", title, finding });
    if (spoilt !== undefined) return;
  }
}

await main(JSON.parse(process.argv[2]!));
answer({ kind: "done" });
// What was printed has to arrive; whatever the library keeps alive must not hold us.
setTimeout(() => process.exit(0), 50);
