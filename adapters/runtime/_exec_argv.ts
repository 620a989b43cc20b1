/**
 * Node's command-line flags for a worker. Node refuses some flags of the program for a worker, so what is refused is
 * left out and the start tried again.
 *
 * @module
 */

import { SafeSet } from "../../src/captured.ts";
import { push, some } from "../../src/lists.ts";

/** Flags of the main program's source, which mean nothing to a worker, with how many words each takes. */
const SOURCE_FLAGS: Readonly<Record<string, number>> = {
  "-e": 2,
  "--eval": 2,
  "-p": 2,
  "-pe": 2,
  "--print": 2,
  "--input-type": 2,
  "-i": 1,
  "--interactive": 1,
};

/**
 * Lists the `execArgv` to try for a worker, best first; `undefined` stands for the caller's flags,
 * inherited as they are, so that a loader given by `--import` reaches the worker.
 *
 * A worker whose parent has `--input-type` dies on that flag, so then the flags are passed without
 * it. But passed flags are checked, and those of the whole process (`--expose-gc`) refused: the
 * refusal names them, and the next attempt goes without.
 *
 * @param execArgv The caller's `process.execArgv`.
 * @param refusal Gives the error of the last attempt.
 */
export function* execArgvAttempts(
  execArgv: readonly string[],
  refusal: () => unknown,
): Generator<string[] | undefined, void, unknown> {
  if (!some(execArgv, (flag) => /^--input-type\b/.test(flag))) {
    yield undefined;
  }
  const flags = withoutSource(execArgv);
  yield flags;
  yield withoutRefused(flags, refusal());
  yield [];
}

/** Leaves out the flags that give the main program's source. */
function withoutSource(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < execArgv.length; index++) {
    const flag = execArgv[index] ?? "";
    const words = SOURCE_FLAGS[flag];
    if (words !== undefined) index += words - 1;
    else if (SOURCE_FLAGS[flag.split("=")[0] ?? ""] === undefined) push(kept, flag);
  }
  return kept;
}

/** Leaves out the flags that the error lists, `... invalid execArgv flags: --a=1, --b`, with their values. */
function withoutRefused(flags: readonly string[], error: unknown): string[] {
  const list = /flags: (.*)$/s.exec((error as Error | undefined)?.message ?? "")?.[1] ?? "";
  const refused = new SafeSet(list.split(", "));
  return flags.filter((flag, index) => {
    const isValue = !flag.startsWith("-") && refused.has(flags[index - 1] ?? "");
    return !refused.has(flag) && !isValue;
  });
}
