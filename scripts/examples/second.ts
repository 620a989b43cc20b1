/**
 * The second example of the Python package `multicore`, on this library: no task where the machine is busy already, and
 * a function that is exported from nowhere.
 *
 * Run it with `deno run -A scripts/examples/second.ts`, or `node` (24 and later) or `bun`.
 */
import process from "node:process";
import { initialize, isMain, ranges, shutdown, Task } from "../../mod.ts";

const names = Array.from({ length: 80 }, (_, i) => `user ${i}`);

/** Not exported: the workers get its source, so it may use its arguments and what is global, nothing else. */
const renderNames = (some: string[]): string => some.map((name) => `<li>${name}</li>\n`).join("");

/** Renders in the pool, or right here where each core has more to do than `maxLoadAverage`. */
async function renderAll(maxLoadAverage: number): Promise<{ html: string; where: string }> {
  const task = Task.create<string>({ maxLoadAverage });
  if (task === null) return { html: renderNames(names), where: "this thread" };
  for (const [start, end] of ranges(names)) task.run(renderNames, names.slice(start, end));
  return { html: (await task.get()).join(""), where: "the pool" };
}

if (isMain) {
  await initialize();
  for (const maxLoadAverage of [100, 0]) {
    const { html, where } = await renderAll(maxLoadAverage);
    const isSame = html === renderNames(names);
    console.log(
      `second: maxLoadAverage ${maxLoadAverage}: ${isSame ? "the same" : "NOT the same"} page, from ${where}`,
    );
    if (!isSame) process.exitCode = 1;
  }
  await shutdown();
}
