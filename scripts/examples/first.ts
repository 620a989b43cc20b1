/**
 * The first example of the Python package `multicore`, on this library: a pool started once, a task divided by ranges.
 *
 * Run it with `deno run -A scripts/examples/first.ts`, or `node` (24 and later) or `bun`.
 */
import process from "node:process";
import { initialize, isMain, ranges, shutdown, Task } from "../../mod.ts";

/** Somebody to be shown on a page. */
interface User {
  readonly name: string;
  readonly score: number;
}

const users: User[] = Array.from({ length: 80 }, (_, i) => ({ name: `user ${i}`, score: i * i % 97 }));

/** Renders some of the users. Exported, so that the workers run it in this module's scope, with `users`. */
export function renderUsers(start: number, end: number): string {
  return users.slice(start, end).map(({ name, score }) => `<li>${name}: ${score}</li>\n`).join("");
}

if (isMain) {
  await initialize({ modules: [import.meta.url] });
  const task = new Task<string>();
  const parts = ranges(users);
  for (const [start, end] of parts) task.run(renderUsers, start, end);
  const html = (await task.get()).join("");
  const isSame = html === renderUsers(0, users.length);
  console.log(
    `first: ${users.length} users in ${parts.length} ranges, ${isSame ? "the same" : "NOT the same"} as one loop`,
  );
  if (!isSame) process.exitCode = 1;
  await shutdown();
}
