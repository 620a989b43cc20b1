/**
 * Whether a tool evaluates changed modules anew in the same process.
 *
 * @module
 */

import process from "./_process.ts";

/**
 * Tells by the flag of `bun --hot`, and by `NODE_ENV`, which development servers such as that of Next set.
 *
 * @param mayReadEnv whether the environment can be read without a permission that was not given
 */
export function reloads(mayReadEnv = true): boolean {
  // By a variable, since bundlers write the value that a literal name has while they run.
  const name = "NODE_ENV";
  return process.execArgv.includes("--hot") || mayReadEnv && process.env[name] === "development";
}
